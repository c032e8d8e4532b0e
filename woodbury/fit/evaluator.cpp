#include "woodbury/fit/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "woodbury/fit/correlation.hpp"
#include "woodbury/fit/fit.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::fit {

namespace {

bool is_correlation(const density::SampledVariable& sampled) {
  return sampled.transform().kind() == density::Transform::Kind::correlation;
}

draws::Variable described(const plan::Plan& plan, const frame::Frame& table, model::VariableId id) {
  const model::RandomVariable& variable = plan.model.variable(id);
  draws::Variable result{variable.name, variable.dims, {}};
  for (const std::string& dim : variable.dims) {
    const auto labels = plan.model.dim_labels.find(dim);
    result.coords.push_back(labels != plan.model.dim_labels.end() ? labels->second : table.factor(dim).levels);
  }
  return result;
}

}  // namespace

Evaluator::Evaluator(const Prepared& prepared)
    : prepared_(prepared),
      density_(prepared.plan, prepared.data),
      variables_(recover::variables(prepared.plan, prepared.data, true)) {
  std::set<model::VariableId> needed;
  for (const model::NodeId node : density::Likelihood::inputs(prepared.plan))
    needed.merge(model::variables_of(prepared.plan.model, node));
  for (const density::SampledVariable& sampled : density_.sampled()) {
    parameters_.push_back(described(prepared.plan, prepared.data, sampled.variable()));
    needed_.push_back(needed.contains(sampled.variable()));
  }
}

Evaluator::~Evaluator() = default;

std::vector<std::string> Evaluator::coordinate_names() const {
  std::vector<std::string> names;
  for (std::size_t s = 0; s < parameters_.size(); ++s) {
    const density::SampledVariable& sampled = density_.sampled()[s];
    const std::vector<std::string> elements = parameters_[s].element_names();
    for (std::size_t i = 0; i < sampled.coordinates(); ++i)
      names.push_back(is_correlation(sampled) ? fmt::format("{}[{}]", parameters_[s].name, i) : elements[i]);
  }
  return names;
}

double Evaluator::log_density(std::span<const double> q, std::span<double> gradient) {
  WOODBURY_ASSERT(q.size() == dimension() && gradient.size() == dimension());
  return density_.evaluate(q, gradient);
}

double Evaluator::evaluate(const Values& values, density::Density::Of of, Values* gradient) {
  const bool joint = of == density::Density::Of::joint;
  const auto given = stored(values, joint);
  if (joint) {
    std::vector<double> q(dimension());
    density_.unconstrain(given, q);
    check_support(q);
  }
  const double value = density_.evaluate_at(given, of);
  if (gradient == nullptr) return value;
  gradient->clear();
  for (std::size_t s = 0; s < parameters_.size(); ++s) {
    if (given[s].empty()) continue;
    const std::span<const double> by_stored = density_.derivatives(s);
    (*gradient)[parameters_[s].name] =
        is_correlation(density_.sampled()[s])
            ? correlation::derivatives(given[s], by_stored, parameters_[s].coords[0].size())
            : std::vector<double>(by_stored.begin(), by_stored.end());
  }
  return value;
}

std::string Evaluator::failure() const { return density_.failure(); }

Values Evaluator::constrain(std::span<const double> q) {
  WOODBURY_ASSERT(q.size() == dimension());
  density_.locate(q);
  Values values;
  for (std::size_t s = 0; s < parameters_.size(); ++s) {
    const density::SampledVariable& sampled = density_.sampled()[s];
    const auto from =
        density_.values().subspan(density_.tape().offset(sampled.node()), density_.tape().size(sampled.node()));
    values[parameters_[s].name] = is_correlation(sampled)
                                      ? correlation::from_factor(from, parameters_[s].coords[0].size())
                                      : std::vector<double>(from.begin(), from.end());
  }
  return values;
}

std::vector<double> Evaluator::unconstrain(const Values& values) {
  const auto given = stored(values, true);
  std::vector<double> q(dimension());
  density_.unconstrain(given, q);
  check_support(q);
  return q;
}

void Evaluator::check_support(std::span<const double> q) const {
  for (std::size_t s = 0; s < parameters_.size(); ++s) {
    const density::SampledVariable& sampled = density_.sampled()[s];
    for (std::size_t i = 0; i < sampled.coordinates(); ++i)
      if (!std::isfinite(q[sampled.first() + i]))
        throw base::Error(fmt::format("`{}` is outside its support", parameters_[s].name), {},
                          "give a value that its prior allows");
  }
}

std::vector<double> Evaluator::draw(std::span<const double> q, std::uint64_t seed, std::uint64_t index) {
  WOODBURY_ASSERT(q.size() == dimension());
  if (!recovery_) recovery_ = std::make_unique<recover::Recovery>(prepared_.plan, density_, prepared_.data, true);
  std::size_t width = 0;
  for (const draws::Variable& variable : variables_) width += variable.size();
  std::vector<double> out(width);
  base::Stream stream(seed, 0, index, base::Purpose::recover);
  recovery_->draw(q, stream, out);
  return out;
}

void Evaluator::check_names(const Values& values) const {
  std::vector<std::string> names;
  for (const draws::Variable& parameter : parameters_) names.push_back(parameter.name);
  const model::Model& model = prepared_.plan.model;
  for (const auto& [name, value] : values) {
    if (std::ranges::find(names, name) != names.end()) continue;
    if (model.has(name) && prepared_.plan.integrated.contains(model.find(name)))
      throw base::Error(fmt::format("`{}` is integrated out and has no value", name), {},
                        "leave it out, or say in `integrate` what is to be integrated");
    if (model.has(name)) throw base::Error(fmt::format("`{}` is a constant of the model", name), {}, "leave it out");
    throw base::Error(fmt::format("no parameter `{}`", name), {}, base::did_you_mean(name, names));
  }
}

std::vector<std::vector<double>> Evaluator::stored(const Values& values, bool all) const {
  check_names(values);
  std::vector<std::vector<double>> result(parameters_.size());
  std::vector<std::string> missing;
  for (std::size_t s = 0; s < parameters_.size(); ++s) {
    const draws::Variable& parameter = parameters_[s];
    const auto found = values.find(parameter.name);
    if (found == values.end()) {
      if (all || needed_[s]) missing.push_back(parameter.name);
      continue;
    }
    if (found->second.size() != parameter.size())
      throw base::Error(
          fmt::format("`{}` has {} value(s), not {}", parameter.name, parameter.size(), found->second.size()));
    result[s] = is_correlation(density_.sampled()[s])
                    ? correlation::factor_of(parameter.name, found->second, parameter.coords[0].size())
                    : found->second;
  }
  if (!missing.empty()) throw base::Error(fmt::format("parameters without a value: `{}`", fmt::join(missing, "`, `")));
  return result;
}

}  // namespace woodbury::fit
