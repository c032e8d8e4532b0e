#include "woodbury/plan/candidates.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "woodbury/plan/cost.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::plan {

namespace {

using model::Model;
using model::VariableId;

std::string factor_of(const Model& model, VariableId v) {
  const auto& dims = model.variable(v).dims;
  return dims.empty() || model.dim_labels.contains(dims[0]) ? std::string() : dims[0];
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nothing" : text;
}

/// Whether every level of one block meets at most one level of another.
bool nested(const moments::Layout& layout, std::size_t inner, std::size_t outer) {
  const moments::Pattern& pattern = layout.patterns()[layout.pattern(std::min(inner, outer), std::max(inner, outer))];
  std::vector<int> met(layout.blocks()[inner].levels);
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
      if (++met[inner < outer ? j : static_cast<std::size_t>(pattern.level[s])] > 1) return false;
  return true;
}

/// A crossed factor of no more levels is left to the dense tail.
constexpr std::size_t kSmallFactor = 100;

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
      if (second != first && layout.blocks()[second].levels > kSmallFactor && !nested(layout, first, second))
        orders.push_back({first, second});
  }
  return orders;
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

kernels::Roles Pricing::roles_of(const LinearModel& linear) const {
  kernels::Roles roles;
  for (const LinearBlock& block : linear.blocks) {
    kernels::BlockRole role;
    role.integrated = block.integrated;
    role.diagonal = true;
    for (const LinearColumn& column : block.columns) {
      if (!block.integrated) break;
      const auto kind = model_.variable(column.variable).distribution.kind;
      if (kind == model::DistributionKind::multi_normal) role.diagonal = false;
      role.flat.push_back(kind == model::DistributionKind::flat);
    }
    if (std::find(role.flat.begin(), role.flat.end(), true) == role.flat.end()) role.flat.clear();
    roles.blocks.push_back(std::move(role));
  }
  return roles;
}

std::optional<reduce::Reduction> Pricing::reduce(const moments::Design& design, const moments::CrossProducts& products,
                                                 Priced& priced) const {
  const reduce::Rules rules = reduction_rules(model_, priced.linear, priced.roles);
  if (!reduce_ || !priced.linear.by_moments() || priced.set.empty()) return std::nullopt;
  // The response does not matter here: any will do.
  const std::vector<double> weights = known_weights(model_, priced.linear, table_), response(design.rows());
  moments::Sums sums = products.layout().zeros();
  products.accumulate(weights.empty() ? nullptr : weights.data(), response.data(), sums);
  reduce::Reduction reduction(products.layout(), sums, rules);
  if (reduction.eigenbasis()) {
    priced.reductions.push_back(
        {"fixed scales", "effects", reduction.eigenbasis()->size, reduction.layout().blocks().back().levels});
    return reduction;
  }
  for (std::size_t k = 0; k < rules.rotatable.size(); ++k) {
    const std::size_t levels = design.blocks()[k].levels, left = reduction.layout().blocks()[k].levels;
    if (left < levels) priced.reductions.push_back({"equal levels", priced.linear.blocks[k].factor, levels, left});
  }
  return reduction;
}

Priced Pricing::price(const std::set<VariableId>& set, const std::vector<Group>& groups) {
  Priced best;
  best.set = set;
  const Detection detection = detect(model_, set);
  WOODBURY_ASSERT(detection.set == set);
  best.linear = make_linear(model_, detection.form);
  best.roles = roles_of(best.linear);
  const moments::Design design = bind_blocks(model_, best.linear, table_);
  const moments::CrossProducts products(design);
  const std::optional<reduce::Reduction> reduction = reduce(design, products, best);
  const moments::Layout& layout = reduction ? reduction->layout() : products.layout();

  std::size_t sampled_dims = 0;
  for (VariableId v = 0; v < static_cast<VariableId>(model_.variables().size()); ++v)
    if (!set.contains(v)) sampled_dims += dims_of(model_, v, table_);
  if (!best.linear.by_moments()) best.cells = reduce_ ? find_cells(model_, best.linear, table_).size() : table_.rows();
  double least = std::numeric_limits<double>::infinity();
  for (const std::vector<std::size_t>& order : elimination_orders(best.linear, layout)) {
    kernels::Roles roles = best.roles;
    roles.order = order;
    std::optional<moments::Layout> reordered;
    if (order.size() > 1 && !nested(layout, order[0], order[1])) {
      const auto levels = reduce_ ? reduce::fill_reducing_order(layout, order[0], order[1]) : std::nullopt;
      if (!levels) continue;
      reordered = reduce::renumbered(layout, order[1], *levels);
    }
    if (reduction) roles = kernels::reduced(*reduction, roles);
    const kernels::Structure structure(reordered ? *reordered : layout, roles);
    const double cost = gradient_microseconds(structure, best.cells, sampled_dims);
    if (cost >= least) continue;
    least = cost;
    best.roles.order = order;
    best.candidate.tail = structure.tail_size;
  }
  for (const std::size_t block : best.roles.order) best.eliminated.push_back(best.linear.blocks[block].factor);

  std::vector<std::string> names;
  std::vector<double> rows_per_level;
  for (const Group& group : groups) {
    const bool in = std::includes(set.begin(), set.end(), group.variables.begin(), group.variables.end());
    if (in) {
      names.push_back(group.name());
    } else {
      for (const VariableId v : group.variables)
        if (set.contains(v)) names.push_back(model_.variable(v).name);
      rows_per_level.push_back(group.factor.empty()
                                   ? static_cast<double>(table_.rows())
                                   : static_cast<double>(table_.rows()) /
                                         static_cast<double>(table_.factor(group.factor).levels.size()));
    }
  }
  best.candidate.integrated = join(names);
  best.candidate.sampled_dims = sampled_dims;
  best.candidate.microseconds = least;
  best.candidate.gradients_per_draw = gradients_per_draw(rows_per_level, sampled_dims);
  return best;
}

}  // namespace woodbury::plan
