#include "woodbury/plan/candidates.hpp"

#include <algorithm>
#include <limits>

#include "woodbury/plan/cost.hpp"
#include "woodbury/plan/rules/rules.hpp"
#include "woodbury/plan/series.hpp"

namespace woodbury::plan {

namespace {

using model::Model;
using model::VariableId;

/// Above so many groups only whole and single-group sets are tried.
constexpr std::size_t kMostGroups = 6;
/// A crossed factor of no more levels is left to the dense tail.
constexpr std::size_t kSmallFactor = 100;
/// Orders come simplest first, and a later one must be cheaper by this factor.
constexpr double kClearly = 0.95;
/// Microseconds of a gradient above which a candidate's condition is not looked at: it has lost, or is all there is.
constexpr double kDear = 5000;

std::string factor_of(const Model& model, VariableId v) {
  const auto& dims = model.variable(v).dims;
  return dims.empty() || model.dim_labels.contains(dims[0]) ? std::string() : dims[0];
}

/// No elimination by levels; one crossed factor after another, which fills; and from each factor on outwards through
/// those that it is nested in: the orders without fill.
std::vector<std::vector<std::size_t>> elimination_orders(const LinearModel& linear, const moments::Layout& layout) {
  std::vector<std::size_t> factors;
  for (std::size_t k = 0; k < linear.blocks.size(); ++k)
    if (linear.blocks[k].integrated && !linear.blocks[k].factor.empty()) factors.push_back(k);
  std::stable_sort(factors.begin(), factors.end(),
                   [&](std::size_t a, std::size_t b) { return layout.blocks()[a].levels > layout.blocks()[b].levels; });
  std::vector<std::vector<std::size_t>> orders{{}};
  for (const std::size_t first : factors) {
    std::vector<std::size_t> order{first};
    for (const std::size_t outer : factors) {
      const bool outside = outer != first && std::all_of(order.begin(), order.end(), [&](std::size_t inner) {
                             return nested(layout, inner, outer);
                           });
      if (outside) order.push_back(outer);
    }
    orders.push_back(std::move(order));
    for (const std::size_t second : factors)
      if (second != first && layout.blocks()[second].levels > kSmallFactor && !nested(layout, first, second) &&
          !nested(layout, second, first))
        orders.push_back({first, second});
  }
  return orders;
}

double mean_rows(const Group& group, const frame::Frame& table) {
  const auto rows = static_cast<double>(table.rows());
  return group.factor.empty() ? rows : rows / static_cast<double>(table.factor(group.factor).levels.size());
}

}  // namespace

std::vector<Group> groups_of(const Model& model, const std::set<VariableId>& set) {
  std::vector<Group> groups;
  for (const VariableId v : set) {
    const std::string factor = factor_of(model, v);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.factor == factor; });
    if (found == groups.end()) found = groups.insert(groups.end(), Group{factor, {}});
    found->variables.insert(v);
  }
  std::stable_partition(groups.begin(), groups.end(), [](const Group& g) { return !g.factor.empty(); });
  return groups;
}

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

std::string set_name(const Model& model, const std::vector<Group>& groups, const std::set<VariableId>& set) {
  std::string text;
  const auto add = [&](const std::string& name) { text += (text.empty() ? "" : ", ") + name; };
  for (const Group& group : groups) {
    if (std::includes(set.begin(), set.end(), group.variables.begin(), group.variables.end())) {
      add(group.name());
      continue;
    }
    for (const VariableId v : group.variables)
      if (set.contains(v)) add(model.variable(v).name);
  }
  // Asked for in place of what it is multiplied by, which is the one in a group.
  for (const VariableId v : set)
    if (std::ranges::none_of(groups, [v](const Group& group) { return group.variables.contains(v); }))
      add(model.variable(v).name);
  return text.empty() ? "nothing" : text;
}

kernels::Roles Pricing::roles_of(const LinearModel& linear) const {
  kernels::Roles roles;
  for (const LinearBlock& block : linear.blocks) {
    kernels::BlockRole role;
    role.integrated = block.integrated;
    const bool loaded = block.loaded();
    role.diagonal = !loaded;
    if (loaded) role.effects = block.effects.size();
    for (const LinearEffect& effect : block.effects) {
      const auto kind = model_.variable(effect.variable).distribution.kind;
      if (kind == model::DistributionKind::multi_normal) role.diagonal = false;
      role.flat.push_back(kind == model::DistributionKind::flat);
    }
    if (std::find(role.flat.begin(), role.flat.end(), true) == role.flat.end()) role.flat.clear();
    roles.blocks.push_back(std::move(role));
  }
  return roles;
}

/// The structure of a candidate's cheapest elimination, and the cross-products that it works on.
struct Pricing::Kernel {
  std::shared_ptr<const Products> products;
  std::shared_ptr<const kernels::Structure> structure;
  double microseconds = std::numeric_limits<double>::infinity();
};

