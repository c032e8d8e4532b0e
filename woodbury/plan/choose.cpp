// make_plan: from the user's wish, or by price, to one plan.
#include <algorithm>

#include <fmt/format.h>

#include "woodbury/plan/candidates.hpp"
#include "woodbury/plan/plan.hpp"
#include "woodbury/plan/stack.hpp"

namespace woodbury::plan {

namespace {

using model::DistributionKind;
using model::Model;
using model::VariableId;

/// A fuller integration is taken where it costs at most this much more: it has no funnels.
constexpr double kPreferFuller = 3;
/// Above so many groups only whole and single-group sets are tried.
constexpr std::size_t kMostGroups = 6;
/// Mean rows a level from which a sampled effect is centred, for one coefficient and for several.
constexpr double kCentredRows = 10, kCentredRowsSlopes = 200;

std::string trim(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t`"), end = text.find_last_not_of(" \t`");
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

/// `(x | g)` names its factor.
std::string group_name(const std::string& item) {
  const auto bar = item.rfind('|');
  if (item.size() < 2 || item.front() != '(' || bar == std::string::npos) return item;
  return trim(item.substr(bar + 1, item.size() - bar - 2));
}

struct Item {
  std::string text;
  std::size_t at = 0;  ///< in the list
};

/// Names separated by commas outside brackets; empty ones are left out.
std::vector<Item> items_of(const std::string& list) {
  std::vector<Item> items;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && (depth > 0 || list[i] != ',')) {
      depth += list[i] == '(' ? 1 : list[i] == ')' ? -1 : 0;
      continue;
    }
    const std::string text = trim(list.substr(begin, i - begin));
    if (!text.empty()) items.push_back({text, list.find(text, begin)});
    begin = i + 1;
  }
  return items;
}

/// The set a user's list names. Throws where a name is unknown, or cannot be integrated.
std::set<VariableId> named_set(const Model& model, const std::string& list, const std::vector<Group>& gaussian,
                               const Detection& detected) {
  std::set<VariableId> set;
  std::vector<std::string> known;
  for (const Group& group : gaussian) known.push_back(group.name());
  for (const Group& group : gaussian)
    for (const VariableId v : group.variables) known.push_back(model.variable(v).name);
  for (const auto& [text, at] : items_of(list)) {
    const std::string name = group_name(text);
    const auto group = std::find_if(gaussian.begin(), gaussian.end(), [&](const Group& g) { return g.name() == name; });
    std::set<VariableId> meant;
    if (group != gaussian.end()) {
      meant = group->variables;
    } else if (model.has(name)) {
      meant.insert(model.find(name));
    } else {
      throw base::Error(fmt::format("--integrate: no effect `{}` with a Gaussian prior", name),
                        base::Place{list, at, at + text.size()}, base::did_you_mean(name, known));
    }
    for (const VariableId v : meant) {
      if (!is_gaussian(model.variable(v)))
        throw base::Error(fmt::format("--integrate: `{}` has no Gaussian prior", model.variable(v).name));
      const auto reason = detected.obstacles.find(v);
      if (reason != detected.obstacles.end())
        throw base::Error(
            fmt::format("--integrate: `{}` cannot be integrated: it {}", model.variable(v).name, reason->second));
      set.insert(v);
    }
  }
  if (set.empty())
    throw base::Error("--integrate names nothing", {}, "write `auto`, `all`, `none`, or effects separated by commas");
  return set;
}

std::set<VariableId> checked(Model& model, const std::set<VariableId>& set) {
  const Detection detection = detect(model, set);
  if (detection.set == set) return set;
  const auto& [v, reason] = *detection.obstacles.begin();
  throw base::Error(
      fmt::format("--integrate: `{}` cannot be integrated with this choice: it {}", model.variable(v).name, reason));
}

/// All subsets of the factors, the scalars always with them.
std::vector<std::set<VariableId>> subsets(const std::vector<Group>& groups) {
  std::vector<const Group*> factors;
  std::set<VariableId> always;
  for (const Group& group : groups) {
    if (group.factor.empty())
      always = group.variables;
    else
      factors.push_back(&group);
  }
  std::vector<std::set<VariableId>> sets;
  const std::size_t count = std::min(factors.size(), kMostGroups);
  for (std::size_t mask = 0; mask < std::size_t{1} << count; ++mask) {
    std::set<VariableId> set = always;
    for (std::size_t k = 0; k < count; ++k)
      if (mask >> k & 1) set.insert(factors[k]->variables.begin(), factors[k]->variables.end());
    for (std::size_t k = count; k < factors.size(); ++k)
      if (mask + 1 == std::size_t{1} << count) set.insert(factors[k]->variables.begin(), factors[k]->variables.end());
    sets.push_back(std::move(set));
  }
  return sets;
}

/// The cheapest or, of the sets that hold all it integrates and more, the fullest within kPreferFuller of its price.
std::size_t choose(const std::vector<Priced>& priced) {
  const auto price = [&](std::size_t i) { return priced[i].candidate.price(); };
  std::size_t cheapest = 0;
  for (std::size_t i = 1; i < priced.size(); ++i)
    if (price(i) < price(cheapest)) cheapest = i;
  std::size_t best = cheapest;
  const auto& least = priced[cheapest].set;
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const auto& set = priced[i].set;
    const bool fuller = std::includes(set.begin(), set.end(), least.begin(), least.end());
    if (fuller && price(i) <= kPreferFuller * price(cheapest) && set.size() > priced[best].set.size()) best = i;
  }
  return best;
}

