#include "woodbury/plan/detect.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "woodbury/plan/series.hpp"

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

/// The kernels share one covariance among a factor's levels; of few levels single effects stand for them.
std::optional<Reject> in_own_prior(const Model& model, const std::set<VariableId>& set, const LevelCount& levels) {
  for (const VariableId v : set) {
    if (!varies_by_level(model, v)) continue;
    const std::vector<std::string>& dims = model.variable(v).dims;
    const std::string words = fmt::format("has a prior sd that varies over `{}`", dims[0]);
    if (dims.size() > 1) return Reject{v, words};
    if (levels && levels(dims[0]) > kMostLoadings)
      return Reject{v, fmt::format("{}, of {} levels: too many", words, levels(dims[0]))};
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

/// Values of a variable. Factors count alike where their levels are not known: enough to tell an effect from a scalar.
std::size_t values_of(const Model& model, VariableId v, const LevelCount& levels) {
  constexpr std::size_t kUnknown = 1000;
  std::size_t count = 1;
  for (const std::string& dim : model.variable(v).dims) {
    const auto labels = model.dim_labels.find(dim);
    count *= labels != model.dim_labels.end() ? labels->second.size() : levels ? levels(dim) : kUnknown;
  }
  return count;
}

/// Whether a member's loadings over a factor would need too many columns.
bool too_many_loadings(const model::AffineTerm& term, const LevelCount& levels) {
  if (term.variable < 0 || term.over.empty() || !levels) return false;
  const std::size_t columns = levels(term.over), own = is_series(term) || term.factor.empty() ? 1 : levels(term.factor);
  return columns > kMostLoadings || own * columns * columns > kMostLoadedNumbers;
}

/// The same term with its loadings read at the rows.
void read_at_rows(Model& model, model::AffineTerm& term) {
  term.row = model.gather(term.sampled);
  if (term.data != model::kNone) term.row = model.binary(model::Op::multiply, term.data, term.row);
  term.data = term.sampled = model::kNone;
  term.over.clear();
}

/// A member that stands as effects of its own, one a level, enters with loadings at its levels and in no other way.
std::optional<Reject> in_levels(const Model& model, const model::AffineForm& form, const LevelCount& levels) {
  for (const VariableId v : spread_members(model, form.terms)) {
    const std::string words = varies_by_level(model, v) ? "has a prior sd that varies by level" : "is in a series";
    for (const model::AffineTerm& term : form.terms) {
      if (term.variable != v) continue;
      if (is_series(term) && too_many_loadings(term, levels))
        return Reject{v, fmt::format("is in a series of {} levels: too many", levels(term.over))};
      if (!is_series(term) && !term.over.empty())
        return Reject{v, fmt::format("{}, and is multiplied by values over another factor", words)};
      if (term.row != model::kNone)
        return Reject{v, fmt::format("{}, and is multiplied by an expression that varies by row", words)};
    }
  }
  return std::nullopt;
}

std::optional<Reject> in_mean(Model& model, const std::set<VariableId>& set, const LevelCount& levels,
                              model::AffineForm& form) {
  model::AffineResult result = model::affine(model, model.joint().mean, set);
  if (result.obstacle) {
    const model::Obstacle& obstacle = *result.obstacle;
    const VariableId a = obstacle.culprit, b = obstacle.partner;
    if (b < 0) return Reject{a, obstacle.reason};
    const std::size_t of_a = values_of(model, a, levels), of_b = values_of(model, b, levels);
    const bool stays = of_a != of_b ? of_a > of_b : a < b;
    const VariableId kept = stays ? a : b;
    return Reject{stays ? b : a, fmt::format("is multiplied by `{}`, which is integrated", model.variable(kept).name),
                  kept};
  }
  std::set<VariableId> seen;
  for (model::AffineTerm& term : result.form.terms) {
    if (term.variable >= 0) seen.insert(term.variable);
    if (!is_series(term) && too_many_loadings(term, levels)) read_at_rows(model, term);
  }
  if (auto reject = in_levels(model, result.form, levels)) return reject;
  for (const VariableId v : set)
    if (!seen.contains(v)) return Reject{v, fmt::format("does not enter the mean of `{}`", model.joint().response)};
  form = std::move(result.form);
  return std::nullopt;
}

}  // namespace

LevelCount level_count(const frame::Frame& table) {
  return [&table](const std::string& factor) { return table.factor(factor).levels.size(); };
}

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

Detection detect(Model& model, const std::set<VariableId>& wanted, const LevelCount& levels) {
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
    std::optional<Reject> reject = in_own_prior(model, result.set, levels);
    if (!reject) reject = in_distributions(model, result.set);
    if (!reject) reject = in_scales(model, result.set);
    if (!reject) reject = in_mean(model, result.set, levels, result.form);
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