Pricing::Kernel Pricing::cheapest(Priced& priced) const {
  Products own = survey_.products(priced.linear);
  std::optional<reduce::Reduction> reduction;
  reduce::Rules rules = reduction_rules(model_, priced.linear, priced.roles, options_.without);
  if (priced.linear.by_moments() && !priced.set.empty()) {
    reduction.emplace(own.layout, own.sums, rules);
    for (const reduce::Step& step : reduction->steps())
      priced.reductions.push_back({std::string(step.rule),
                                   step.block ? priced.linear.blocks[*step.block].factor : "effects", step.before,
                                   step.after});
    if (!reduction->steps().empty()) own = {reduction->layout(), reduction->sums()};
  }
  const auto products = std::make_shared<const Products>(std::move(own));
  if (!priced.linear.by_moments())
    priced.cells = on(kCells) ? find_cells(model_, priced.linear, table_).size() : table_.rows();
  if (const auto strata = on(kStrata) ? find_strata(model_, priced.linear, table_) : std::nullopt)
    priced.strata = strata->size();
  Kernel best;
  const auto orders = options_.order ? std::vector<std::vector<std::size_t>>{*options_.order}
                                     : elimination_orders(priced.linear, products->layout);
  for (const std::vector<std::size_t>& order : orders) {
    kernels::Roles roles = priced.roles;
    roles.order = order;
    std::shared_ptr<const Products> ordered = products;
    if (order.size() > 1 && !nested(products->layout, order[0], order[1])) {
      const auto levels = rules.on(reduce::kFillOrder)
                              ? reduce::fill_reducing_order(products->layout, order[0], order[1])
                              : std::nullopt;
      if (levels)
        ordered = std::make_shared<const Products>(
            Products{reduce::renumbered(products->layout, order[1], *levels),
                     reduce::renumbered(products->layout, products->sums, order[1], *levels)});
      else if (!options_.order)
        continue;
    }
    if (reduction) roles = kernels::reduced(*reduction, roles);
    auto structure = std::make_shared<const kernels::Structure>(ordered->layout, roles);
    Work work =
        work_of(*structure, ordered->sums.contrasts.size(),
                {priced.strata > 0 ? 0 : priced.cells, priced.linear.reweighed()}, priced.candidate.sampled_dims);
    if (priced.strata > 0) work.weighed = strata_numbers(ordered->layout, priced.strata, priced.cells);
    const double cost = gradient_microseconds(work);
    if (cost >= kClearly * best.microseconds) continue;
    best = {std::move(ordered), std::move(structure), cost};
    priced.roles.order = order;
  }
  if (priced.strata > 0)
    priced.reductions.push_back({std::string(kStrata), "rows", table_.rows(), priced.strata});
  else if (priced.cells > 0 && priced.cells < table_.rows())
    priced.reductions.push_back({std::string(kCells), "rows", table_.rows(), priced.cells});
  if (best.products != products)
    priced.reductions.push_back(
        {std::string(reduce::kFillOrder), priced.linear.blocks[priced.roles.order[1]].factor, 0, 0});
  return best;
}

Pricing::Pricing(model::Model& model, const frame::Frame& table, const Survey& survey, const PriceOptions& options)
    : model_(model), table_(table), survey_(survey), options_(options) {
  for (const auto& [v, centring] : options_.centring)
    if (const auto information = survey.information(v)) scale_draws_[v] = scale_draws(*information, centring);
}

void Pricing::predict_draws(Priced& priced, const Kernel& kernel, const std::vector<Group>& groups) const {
  Candidate& candidate = priced.candidate;
  std::vector<double> rows_per_level;
  for (const Group& group : groups)
    if (!std::includes(priced.set.begin(), priced.set.end(), group.variables.begin(), group.variables.end()))
      rows_per_level.push_back(mean_rows(group, table_));
  Conditioning conditioning;
  for (const Group& group : groups)
    for (const VariableId v : group.variables)
      if (!priced.set.contains(v)) conditioning.effects += dims_of(model_, v, table_);
  if (on(kConditioning)) conditioning.uncertainty = survey_.scale_uncertainty();
  // What is sampled of a series are innovations, and the columns are of its levels: these say nothing of its condition.
  // Nor is there a column of what is sampled and enters beside sampled coefficients of the rows.
  const bool guessed =
      !on(kConditioning) || samples_series(model_, priced.linear) || (survey_.by_rows() && !priced.linear.rest.empty());
  if (conditioning.effects > 0 && guessed) {
    conditioning.given_scales = condition_guess(*std::max_element(rows_per_level.begin(), rows_per_level.end()));
  } else if (conditioning.effects > 0) {
    if (candidate.microseconds < kDear)
      conditioning.given_scales = condition_number(survey_, priced, kernel.structure, kernel.products->sums);
    for (const auto& [v, draws] : scale_draws_)
      if (!priced.set.contains(v)) conditioning.scale_draws = std::max(conditioning.scale_draws, draws);
  }
  candidate.condition = conditioning.given_scales;
  candidate.gradients_per_draw = gradients_per_draw(conditioning, candidate.sampled_dims);
}

Priced Pricing::price(const std::set<VariableId>& set, const std::vector<Group>& groups) {
  Priced priced;
  priced.set = set;
  const LevelCount levels = level_count(table_);
  const Detection detection = detect(model_, set, levels);
  WOODBURY_ASSERT(detection.set == set);
  priced.linear = make_linear(model_, detection.form, levels);
  priced.roles = roles_of(priced.linear);
  for (VariableId v = 0; v < static_cast<VariableId>(model_.variables().size()); ++v)
    if (!set.contains(v)) priced.candidate.sampled_dims += dims_of(model_, v, table_);
  const Kernel kernel = cheapest(priced);
  for (const std::size_t block : priced.roles.order) priced.eliminated.push_back(priced.linear.blocks[block].factor);
  for (const Group& group : groups)
    for (const VariableId v : group.variables)
      if (const auto information = set.contains(v) ? std::nullopt : survey_.information(v))
        priced.left = std::max(priced.left, information->mean());
  priced.candidate.tail = kernel.structure->tail_size;
  priced.candidate.integrated = set_name(model_, groups, set);
  priced.candidate.microseconds = kernel.microseconds;
  if (const auto found = options_.measured.find(priced.candidate.integrated); found != options_.measured.end())
    priced.candidate.microseconds = found->second;
  priced.candidate.microseconds += step_microseconds(priced.candidate.sampled_dims);
  predict_draws(priced, kernel, groups);
  return priced;
}

}  // namespace woodbury::plan