Action parametrisation(const Model& model, VariableId v, const frame::Frame& table, const Options& options,
                       std::string& reason) {
  const model::RandomVariable& variable = model.variable(v);
  if (variable.distribution.kind == DistributionKind::flat) return Action::sample_centred;  // it has no scale
  std::string asked = "auto";
  for (const auto& name : {variable.dims.empty() ? std::string() : variable.dims[0], variable.name})
    if (const auto found = options.parametrisation.find(name); found != options.parametrisation.end())
      asked = found->second;
  if (asked != "auto") {
    reason += fmt::format("; {} as asked", asked);
    return asked == "centred" ? Action::sample_centred : Action::sample_noncentred;
  }
  const bool grouped = !variable.dims.empty() && !model.dim_labels.contains(variable.dims[0]);
  if (!grouped) return Action::sample_centred;
  const frame::Factor& factor = table.factor(variable.dims[0]);
  const double rows = static_cast<double>(table.rows()) / static_cast<double>(factor.levels.size());
  const bool slopes = dims_of(model, v, table) > factor.levels.size();
  const bool centred = rows >= (slopes ? kCentredRowsSlopes : kCentredRows);
  reason += fmt::format("; {} at {:.3g} rows a level", centred ? "centred" : "non-centred", rows);
  return centred ? Action::sample_centred : Action::sample_noncentred;
}

std::string structure_words(const Model& model, VariableId v, const frame::Frame& table) {
  const model::RandomVariable& variable = model.variable(v);
  if (variable.dims.empty()) return "scalar";
  if (model.dim_labels.contains(variable.dims[0])) return fmt::format("{} coefficients", dims_of(model, v, table));
  const std::size_t levels = table.factor(variable.dims[0]).levels.size();
  const std::size_t width = dims_of(model, v, table) / levels;
  if (width == 1) return fmt::format("{} levels", levels);
  const bool correlated = variable.distribution.kind == DistributionKind::multi_normal;
  return fmt::format("{} levels × {} coefficients, {}", levels, width, correlated ? "correlated" : "independent");
}

void decide(Plan& plan, const Detection& detected, const frame::Frame& table, const Options& options,
            const std::string& sampled_reason) {
  for (const VariableId v : gaussian_variables(plan.model)) {
    Decision decision{.variable = v,
                      .name = plan.model.variable(v).name,
                      .structure = structure_words(plan.model, v, table),
                      .dims = dims_of(plan.model, v, table),
                      .integrable = detected.set.contains(v),
                      .action = Action::integrate,
                      .reason = {}};
    if (plan.integrated.contains(v)) {
      decision.reason = "Gaussian, and enters the mean linearly";
    } else {
      const auto obstacle = detected.obstacles.find(v);
      decision.reason = obstacle != detected.obstacles.end() ? "it " + obstacle->second : sampled_reason;
      decision.action = parametrisation(plan.model, v, table, options, decision.reason);
    }
    plan.actions[v] = decision.action;
    plan.decisions.push_back(std::move(decision));
  }
}

std::string data_words(const Plan& plan, std::size_t rows) {
  if (plan.linear.by_moments())
    return fmt::format("cross-products, summed once; a gradient does not see the {} rows", rows);
  std::string words = fmt::format("{} rows", rows);
  for (const Reduced& reduced : plan.reductions)
    if (reduced.rule == "cells") words += fmt::format(" → {} cells", reduced.left);
  return words + (plan.linear.row_sd != model::kNone
                      ? " a gradient, since the residual sd varies with sampled variables"
                      : " a gradient, since the mean is not linear in what is sampled");
}

