#include "woodbury/bridgestan/parameters.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace woodbury::bridgestan {

namespace {

using Kind = density::Transform::Kind;

std::size_t product(const std::vector<std::size_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
}

std::string stan_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '_';
  return name;
}

/// Levels of each of a variable's dims.
std::vector<std::size_t> sizes_of(const model::Model& model, const frame::Frame& table, model::VariableId v) {
  std::vector<std::size_t> sizes;
  for (const std::string& dim : model.variable(v).dims) {
    const auto labels = model.dim_labels.find(dim);
    sizes.push_back(labels != model.dim_labels.end() ? labels->second.size() : table.factor(dim).levels.size());
  }
  return sizes;
}

/// A nested list's numbers, the last index fastest.
void flatten(const nlohmann::json& json, std::span<const std::size_t> sizes, const std::string& name,
             std::vector<double>& out) {
  if (sizes.empty() && json.is_number()) return out.push_back(json.get<double>());
  if (sizes.empty() || !json.is_array() || json.size() != sizes.front())
    throw base::Error(fmt::format("`{}` has not the shape it should have", name), {},
                      "numbers in nested lists, the last index innermost");
  for (const auto& part : json) flatten(part, sizes.subspan(1), name, out);
}

bool inside(const density::Transform& transform, std::span<const double> x, std::span<double> q) {
  if (transform.kind() == Kind::positive)
    for (const double value : x)
      if (!(value > 0)) return false;
  transform.unconstrain(x, q);
  return std::all_of(q.begin(), q.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

std::vector<std::size_t> first_index_fastest(const std::vector<std::size_t>& sizes) {
  std::vector<std::size_t> order(product(sizes));
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t rest = i, stride = order.size(), at = 0;
    for (const std::size_t size : sizes) {
      stride /= size;
      at += rest % size * stride;
      rest /= size;
    }
    order[i] = at;
  }
  return order;
}

std::vector<std::string> element_names(const std::string& name, const std::vector<std::size_t>& sizes) {
  std::vector<std::string> names(product(sizes), stan_name(name));
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t rest = i;
    for (const std::size_t size : sizes) {
      names[i] += fmt::format(".{}", rest % size + 1);
      rest /= size;
    }
  }
  return names;
}

Parameters::Parameters(const plan::Plan& plan, const density::Density& density, const frame::Frame& table)
    : coordinates_(density.dimension()) {
  for (const density::SampledVariable& sampled : density.sampled()) {
    const model::VariableId v = sampled.variable();
    const density::Transform& transform = sampled.transform();
    const auto action = plan.actions.find(v);
    const bool noncentred = action != plan.actions.end() && action->second != plan::Action::sample_centred;
    std::vector<std::size_t> sizes = sizes_of(plan.model, table, v), storage;
    if (transform.kind() == Kind::correlation) {
      const auto d =
          static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(transform.constrained_size()))));
      sizes = {d, d};
      storage.resize(d * d);
      std::iota(storage.begin(), storage.end(), std::size_t{0});
    } else {
      if (product(sizes) != transform.constrained_size()) sizes = {transform.constrained_size()};
      storage = first_index_fastest(sizes);
    }
    const std::size_t length = storage.size();
    parameters_.push_back({(noncentred ? "z_" : "") + plan.model.variable(v).name, std::move(sizes), sampled.first(),
                           sampled.coordinates(), size_, length, transform, std::move(storage)});
    size_ += length;
  }
}

std::vector<std::string> Parameters::names() const {
  std::vector<std::string> names;
  for (const Parameter& p : parameters_)
    for (std::string& name : element_names(p.name, p.sizes)) names.push_back(std::move(name));
  return names;
}

/// Coordinates are in the order of the transform's storage.
std::vector<std::string> Parameters::coordinate_names() const {
  std::vector<std::string> names(coordinates_);
  for (const Parameter& p : parameters_) {
    const bool correlation = p.transform.kind() == Kind::correlation;
    const auto own = element_names(p.name, correlation ? std::vector{p.count} : p.sizes);
    for (std::size_t i = 0; i < own.size(); ++i) names[p.first + (correlation ? i : p.storage[i])] = own[i];
  }
  return names;
}

bool Parameters::has(const std::string& variable) const {
  return std::any_of(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return p.name == variable; });
}

void Parameters::constrain(std::span<const double> q, std::span<double> theta) const {
  std::vector<double> x;
  for (const Parameter& p : parameters_) {
    x.assign(p.length, 0);
    p.transform.forward(q.subspan(p.first, p.count), x);
    for (std::size_t i = 0; i < p.length; ++i) theta[p.begin + i] = x[p.storage[i]];
  }
}

void Parameters::unconstrain(const Parameter& p, std::span<const double> theta, std::span<double> q) {
  std::vector<double> x(p.length);
  for (std::size_t i = 0; i < p.length; ++i) x[p.storage[i]] = theta[i];
  if (!inside(p.transform, x, q.subspan(p.first, p.count)))
    throw base::Error(fmt::format("`{}` is outside its support", p.name), {}, "give a value that its prior allows");
}

void Parameters::unconstrain(std::span<const double> theta, std::span<double> q) const {
  for (const Parameter& p : parameters_) unconstrain(p, theta.subspan(p.begin, p.length), q);
}

bool Parameters::unconstrain(const nlohmann::json& json, std::span<double> q) const {
  bool all = true;
  for (const Parameter& p : parameters_) {
    const auto found = json.find(stan_name(p.name));
    if (found == json.end()) {
      all = false;
      continue;
    }
    std::vector<double> flat, theta;
    flatten(*found, p.sizes, p.name, flat);
    for (const std::size_t from : first_index_fastest(p.sizes)) theta.push_back(flat[from]);
    unconstrain(p, theta, q);
  }
  return all;
}

double Parameters::log_jacobian(std::span<const double> q, std::span<double> gradient, double scale) const {
  double sum = 0;
  std::vector<double> x, none, change;
  for (const Parameter& p : parameters_) {
    if (p.transform.kind() == Kind::real) continue;
    x.assign(p.length, 0);
    none.assign(p.length, 0);
    change.assign(p.count, 0);
    const auto part = q.subspan(p.first, p.count);
    sum += p.transform.forward(part, x);
    p.transform.backward(part, x, none, change);
    for (std::size_t i = 0; i < p.count; ++i) gradient[p.first + i] += scale * change[i];
  }
  return sum;
}

}  // namespace woodbury::bridgestan
