// The shared library through its C functions alone, held to the density that the layers make of the same model.
#include "woodbury/bridgestan/bridgestan.h"

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "woodbury/density/density.hpp"
#include "woodbury/fit/fit.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury {
namespace {

const std::string kTable = WOODBURY_TEST_DATA "/barley.csv";
const std::string kFormula = "yield ~ year + (year | site) + (1 | variety)";

nlohmann::json request(const std::string& integrate) {
  return {{"formula", kFormula}, {"data", kTable}, {"factor", {"year"}}, {"integrate", integrate}};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

/// The message of a call that must fail.
template <class Call>
std::string failure(const Call& call) {
  char* error = nullptr;
  EXPECT_NE(call(&error), 0);
  const std::string text = error == nullptr ? "" : error;
  bs_free_error_msg(error);
  return text;
}

class Bridge : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    char* error = nullptr;
    model = bs_model_construct(request(GetParam()).dump().c_str(), 1, &error);
    ASSERT_NE(model, nullptr) << error;
    rng = bs_rng_construct(4, nullptr);
    n = static_cast<std::size_t>(bs_param_unc_num(model));
    for (std::size_t i = 0; i < n; ++i) q.push_back(0.5 * std::sin(static_cast<double>(i + 1)));
  }
  void TearDown() override {
    bs_rng_destruct(rng);
    bs_model_destruct(model);
  }
  [[nodiscard]] double value(const std::vector<double>& at, bool jacobian) const {
    double lp = 0;
    EXPECT_EQ(bs_log_density(model, false, jacobian, at.data(), &lp, nullptr), 0);
    return lp;
  }
  [[nodiscard]] std::vector<double> gradient(const std::vector<double>& at, bool jacobian) const {
    double lp = 0;
    std::vector<double> out(n);
    EXPECT_EQ(bs_log_density_gradient(model, true, jacobian, at.data(), &lp, out.data(), nullptr), 0);
    return out;
  }
  [[nodiscard]] std::vector<double> constrain(bool tp, bool gq) const {
    std::vector<double> theta(static_cast<std::size_t>(bs_param_num(model, tp, gq)));
    EXPECT_EQ(bs_param_constrain(model, tp, gq, q.data(), theta.data(), rng, nullptr), 0);
    return theta;
  }

  bs_model* model = nullptr;
  bs_rng* rng = nullptr;
  std::size_t n = 0;
  std::vector<double> q;
};

INSTANTIATE_TEST_SUITE_P(Plans, Bridge, testing::Values("all", "variety", "none"));

TEST_P(Bridge, DensityOfTheLayers) {
  fit::Options options;
  options.design.factors = {"year"};
  options.plan.integrate = GetParam();
  const fit::Prepared prepared = fit::prepare(kFormula, kTable, options);
  density::Density density(prepared.plan, prepared.data);
  ASSERT_EQ(density.dimension(), n);
  std::vector<double> expected(n);
  EXPECT_EQ(value(q, true), density.evaluate(q, expected));
  EXPECT_EQ(gradient(q, true), expected);
}

/// Log-Jacobians by hand: Σ q of positive values, 2 log(1 − r²)/2 of a 2 × 2 correlation.
TEST_P(Bridge, JacobianLeftOut) {
  const auto names = split(bs_param_unc_names(model));
  double expected = value(q, true);
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i].starts_with("sd_") || names[i] == "sigma") expected -= q[i];
    if (names[i].starts_with("cor_")) expected -= std::log(1 - std::tanh(q[i]) * std::tanh(q[i]));
  }
  EXPECT_NEAR(value(q, false), expected, 1e-11 * std::abs(expected));
  const std::vector<double> ours = gradient(q, false);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> up = q, down = q;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    EXPECT_NEAR(ours[i], (value(up, false) - value(down, false)) / 2e-5, 1e-5 * (1 + std::abs(ours[i]))) << names[i];
  }
}