void describe(Plan& plan, const Priced& chosen, const frame::Frame& table) {
  plan.integrated = chosen.set;
  plan.linear = chosen.linear;
  plan.roles = chosen.roles;
  plan.reductions = chosen.reductions;
  plan.sampled_dims = chosen.candidate.sampled_dims;
  for (VariableId v = 0; v < static_cast<VariableId>(plan.model.variables().size()); ++v)
    plan.declared_dims += dims_of(plan.model, v, table);
  if (chosen.set.empty())
    plan.kernel = "none: nothing is integrated";
  else if (chosen.eliminated.empty() && chosen.candidate.tail == 0)
    plan.kernel = "diagonal: every effect by itself, in eigenvectors";
  else if (chosen.eliminated.empty())
    plan.kernel = chosen.candidate.tail == 1 ? std::string("dense: one effect")
                                             : fmt::format("dense: {} effects at once", chosen.candidate.tail);
  else
    plan.kernel = fmt::format("{} eliminated level by level{}", fmt::join(chosen.eliminated, ", then "),
                              chosen.candidate.tail ? fmt::format(", a dense tail of {}", chosen.candidate.tail) : "");
  if (chosen.cells > 0 && chosen.cells < table.rows())
    plan.reductions.push_back({"cells", "rows", table.rows(), chosen.cells});
  plan.data_path = data_words(plan, table.rows());
}

void check_parametrisation(const Model& model, const Options& options) {
  std::vector<std::string> known;
  for (const VariableId v : gaussian_variables(model)) {
    known.push_back(model.variable(v).name);
    if (!model.variable(v).dims.empty()) known.push_back(model.variable(v).dims[0]);
  }
  for (const auto& [name, value] : options.parametrisation) {
    if (value != "centred" && value != "noncentred" && value != "auto")
      throw base::Error(fmt::format("--parametrisation: `{}` is not a parametrisation", value), {},
                        "known are `centred`, `noncentred`, `auto`");
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw base::Error(fmt::format("--parametrisation: no effect `{}` with a Gaussian prior", name), {},
                        base::did_you_mean(name, known));
  }
}

}  // namespace

std::size_t dims_of(const Model& model, VariableId variable, const frame::Frame& table) {
  const model::RandomVariable& v = model.variable(variable);
  if (v.distribution.kind == DistributionKind::constant) return 0;
  std::size_t size = 1;
  for (const std::string& dim : v.dims) {
    const auto labels = model.dim_labels.find(dim);
    size *= labels != model.dim_labels.end() ? labels->second.size() : table.factor(dim).levels.size();
  }
  if (v.distribution.kind != DistributionKind::lkj) return size;
  const std::size_t d = model.dim_labels.at(v.dims[0]).size();
  return d * (d - 1) / 2;
}

Plan make_plan(const Model& model, const frame::Frame& given, const Options& options) {
  if (model.observations.empty())
    throw base::Error("the model observes no response", {}, "observe_normal ties a column of the data to a mean");
  check_parametrisation(model, options);
  Plan plan;
  plan.model = model;
  model::stack_observations(plan.model);
  const frame::Frame table = stacked_table(plan.model, given);
  plan.reduce = options.reduce;
  const std::set<VariableId> gaussian = gaussian_variables(plan.model);
  const Detection detected = detect(plan.model, gaussian);
  const std::vector<Group> groups = groups_of(plan.model, detected.set);
  std::vector<std::set<VariableId>> sets;
  std::string sampled_reason = "not named by --integrate";
  if (options.integrate == "all") {
    sets.push_back(detected.set);
  } else if (options.integrate == "none") {
    sets.emplace_back();
  } else if (options.integrate == "auto") {
    sets = subsets(groups);
    sampled_reason = "cheaper to sample than to integrate with the rest";
  } else {
    sets.push_back(
        checked(plan.model, named_set(plan.model, options.integrate, groups_of(plan.model, gaussian), detected)));
  }

  Pricing pricing(plan.model, table, options.reduce);
  std::vector<Priced> priced;
  for (const auto& set : sets)
    if (detect(plan.model, set).set == set) priced.push_back(pricing.price(set, groups));
  if (priced.empty()) priced.push_back(pricing.price({}, groups));
  const std::size_t best = choose(priced);
  describe(plan, priced[best], table);
  decide(plan, detected, table, options, sampled_reason);
  plan.reason = options.integrate != "auto" ? "as asked by --integrate"
                : priced.size() == 1        ? "the only candidate"
                                            : "the cheapest, or all of it and more within three times its price";
  priced[best].candidate.chosen = true;
  std::stable_sort(priced.begin(), priced.end(), [](const Priced& a, const Priced& b) {
    if (a.candidate.chosen != b.candidate.chosen) return a.candidate.chosen;
    return a.candidate.price() < b.candidate.price();
  });
  for (Priced& p : priced) plan.candidates.push_back(std::move(p.candidate));
  return plan;
}

}  // namespace woodbury::plan
