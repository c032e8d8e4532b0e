#include "woodbury/plan/series.hpp"

#include <map>
#include <set>

namespace woodbury::plan {

namespace {

using model::AffineTerm;
using model::kNone;
using model::Model;
using model::Node;
using model::NodeId;
using model::Op;

/// An expression anew, with another node in the place of one.
class Substitution {
 public:
  Substitution(Model& model, NodeId old, NodeId replacement) : model_(model), known_{{old, replacement}} {}

  NodeId of(NodeId id) {
    if (const auto found = known_.find(id); found != known_.end()) return found->second;
    const Node node = model_.node(id);  // a copy: nodes are appended below
    std::vector<NodeId> args;
    for (const NodeId argument : node.args) args.push_back(of(argument));
    const NodeId result = args == node.args ? id : rebuilt(node, args);
    known_.emplace(id, result);
    return result;
  }

 private:
  NodeId rebuilt(const Node& node, const std::vector<NodeId>& args) {
    if (node.op == Op::cumulate) return model_.cumulate(args[0]);
    if (node.op == Op::ar1) return model_.ar1(args[0], args[1]);
    return args.size() == 2 ? model_.binary(node.op, args[0], args[1]) : model_.unary(node.op, args[0]);
  }

  Model& model_;
  std::map<NodeId, NodeId> known_;
};

/// e_s = (0, …, 1, …, 0) over the factor, for each of its levels.
std::vector<NodeId> units(Model& model, const std::string& factor, std::size_t levels) {
  const NodeId zero = model.constant(0), one = model.constant(1);
  std::vector<NodeId> result;
  for (std::size_t s = 0; s < levels; ++s) {
    std::vector<NodeId> values(levels, zero);
    values[s] = one;
    result.push_back(model.stack(std::move(values), factor));
  }
  return result;
}

bool holds_series(const Model& model, NodeId root) {
  std::set<NodeId> seen;
  std::vector<NodeId> open{root};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == kNone || !seen.insert(id).second) continue;
    const Node& node = model.node(id);
    if (node.op == Op::cumulate || node.op == Op::ar1) return true;
    open.insert(open.end(), node.args.begin(), node.args.end());
  }
  return false;
}

}  // namespace

bool is_series(const AffineTerm& term) { return !term.over.empty() && term.over == term.factor; }

bool samples_series(const Model& model, const LinearModel& linear) {
  for (const LinearBlock& block : linear.blocks)
    for (const LinearColumn& column : block.columns)
      if (!block.integrated && holds_series(model, column.sampled)) return true;
  return false;
}

bool varies_by_level(const Model& model, model::VariableId variable) {
  const model::Distribution& prior = model.variable(variable).distribution;
  if (prior.kind == model::DistributionKind::flat) return false;
  const auto& dims = model.node(prior.args[1]).dims;
  return !dims.empty() && !model.dim_labels.contains(dims[0]);
}

std::set<model::VariableId> spread_members(const Model& model, const std::vector<AffineTerm>& terms) {
  std::set<model::VariableId> members;
  for (const AffineTerm& term : terms)
    if (term.variable >= 0 && (is_series(term) || varies_by_level(model, term.variable))) members.insert(term.variable);
  return members;
}

std::vector<AffineTerm> spread_levels(Model& model, const std::vector<AffineTerm>& terms, const LevelCount& levels) {
  const std::set<model::VariableId> members = spread_members(model, terms);
  if (members.empty()) return terms;
  std::vector<AffineTerm> result;
  std::map<std::string, std::vector<NodeId>> units_of;
  for (const AffineTerm& term : terms) {
    if (!members.contains(term.variable)) {
      result.push_back(term);
      continue;
    }
    const NodeId variable = model.node_of(term.variable);
    NodeId series = term.sampled;
    if (term.over.empty()) series = series == kNone ? variable : model.binary(Op::multiply, series, variable);
    auto& unit = units_of[term.factor];
    if (unit.empty()) unit = units(model, term.factor, levels(term.factor));
    for (std::size_t s = 0; s < unit.size(); ++s)
      result.push_back({.data = term.data,
                        .sampled = Substitution(model, variable, unit[s]).of(series),
                        .variable = term.variable,
                        .component = static_cast<int>(s),
                        .factor = {},
                        .over = term.factor});
  }
  return result;
}

}  // namespace woodbury::plan