TEST_P(Bridge, ParametersThereAndBack) {
  const std::vector<double> theta = constrain(false, false);
  std::vector<double> back(n);
  ASSERT_EQ(bs_param_unconstrain(model, theta.data(), back.data(), nullptr), 0);
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], q[i], 1e-12);

  // The same as JSON, arrays as nested lists by their indices.
  const auto names = split(bs_param_names(model, false, false));
  ASSERT_EQ(names.size(), theta.size());
  nlohmann::json json;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::istringstream in(names[i]);
    std::string part;
    std::getline(in, part, '.');
    nlohmann::json* at = &json[part];
    while (std::getline(in, part, '.')) at = &(*at)[std::stoul(part) - 1];
    *at = theta[i];
  }
  std::fill(back.begin(), back.end(), 9);
  ASSERT_EQ(bs_param_unconstrain_json(model, json.dump().c_str(), back.data(), nullptr), 0);
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], q[i], 1e-12) << i;

  json.erase("sigma");
  EXPECT_NE(failure([&](char** error) {
              return bs_param_unconstrain_json(model, json.dump().c_str(), back.data(), error);
            }).find("missing"),
            std::string::npos);
  json["sigma"] = -1;
  EXPECT_NE(failure([&](char** error) {
              return bs_param_unconstrain_json(model, json.dump().c_str(), back.data(), error);
            }).find("`sigma` is outside its support"),
            std::string::npos);
}

TEST_P(Bridge, NamesAreOnceEachAndEveryEffectIsThere) {
  auto names = split(bs_param_names(model, true, true));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(bs_param_num(model, true, true)));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  for (const char* name : {"b_Intercept", "r_site.6.2", "r_variety.10.1", "sigma", "cor_site.2.1"})
    EXPECT_TRUE(std::binary_search(names.begin(), names.end(), name)) << name;
  EXPECT_EQ(split(bs_param_unc_names(model)).size(), n);
}

/// What was sampled stays; each call draws the integrated effects anew.
TEST_P(Bridge, GeneratedQuantitiesAreDrawn) {
  const std::vector<double> first = constrain(true, true), second = constrain(true, true);
  const auto sampled = static_cast<std::size_t>(bs_param_num(model, true, false));
  for (std::size_t i = 0; i < sampled; ++i) EXPECT_EQ(first[i], second[i]);
  for (std::size_t i = sampled; i < first.size(); ++i) EXPECT_NE(first[i], second[i]);
  if (sampled == first.size()) {
    EXPECT_STREQ(GetParam(), "none");
    return;
  }
  char* error = nullptr;
  std::vector<double> theta(first.size());
  EXPECT_EQ(bs_param_constrain(model, true, true, q.data(), theta.data(), nullptr, &error), -1);
  EXPECT_NE(std::string(error).find("rng"), std::string::npos);
  bs_free_error_msg(error);
}

TEST_P(Bridge, HessianAndItsProducts) {
  double lp = 0;
  std::vector<double> slope(n), hessian(n * n), product(n), vector(n, 0.5);
  ASSERT_EQ(bs_log_density_hessian(model, true, true, q.data(), &lp, slope.data(), hessian.data(), nullptr), 0);
  EXPECT_EQ(lp, value(q, true));
  EXPECT_EQ(slope, gradient(q, true));
  ASSERT_EQ(
      bs_log_density_hessian_vector_product(model, true, true, q.data(), vector.data(), &lp, product.data(), nullptr),
      0);
  const double scale = std::abs(
      *std::max_element(hessian.begin(), hessian.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      EXPECT_EQ(hessian[i * n + j], hessian[j * n + i]);
      sum += hessian[i * n + j] * vector[j];
    }
    EXPECT_NEAR(product[i], sum, 1e-7 * scale * static_cast<double>(n));
    // Second differences of the value, along a coordinate.
    const double h = 1e-3;
    std::vector<double> up = q, down = q;
    up[i] += h;
    down[i] -= h;
    EXPECT_NEAR(hessian[i * n + i], (value(up, true) - 2 * lp + value(down, true)) / (h * h), 1e-4 * scale);
  }
}

