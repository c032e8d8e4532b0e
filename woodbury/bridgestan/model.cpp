#include "woodbury/bridgestan/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace woodbury::bridgestan {

Model::Worker::Worker(const Model& model) : density(model.density_), draw(model.recovered_) {}

/// A worker for the time of a call.
class Model::Lease {
 public:
  explicit Lease(const Model& model) : model_(model) {
    {
      const std::scoped_lock lock(model.mutex_);
      if (!model.idle_.empty()) {
        worker_ = std::move(model.idle_.back());
        model.idle_.pop_back();
      }
    }
    if (!worker_) worker_ = std::make_unique<Worker>(model);
  }
  ~Lease() {
    const std::scoped_lock lock(model_.mutex_);
    model_.idle_.push_back(std::move(worker_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Worker* operator->() const { return worker_.get(); }

 private:
  const Model& model_;
  std::unique_ptr<Worker> worker_;
};

Model::Model(const std::string& data)
    : request_(read_request(data)),
      density_(request_.prepared.plan, request_.prepared.data),
      parameters_(request_.prepared.plan, density_, request_.prepared.data) {
  choose_outputs();
  coordinate_names_ = fmt::format("{}", fmt::join(parameters_.coordinate_names(), ","));
  name_ = request_.prepared.formula.empty() ? "woodbury_model" : request_.prepared.formula;
  // Clients that share a model between threads look for this word.
  info_ = fmt::format("Woodbury {}: {} sampled coordinates, effects integrated out exactly\nSTAN_THREADS=true\n",
                      fit::version(), density_.dimension());
}

void Model::choose_outputs() {
  const fit::Prepared& p = request_.prepared;
  std::set<std::string> from_sampled;
  for (const auto& variable : recover::variables(p.plan, p.data, false)) from_sampled.insert(variable.name);
  std::vector<std::string> parameters = parameters_.names(), transformed, generated;
  for (const auto& variable : recover::variables(p.plan, p.data, request_.keep_integrated)) {
    const std::size_t first = recovered_;
    recovered_ += variable.size();
    if (parameters_.has(variable.name)) continue;
    const bool is_transformed = from_sampled.contains(variable.name);
    std::vector<std::size_t> sizes;
    for (const auto& labels : variable.coords) sizes.push_back(labels.size());
    for (const std::size_t from : first_index_fastest(sizes))
      (is_transformed ? transformed_ : generated_).push_back(first + from);
    for (std::string& name : element_names(variable.name, sizes))
      (is_transformed ? transformed : generated).push_back(std::move(name));
  }
  for (const bool with_transformed : {false, true})
    for (const bool with_generated : {false, true}) {
      std::vector<std::string> all = parameters;
      if (with_transformed) all.insert(all.end(), transformed.begin(), transformed.end());
      if (with_generated) all.insert(all.end(), generated.begin(), generated.end());
      names_[with_transformed][with_generated] = fmt::format("{}", fmt::join(all, ","));
    }
}

std::size_t Model::size(Sections sections) const {
  return parameters_.size() + (sections.transformed ? transformed_.size() : 0) +
         (sections.generated ? generated_.size() : 0);
}

const std::string& Model::names(Sections sections) const { return names_[sections.transformed][sections.generated]; }

double Model::evaluate(std::span<const double> q, bool jacobian, std::span<double> gradient) const {
  const Lease worker(*this);
  double value = worker->density.evaluate(q, gradient);
  if (!jacobian) value -= parameters_.log_jacobian(q, gradient, -1);
  if (!std::isfinite(value))
    throw base::Error(worker->density.failure().empty() ? "the density is not finite" : worker->density.failure());
  return value;
}

void Model::hessian_times(std::span<const double> q, bool jacobian, std::span<const double> vector,
                          std::span<double> out) const {
  double length = 0, at = 1;
  for (const double v : vector) length += v * v;
  for (const double x : q) at = std::max(at, std::abs(x));
  std::fill(out.begin(), out.end(), 0.0);
  if (length == 0) return;
  // Truncation of order h⁴ and rounding of order ε/h meet at ε^(1/5).
  const double h = std::pow(std::numeric_limits<double>::epsilon(), 0.2) * at / std::sqrt(length);
  std::vector<double> point(q.size()), gradient(q.size());
  for (const auto& [step, weight] : {std::pair{-2.0, 1.0}, {-1.0, -8.0}, {1.0, 8.0}, {2.0, -1.0}}) {
    for (std::size_t i = 0; i < q.size(); ++i) point[i] = q[i] + step * h * vector[i];
    evaluate(point, jacobian, gradient);
    for (std::size_t i = 0; i < q.size(); ++i) out[i] += weight * gradient[i] / (12 * h);
  }
}

void Model::constrain(std::span<const double> q, Sections sections, base::Stream& stream,
                      std::span<double> theta) const {
  parameters_.constrain(q, theta);
  const bool transformed = sections.transformed && !transformed_.empty();
  const bool generated = sections.generated && !generated_.empty();
  if (!transformed && !generated) return;
  const Lease worker(*this);
  const fit::Prepared& p = request_.prepared;
  if (!worker->recovery)
    worker->recovery = std::make_unique<recover::Recovery>(p.plan, density_, p.data, request_.keep_integrated);
  worker->recovery->draw(q, stream, worker->draw);
  std::size_t to = parameters_.size();
  if (transformed)
    for (const std::size_t from : transformed_) theta[to++] = worker->draw[from];
  if (generated)
    for (const std::size_t from : generated_) theta[to++] = worker->draw[from];
}

}  // namespace woodbury::bridgestan
