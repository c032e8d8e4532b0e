// BridgeStan's functions: no exception leaves them.
#include "woodbury/bridgestan/bridgestan.h"

#include <cmath>
#include <cstring>

#include "woodbury/bridgestan/model.hpp"

using woodbury::bridgestan::Model;
using woodbury::bridgestan::Sections;
namespace base = woodbury::base;

struct bs_model {
  Model model;
};

/// Each constrained draw has a stream of its own.
struct bs_rng {
  unsigned int seed;
  std::uint64_t draw = 0;
  base::Stream next(base::Purpose purpose) { return {seed, 0, draw++, purpose}; }
};

extern "C" {
int bs_major_version = 2;
int bs_minor_version = 9;
int bs_patch_version = 0;
}

namespace {

void report(char** error, const std::string& text) {
  if (error != nullptr) *error = strdup(text.c_str());
}

/// body's answer, or `otherwise` with a message.
template <class Result, class Body>
Result guarded(char** error, Result otherwise, const Body& body) {
  if (error != nullptr) *error = nullptr;
  try {
    return body();
  } catch (const base::Error& failure) {
    report(error, failure.describe());
  } catch (const std::exception& failure) {
    report(error, failure.what());
  } catch (...) {
    report(error, "an unknown error");
  }
  return otherwise;
}

std::span<const double> coordinates(const bs_model* model, const double* q) {
  return {q, model->model.parameters().coordinates()};
}
std::span<double> coordinates(const bs_model* model, double* q) { return {q, model->model.parameters().coordinates()}; }

nlohmann::json parse(const char* json) {
  try {
    return nlohmann::json::parse(json);
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(std::string("the parameters are not JSON: ") + error.what());
  }
}

}  // namespace

bs_model* bs_model_construct(const char* data, unsigned int /*seed*/, char** error) {
  return guarded<bs_model*>(error, nullptr, [&] { return new bs_model{Model(data == nullptr ? "" : data)}; });
}

void bs_model_destruct(bs_model* model) { delete model; }
void bs_free_error_msg(char* error) { std::free(error); }
const char* bs_name(const bs_model* model) { return model->model.name().c_str(); }
const char* bs_model_info(const bs_model* model) { return model->model.info().c_str(); }

const char* bs_param_names(const bs_model* model, bool include_tp, bool include_gq) {
  return model->model.names({include_tp, include_gq}).c_str();
}

const char* bs_param_unc_names(const bs_model* model) { return model->model.coordinate_names().c_str(); }

int bs_param_num(const bs_model* model, bool include_tp, bool include_gq) {
  return static_cast<int>(model->model.size({include_tp, include_gq}));
}

int bs_param_unc_num(const bs_model* model) { return static_cast<int>(model->model.parameters().coordinates()); }

int bs_param_constrain(const bs_model* model, bool include_tp, bool include_gq, const double* theta_unc, double* theta,
                       bs_rng* rng, char** error) {
  return guarded(error, -1, [&] {
    const Sections sections{include_tp, include_gq};
    if (include_gq && rng == nullptr) throw base::Error("generated quantities are drawn, and need an rng");
    bs_rng unused{0};
    base::Stream stream = (rng != nullptr ? rng : &unused)->next(base::Purpose::recover);
    model->model.constrain(coordinates(model, theta_unc), sections, stream, {theta, model->model.size(sections)});
    return 0;
  });
}

int bs_param_unconstrain(const bs_model* model, const double* theta, double* theta_unc, char** error) {
  return guarded(error, -1, [&] {
    const auto& parameters = model->model.parameters();
    parameters.unconstrain(std::span(theta, parameters.size()), coordinates(model, theta_unc));
    return 0;
  });
}

int bs_param_unconstrain_json(const bs_model* model, const char* json, double* theta_unc, char** error) {
  return guarded(error, -1, [&] {
    if (!model->model.parameters().unconstrain(parse(json), coordinates(model, theta_unc)))
      throw base::Error("a parameter is missing", {}, "give all: " + model->model.names({}));
    return 0;
  });
}

int bs_param_initialize(const bs_model* model, const char* json, bs_rng* rng, double radius, int max_tries,
                        bool jacobian, double* theta_unc, char** error) {
  return guarded(error, -1, [&] {
    if (rng == nullptr) throw base::Error("a start is drawn, and needs an rng");
    const auto given = json == nullptr ? nlohmann::json::object() : parse(json);
    const std::span<double> q = coordinates(model, theta_unc);
    std::vector<double> gradient(q.size());
    std::string reason;
    for (int attempt = 0; attempt < max_tries; ++attempt) {
      base::Stream stream = rng->next(base::Purpose::initial);
      for (double& value : q) value = radius * (2 * stream.uniform() - 1);
      model->model.parameters().unconstrain(given, q);
      try {
        model->model.evaluate(q, jacobian, gradient);
        return 0;
      } catch (const base::Error& failure) {
        reason = failure.what();
      }
    }
    throw base::Error("no start of positive density was found: " + reason);
  });
}

int bs_log_density(const bs_model* model, bool propto, bool jacobian, const double* theta_unc, double* lp,
                   char** error) {
  std::vector<double> gradient(model->model.parameters().coordinates());
  return bs_log_density_gradient(model, propto, jacobian, theta_unc, lp, gradient.data(), error);
}

int bs_log_density_gradient(const bs_model* model, bool /*propto*/, bool jacobian, const double* theta_unc, double* lp,
                            double* gradient, char** error) {
  return guarded(error, -1, [&] {
    *lp = model->model.evaluate(coordinates(model, theta_unc), jacobian, coordinates(model, gradient));
    return 0;
  });
}

int bs_log_density_hessian(const bs_model* model, bool /*propto*/, bool jacobian, const double* theta_unc, double* lp,
                           double* gradient, double* hessian, char** error) {
  return guarded(error, -1, [&] {
    const std::span<const double> q = coordinates(model, theta_unc);
    const std::size_t n = q.size();
    *lp = model->model.evaluate(q, jacobian, coordinates(model, gradient));
    std::vector<double> unit(n);
    for (std::size_t j = 0; j < n; ++j) {
      unit.assign(n, 0);
      unit[j] = 1;
      model->model.hessian_times(q, jacobian, unit, {hessian + j * n, n});
    }
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t i = 0; i < j; ++i)
        hessian[i * n + j] = hessian[j * n + i] = 0.5 * (hessian[i * n + j] + hessian[j * n + i]);
    return 0;
  });
}

int bs_log_density_hessian_vector_product(const bs_model* model, bool /*propto*/, bool jacobian,
                                          const double* theta_unc, const double* vector, double* lp, double* product,
                                          char** error) {
  return guarded(error, -1, [&] {
    const std::span<const double> q = coordinates(model, theta_unc);
    *lp = model->model.evaluate(q, jacobian, coordinates(model, product));
    model->model.hessian_times(q, jacobian, coordinates(model, vector), coordinates(model, product));
    return 0;
  });
}

bs_rng* bs_rng_construct(unsigned int seed, char** error) {
  return guarded<bs_rng*>(error, nullptr, [&] { return new bs_rng{seed}; });
}

void bs_rng_destruct(bs_rng* rng) { delete rng; }

int bs_set_print_callback(bs_print_callback /*callback*/, char** error) {
  if (error != nullptr) *error = nullptr;
  return 0;
}
