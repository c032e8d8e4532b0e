// make_plan: from the user's wish, or by price, to one plan.
#include <algorithm>

#include <fmt/format.h>

#include "woodbury/plan/candidates.hpp"
#include "woodbury/plan/plan.hpp"
#include "woodbury/plan/replay.hpp"
#include "woodbury/plan/rules/rules.hpp"
#include "woodbury/plan/sampling.hpp"
#include "woodbury/plan/stack.hpp"
#include "woodbury/plan/wish.hpp"

namespace woodbury::plan {

namespace {

using model::DistributionKind;
using model::Model;
using model::VariableId;

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

std::string enters_words(const LinearModel& linear, VariableId v) {
  for (const LinearBlock& block : linear.blocks)
    for (const LinearColumn& column : block.columns)
      if (column.variable == v && column.row != model::kNone)
        return "Gaussian, and enters the mean linearly, times an expression of what is sampled";
  return "Gaussian, and enters the mean linearly";
}

void decide(Plan& plan, const Detection& detected, const frame::Frame& table, const Parametrisations& ways,
            const std::string& sampled_reason) {
  for (const VariableId v : gaussian_variables(plan.model)) {
    Decision decision{.variable = v,
                      .name = plan.model.variable(v).name,
                      .structure = structure_words(plan.model, v, table),
                      .dims = dims_of(plan.model, v, table),
                      .integrable = detected.set.contains(v) || plan.integrated.contains(v),
                      .action = Action::integrate,
                      .reason = {}};
    if (plan.integrated.contains(v)) {
      decision.reason = enters_words(plan.linear, v);
    } else {
      const auto obstacle = detected.obstacles.find(v);
      const Parametrisation& way = ways.at(v);
      decision.reason = (obstacle != detected.obstacles.end() ? "it " + obstacle->second : sampled_reason) + way.words;
      decision.action = way.action;
      if (way.action == Action::sample_by_level) plan.centred_levels[v] = way.centring->centred;
    }
    plan.actions[v] = decision.action;
    plan.decisions.push_back(std::move(decision));
  }
}

std::string data_words(const Plan& plan, std::size_t rows) {
  if (plan.linear.by_moments())
    return fmt::format("cross-products, summed once; a gradient does not see the {} rows", rows);
  for (const Reduced& reduced : plan.reductions)
    if (reduced.rule == kStrata)
      return fmt::format(
          "cross-products, summed once for each of {} residual scales; a gradient does not see the {} rows",
          reduced.left, rows);
  std::string words = fmt::format("{} rows", rows);
  for (const Reduced& reduced : plan.reductions)
    if (reduced.rule == kCells) words += fmt::format(" → {} cells", reduced.left);
  if (plan.linear.has_row_columns())
    return words + " a gradient, since sampled expressions multiply integrated effects row by row";
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
  plan.data_path = data_words(plan, table.rows());
}

/// The set to take, and which rules had their way.
struct Choice {
  std::size_t best = 0;
  bool informed = false, fuller = false;
};

Choice choose(const Plan& plan, const std::vector<Priced>& priced) {
  Choice choice{.best = cheapest(priced)};
  const auto take = [&](std::size_t next, bool& moved) {
    moved = next != choice.best;
    choice.best = next;
  };
  if (plan.on(kInformedFirst)) take(leave_least_informed(priced, choice.best), choice.informed);
  if (plan.on(kPreferFuller)) take(prefer_fuller(priced, choice.best), choice.fuller);
  return choice;
}

std::string choice_words(const Options& options, bool replayed, std::size_t candidates, const Choice& choice) {
  if (replayed) return "as in the plan that is replayed";
  if (options.integrate != "auto") return "as asked by --integrate";
  if (candidates == 1) return "the only candidate";
  std::string words = "the cheapest";
  if (choice.fuller)
    words = "little dearer than the cheapest, and it integrates more: no funnels are left there";
  else if (choice.informed)
    words = "about as cheap as the cheapest, and it leaves less informed levels to be sampled";
  return options.measured.empty() ? words : words + ", gradients timed on this machine";
}

/// What each rule did, by the marks that it leaves.
void note_rules(Plan& plan, std::size_t left_out, const Choice& choice) {
  for (const RuleText& rule : rule_texts()) {
    const bool reduced = std::any_of(plan.reductions.begin(), plan.reductions.end(),
                                     [&](const Reduced& r) { return r.rule == rule.name; });
    const bool sampled =
        std::any_of(plan.candidates.begin(), plan.candidates.end(), [](const Candidate& c) { return c.condition > 1; });
    const bool by_level = std::any_of(plan.decisions.begin(), plan.decisions.end(), [](const Decision& d) {
      return d.action != Action::integrate && d.reason.find(" τ²") != std::string::npos;
    });
    const bool applied = reduced || (rule.name == kNestedTogether && left_out > 0) ||
                         (rule.name == kConditioning && sampled) || (rule.name == kInformedFirst && choice.informed) ||
                         (rule.name == kPreferFuller && choice.fuller) || (rule.name == kLevelCentring && by_level);
    const auto state = plan.without.contains(rule.name) ? RuleNote::State::off
                       : applied                        ? RuleNote::State::applied
                                                        : RuleNote::State::idle;
    plan.rules.push_back({std::string(rule.name), std::string(rule.does), state});
  }
}

std::set<std::string, std::less<>> rules_off(const Options& options) {
  check_rule_names(options.without);
  std::set<std::string, std::less<>> off = options.without;
  if (!options.reduce)
    for (const std::string_view rule :
         {reduce::kEqualLevels, reduce::kFixedScales, reduce::kFillOrder, kCells, kStrata})
      off.emplace(rule);
  return off;
}

/// Sets to be priced, and what is said of the effects outside the one that is chosen.
struct Wanted {
  std::vector<std::set<VariableId>> sets;
  std::string sampled_reason;
  std::size_t left_out = 0;  ///< by nested-together
};

Wanted wanted_sets(Plan& plan, const Detection& detected, const Survey& survey, const std::string& integrate,
                   const LevelCount& levels) {
  if (integrate == "auto") {
    const std::vector<Group> groups = groups_of(plan.model, detected.set);
    Wanted wanted{subsets(groups), "cheaper to sample than to integrate with the rest", 0};
    if (plan.on(kNestedTogether)) wanted.left_out = keep_nested_together(survey, groups, wanted.sets);
    return wanted;
  }
  const std::string reason = "not named by --integrate";
  if (integrate == "all") return {{detected.set}, reason, 0};
  if (integrate == "none") return {{std::set<VariableId>()}, reason, 0};
  const std::vector<Group> gaussian = groups_of(plan.model, gaussian_variables(plan.model));
  const std::set<VariableId> named = named_set(plan.model, integrate, gaussian, detected, levels);
  return {{checked(plan.model, named, levels)}, reason, 0};
}

std::map<VariableId, Centring> centring_of(const Parametrisations& ways) {
  std::map<VariableId, Centring> centring;
  for (const auto& [v, way] : ways)
    if (way.centring) centring.emplace(v, *way.centring);
  return centring;
}

/// Those that can be integrated as they are; nothing, if none can.
std::vector<Priced> price_all(Model& model, Pricing& pricing, const std::vector<std::set<VariableId>>& sets,
                              const std::vector<Group>& groups, const LevelCount& levels) {
  std::vector<Priced> priced;
  for (const auto& set : sets)
    if (detect(model, set, levels).set == set) priced.push_back(pricing.price(set, groups));
  if (priced.empty()) priced.push_back(pricing.price({}, groups));
  return priced;
}

/// The chosen one first, then by price.
void take_candidates(Plan& plan, std::vector<Priced> priced, std::size_t best) {
  priced[best].candidate.chosen = true;
  std::stable_sort(priced.begin(), priced.end(), [](const Priced& a, const Priced& b) {
    if (a.candidate.chosen != b.candidate.chosen) return a.candidate.chosen;
    return a.candidate.price() < b.candidate.price();
  });
  for (Priced& p : priced) plan.candidates.push_back(std::move(p.candidate));
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

Plan make_plan(const Model& model, const frame::Frame& rows, const Options& given) {
  if (model.observations.empty())
    throw base::Error("the model observes no response", {}, "observe_normal ties a column of the data to a mean");
  Plan plan;
  plan.model = model;
  model::stack_observations(plan.model);
  const frame::Frame table = stacked_table(plan.model, rows);
  const LevelCount count = level_count(table);
  const Detection detected = detect(plan.model, gaussian_variables(plan.model), count);
  std::optional<Replay> replay;
  if (given.replay) {
    replay = read_replay(*given.replay, plan.model, table, detected);
    replay->options.reduce = given.reduce;
  }
  const Options& options = replay ? replay->options : given;
  check_parametrisation(model, options);
  plan.without = rules_off(options);
  const Survey survey(plan.model, table, detected);
  const Wanted wanted = replay ? Wanted{{replay->set}, "sampled in the plan replayed", 0}
                               : wanted_sets(plan, detected, survey, options.integrate, count);
  Parametrisations ways = parametrisations(plan.model, table, survey, options, plan.without);
  if (replay)
    for (const auto& [v, levels] : replay->centred_levels) ways[v] = by_levels({levels, 0}, "the information");

  PriceOptions prices{.without = plan.without, .measured = options.measured, .centring = centring_of(ways)};
  if (replay) prices.order = replay->order;
  Pricing pricing(plan.model, table, survey, prices);
  std::vector<Priced> priced = price_all(plan.model, pricing, wanted.sets, groups_of(plan.model, detected.set), count);
  const Choice choice = choose(plan, priced);
  describe(plan, priced[choice.best], table);
  decide(plan, detected, table, ways, wanted.sampled_reason);
  plan.reason = choice_words(options, replay.has_value(), priced.size(), choice);
  take_candidates(plan, std::move(priced), choice.best);
  note_rules(plan, wanted.left_out, choice);
  return plan;
}

}  // namespace woodbury::plan
