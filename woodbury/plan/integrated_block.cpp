#include "woodbury/plan/integrated_block.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace woodbury::plan {

using model::kNone;
using model::NodeId;
using model::VariableId;

namespace {

bool same(const model::Model& model, NodeId a, NodeId b) {
  if (a == b || a == kNone || b == kNone) return a == b;
  const model::Node &x = model.node(a), &y = model.node(b);
  if (x.op != y.op || x.value != y.value || x.name != y.name || x.index != y.index || x.dims != y.dims) return false;
  return std::equal(x.args.begin(), x.args.end(), y.args.begin(), y.args.end(),
                    [&](NodeId u, NodeId v) { return same(model, u, v); });
}

}  // namespace

void IntegratedBlock::finish() {
  std::set<VariableId> variables;
  for (const model::AffineTerm* term : terms_) variables.insert(term->variable);
  for (const VariableId v : variables) {
    const auto& dims = model_.variable(v).dims;
    const auto labels = dims.empty() ? model_.dim_labels.end() : model_.dim_labels.find(dims.back());
    const std::size_t components = is_spread(v)                        ? levels_(dims[0])
                                   : labels == model_.dim_labels.end() ? 1
                                                                       : labels->second.size();
    for (std::size_t k = 0; k < components; ++k) add_effect(v, static_cast<int>(k));
  }
}

/// Whether a variable over a factor stands in the border, an effect for each level.
bool IntegratedBlock::is_spread(VariableId variable) const {
  const auto& dims = model_.variable(variable).dims;
  return block_.factor.empty() && !dims.empty() && !model_.dim_labels.contains(dims[0]);
}

void IntegratedBlock::add_effect(VariableId variable, int component) {
  LinearEffect effect{.variable = variable, .component = component};
  LinearColumn column{.variable = variable, .component = component};
  for (const model::AffineTerm* term : terms_) {
    if (term->variable != variable || term->component != component) continue;
    if (term->row != kNone)
      column.row = column.row == kNone ? term->row : model_.binary(model::Op::add, column.row, term->row);
    else if (term->sampled == kNone)
      column.data.push_back(term->data);
    else
      add_loadings(*term, effect);
  }
  if (column.data.empty() && column.row == kNone && effect.loadings.empty()) column.data.push_back(model_.constant(0));
  if (!column.data.empty() || column.row != kNone) add_column(std::move(column), effect);
  block_.effects.push_back(std::move(effect));
}

/// Where a column varies by row with what is sampled, its data are part of that.
void IntegratedBlock::add_column(LinearColumn column, LinearEffect& effect) {
  if (column.row != kNone)
    for (const NodeId data : std::exchange(column.data, {}))
      column.row = model_.binary(model::Op::add, data == kNone ? model_.constant(1) : data, column.row);
  effect.loadings.push_back({block_.columns.size(), kNone});
  block_.columns.push_back(std::move(column));
}

void IntegratedBlock::add_loadings(const model::AffineTerm& term, LinearEffect& effect) {
  const std::size_t count = term.over.empty() ? 1 : levels_(term.over);
  // What happens at a level of a series does not act on those before.
  const std::size_t first = is_spread(effect.variable) ? static_cast<std::size_t>(effect.component) : 0;
  for (std::size_t level = first; level < count; ++level)
    if (!vanishes(term.sampled, level)) effect.loadings.push_back({shared_column(term, level), term.sampled});
}

/// Whether a coefficient is zero at a level, whatever is sampled.
bool IntegratedBlock::vanishes(NodeId sampled, std::size_t level) const {
  const model::Node& node = model_.node(sampled);
  if (node.op != model::Op::stack) return false;
  const model::Node& at = model_.node(node.args[level]);
  return at.op == model::Op::constant && at.value == 0;
}

/// A column that loadings of other effects may share.
std::size_t IntegratedBlock::shared_column(const model::AffineTerm& term, std::size_t level) {
  for (const std::size_t c : shared_) {
    const LinearColumn& column = block_.columns[c];
    if (column.indicator == term.over && column.level == level && same(model_, column.data[0], term.data)) return c;
  }
  shared_.push_back(block_.columns.size());
  block_.columns.push_back({.data = {term.data}, .indicator = term.over, .level = level});
  return shared_.back();
}

}  // namespace woodbury::plan