TEST_P(Bridge, StartsAreInsideAndAsAsked) {
  std::vector<double> start(n);
  ASSERT_EQ(bs_param_initialize(model, R"({"sigma": 3})", rng, 1, 100, true, start.data(), nullptr), 0);
  const auto names = split(bs_param_unc_names(model));
  for (std::size_t i = 0; i < n; ++i)
    if (names[i] == "sigma")
      EXPECT_NEAR(start[i], std::log(3), 1e-14);
    else
      EXPECT_LT(std::abs(start[i]), 1);
}

TEST_P(Bridge, OneModelForManyThreads) {
  const std::vector<double> expected = gradient(q, true);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        std::vector<double> elsewhere = q;
        elsewhere[0] += t;
        static_cast<void>(gradient(elsewhere, true));
        if (gradient(q, true) != expected) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(BridgeErrors, AreMessages) {
  const auto construct = [](const std::string& data) {
    return failure([&](char** error) { return bs_model_construct(data.c_str(), 1, error) == nullptr ? -1 : 0; });
  };
  EXPECT_NE(construct("").find("not JSON"), std::string::npos);
  EXPECT_NE(construct("/nowhere/there.json").find("cannot read `/nowhere/there.json`"), std::string::npos);
  EXPECT_NE(construct(R"({"formla": "y ~ x"})").find("did you mean `formula`"), std::string::npos);
  EXPECT_NE(construct(R"({"formula": "y ~ x"})").find("no model and table"), std::string::npos);
  EXPECT_NE(construct(R"({"formula": 3, "data": "x"})").find("`formula` is 3"), std::string::npos);
  auto wrong = request("auto");
  wrong["formula"] = "yield ~ yar";
  EXPECT_NE(construct(wrong.dump()).find("did you mean `year`"), std::string::npos);

  char* error = nullptr;
  bs_model* model = bs_model_construct(request("all").dump().c_str(), 1, &error);
  ASSERT_NE(model, nullptr);
  const std::vector<double> far(static_cast<std::size_t>(bs_param_unc_num(model)), -800.0);
  double lp = 0;
  EXPECT_FALSE(failure([&](char** e) { return bs_log_density(model, true, true, far.data(), &lp, e); }).empty());
  bs_model_destruct(model);
  EXPECT_EQ(bs_major_version, 2);
}

// ------------------------------------------------------------------------------------------------------ built models

/// A program with a loading, as a model.json.
model::Model built() {
  model::Builder m;
  const model::Expr site = m.normal("site_effect", 0, m.half_normal("tau", 20), model::over("site"));
  const model::Expr variety = m.normal("variety_effect", 0, 10, model::over("variety"));
  m.observe_normal("yield", m.normal("mean", 35, 20) + site["site"] + m.half_normal("k", 1) * variety["variety"],
                   m.half_normal("sigma", 20));
  return m.model();
}

std::string written(const std::string& name, const nlohmann::json& json) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << json;
  return path;
}

/// The library's density for a request is the density of the plan that `woodbury fit --model` would make of it.
void expect_bridge(nlohmann::json request, const fit::Written& words) {
  const model::Model model = built();
  request["model"] = written("woodbury_bridge_model.json", model::to_json(model));
  request["data"] = kTable;
  const fit::Prepared prepared = fit::prepare(model, kTable, fit::read_options(words));
  density::Density density(prepared.plan, prepared.data);
  char* error = nullptr;
  bs_model* bridge = bs_model_construct(request.dump().c_str(), 1, &error);
  ASSERT_NE(bridge, nullptr) << error;
  ASSERT_EQ(static_cast<std::size_t>(bs_param_unc_num(bridge)), density.dimension()) << request;
  std::vector<double> q(density.dimension(), 0.1), expected(q.size()), found(q.size());
  double lp = 0;
  ASSERT_EQ(bs_log_density_gradient(bridge, true, true, q.data(), &lp, found.data(), nullptr), 0);
  EXPECT_EQ(lp, density.evaluate(q, expected)) << request;
  EXPECT_EQ(found, expected) << request;
  bs_model_destruct(bridge);
}

