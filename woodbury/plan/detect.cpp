#include "woodbury/plan/detect.hpp"

#include <optional>

#include <fmt/format.h>

namespace woodbury::plan {

namespace {

using model::DistributionKind;
using model::Model;
using model::VariableId;

struct Reject {
  VariableId variable;
  std::string reason;
  VariableId partner = -1;  ///< of a product of two members
};

/// The kernels share one covariance among a factor's levels.
std::optional<Reject> in_own_prior(const Model& model, const std::set<VariableId>& set) {
  for (const VariableId v : set) {
    const model::Distribution& prior = model.variable(v).distribution;
    if (prior.kind == DistributionKind::flat) continue;
    const auto& dims = model.node(prior.args[1]).dims;
    if (!dims.empty() && !model.dim_labels.contains(dims[0]))
      return Reject{v, fmt::format("has a prior sd that varies over `{}`", dims[0])};
  }
  return std::nullopt;
}

/// A member in an argument of another variable's distribution where it must not be.
std::optional<Reject> in_distributions(const Model& model, const std::set<VariableId>& set) {
  for (VariableId u = 0; u < static_cast<VariableId>(model.variables().size()); ++u) {
    const model::RandomVariable& variable = model.variable(u);
    const bool has_mean = is_gaussian(variable) && variable.distribution.kind != DistributionKind::flat;
    for (std::size_t a = 0; a < variable.distribution.args.size(); ++a)
      for (const VariableId v : model::variables_of(model, variable.distribution.args[a])) {
        if (!set.contains(v)) continue;
        if (has_mean && a > 0) return Reject{v, fmt::format("sets the scale of `{}`", variable.name)};
        if (!has_mean)
          return Reject{v, fmt::format("is an argument of `{}`, whose prior is {}{}", variable.name,
                                       variable.distribution.positive ? "a truncated " : "",
                                       model::info(variable.distribution.kind).name)};
        if (!set.contains(u))
          return Reject{v, fmt::format("is the prior mean of `{}`, which is sampled", variable.name)};
      }
  }
  return std::nullopt;
}

std::optional<Reject> in_scales(const Model& model, const std::set<VariableId>& set) {
  for (const model::Observation& observation : model.observations)
    for (const VariableId v : model::variables_of(model, observation.sd))
      if (set.contains(v)) return Reject{v, fmt::format("sets the scale of `{}`", observation.response)};
  return std::nullopt;
}

/// Elements of a variable, levels counted as one: enough to tell an effect from a loading.
std::size_t rank(const Model& model, VariableId v) { return model.variable(v).dims.size(); }

std::optional<Reject> in_mean(Model& model, const std::set<VariableId>& set, model::AffineForm& form) {
  model::AffineResult result = model::affine(model, model.joint().mean, set);
  if (result.obstacle) {
    const model::Obstacle& obstacle = *result.obstacle;
    if (obstacle.partner >= 0 && rank(model, obstacle.partner) < rank(model, obstacle.culprit))
      return Reject{obstacle.partner,
                    fmt::format("is multiplied by `{}`, which is integrated", model.variable(obstacle.culprit).name),
                    obstacle.culprit};
    return Reject{obstacle.culprit, obstacle.reason, obstacle.partner};
  }
  std::set<VariableId> seen;
  for (const model::AffineTerm& term : result.form.terms) {
    if (term.variable < 0) continue;
    seen.insert(term.variable);
    if (term.sampled == model::kNone) continue;
    const auto others = model::variables_of(model, term.sampled);
    return Reject{term.variable,
                  fmt::format("is multiplied by `{}`, which is sampled", model.variable(*others.begin()).name)};
  }
  for (const VariableId v : set)
    if (!seen.contains(v)) return Reject{v, fmt::format("does not enter the mean of `{}`", model.joint().response)};
  form = std::move(result.form);
  return std::nullopt;
}

}  // namespace

bool is_gaussian(const model::RandomVariable& variable) {
  if (variable.distribution.positive) return false;
  switch (variable.distribution.kind) {
    case DistributionKind::normal:
    case DistributionKind::multi_normal:
    case DistributionKind::flat:
      return true;
    default:
      return false;
  }
}

std::set<VariableId> gaussian_variables(const Model& model) {
  std::set<VariableId> found;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variables().size()); ++v)
    if (is_gaussian(model.variable(v))) found.insert(v);
  return found;
}

Detection detect(Model& model, const std::set<VariableId>& wanted) {
  Detection result;
  result.set = wanted;
  for (const VariableId v : wanted) {
    const model::RandomVariable& variable = model.variable(v);
    if (variable.distribution.kind != DistributionKind::flat || variable.dims.empty()) continue;
    result.set.erase(v);
    result.obstacles.emplace(v, "has a flat prior for each level");
  }
  std::map<VariableId, VariableId> partners;
  for (;;) {
    std::optional<Reject> reject = in_own_prior(model, result.set);
    if (!reject) reject = in_distributions(model, result.set);
    if (!reject) reject = in_scales(model, result.set);
    if (!reject) reject = in_mean(model, result.set, result.form);
    if (!reject) break;
    result.set.erase(reject->variable);
    if (reject->partner >= 0) partners[reject->variable] = reject->partner;
    result.obstacles.emplace(reject->variable, std::move(reject->reason));
  }
  // A partner may have been rejected later, for reasons of its own.
  for (const auto& [v, partner] : partners)
    if (!result.set.contains(partner))
      result.obstacles[v] = fmt::format("is multiplied by `{}`, which is sampled", model.variable(partner).name);
  return result;
}

}  // namespace woodbury::plan