TEST(BridgeModel, TakesTheWordsOfAFitOnItsPlan) {
  expect_bridge({}, {});
  expect_bridge({{"integrate", "none"}}, {{"integrate", {"none"}}});
  expect_bridge({{"integrate", "none"}, {"parametrisation", {{"site_effect", "noncentred"}}}},
                {{"integrate", {"none"}}, {"parametrisation", {"site_effect=noncentred"}}});
  expect_bridge({{"integrate", "site"}, {"reduce", "none"}}, {{"integrate", {"site"}}, {"reduce", {"none"}}});
  for (const std::string rule : {"equal-levels", "nested-together", "conditioning", "prefer-fuller", "level-centring"})
    expect_bridge({{"without", {rule}}}, {{"without", {rule}}});
  const fit::Prepared other = fit::prepare(built(), kTable, fit::read_options({{"integrate", {"variety"}}}));
  const std::string plan = written("woodbury_bridge_plan.json", plan::to_json(other.plan));
  expect_bridge({{"plan", plan}}, {{"plan", {plan}}});
  expect_bridge({{"plan", plan}}, {{"integrate", {"variety"}}});
}

TEST(BridgeModel, TunesAsAFitDoes) {
  const std::string model = written("woodbury_bridge_model.json", model::to_json(built()));
  const nlohmann::json request{{"model", model}, {"data", kTable}, {"tune", true}};
  char* error = nullptr;
  bs_model* bridge = bs_model_construct(request.dump().c_str(), 1, &error);
  ASSERT_NE(bridge, nullptr) << error;
  EXPECT_GT(bs_param_unc_num(bridge), 0);  // which plan is fastest depends on the machine
  bs_model_destruct(bridge);
}

TEST(BridgeModel, RefusesInWords) {
  const std::string model = written("woodbury_bridge_model.json", model::to_json(built()));
  const auto construct = [&](const nlohmann::json& options) {
    nlohmann::json request{{"model", model}, {"data", kTable}};
    request.update(options);
    return failure(
        [&](char** error) { return bs_model_construct(request.dump().c_str(), 1, error) == nullptr ? -1 : 0; });
  };
  EXPECT_NE(construct({{"without", {"equal_levls"}}}).find("equal_levls"), std::string::npos);
  EXPECT_NE(construct({{"plan", "x.json"}, {"tune", true}}).find("plan excludes tune"), std::string::npos);
  EXPECT_NE(construct({{"plan", "/nowhere/plan.json"}}).find("cannot read the plan"), std::string::npos);
  EXPECT_NE(construct({{"tune", "yes"}}).find("`tune` is \"yes\""), std::string::npos);
  EXPECT_NE(construct({{"reduce", "nnone"}}).find("did you mean `none`"), std::string::npos);
}

TEST(BridgeFolder, OfAFit) {
  const std::string folder = testing::TempDir() + "/woodbury_bridge_fit";
  fit::Options options;
  options.design.factors = {"year"};
  options.plan.integrate = "variety";
  options.sampler.draws = 20;
  options.sampler.warmup = 50;
  const fit::Prepared prepared = fit::prepare(kFormula, kTable, options);
  store::write(folder, fit::run(prepared, options), true);
  char* error = nullptr;
  bs_model* model = bs_model_construct(nlohmann::json{{"fit", folder}}.dump().c_str(), 1, &error);
  ASSERT_NE(model, nullptr) << error;
  density::Density density(prepared.plan, prepared.data);
  const std::vector<double> q(density.dimension(), 0.1);
  ASSERT_EQ(static_cast<std::size_t>(bs_param_unc_num(model)), q.size());
  std::vector<double> gradient(q.size());
  double lp = 0;
  ASSERT_EQ(bs_log_density(model, true, true, q.data(), &lp, nullptr), 0);
  EXPECT_EQ(lp, density.evaluate(q, gradient));
  bs_model_destruct(model);
  model = bs_model_construct(nlohmann::json{{"fit", folder}, {"integrate", "all"}}.dump().c_str(), 1, &error);
  ASSERT_NE(model, nullptr) << error;
  EXPECT_LT(static_cast<std::size_t>(bs_param_unc_num(model)), q.size());
  bs_model_destruct(model);
}

}  // namespace
}  // namespace woodbury
