// Who uses a node: other nodes, arguments of distributions, the observation.
#include "woodbury/plan/even.hpp"

#include <optional>

#include "woodbury/plan/plan.hpp"

namespace woodbury::plan {

namespace {

using model::DistributionKind;
using model::Model;
using model::NodeId;
using model::VariableId;

/// One place where the density needs a node's value.
struct Use {
  NodeId node = model::kNone;  ///< an expression's
  VariableId variable = -1;    ///< or a distribution's
  std::size_t argument = 0;
};

/// Of each node the places, among all that the observations and the variables' priors reach. What is merely derived
/// for the report does not count.
class Uses {
 public:
  explicit Uses(const Model& model) : model_(model), uses_(model.nodes().size()), seen_(model.nodes().size()) {
    for (const model::Observation& observation : model.observations)
      for (const NodeId node : {observation.mean, observation.sd})
        if (node != model::kNone) add(node, {});
    for (VariableId v = 0; v < static_cast<VariableId>(model.variables().size()); ++v) {
      const auto& args = model.variable(v).distribution.args;
      for (std::size_t a = 0; a < args.size(); ++a)
        if (args[a] != model::kNone) add(args[a], {model::kNone, v, a});
    }
  }

  /// The only use; none where there are several.
  [[nodiscard]] std::optional<Use> only(NodeId node) const {
    const auto& uses = uses_[static_cast<std::size_t>(node)];
    return uses.size() == 1 ? std::optional(uses.front()) : std::nullopt;
  }

 private:
  void add(NodeId node, const Use& use) {
    const auto i = static_cast<std::size_t>(node);
    uses_[i].push_back(use);
    if (seen_[i]) return;
    seen_[i] = true;
    const auto& args = model_.node(node).args;
    for (std::size_t a = 0; a < args.size(); ++a) add(args[a], {node, -1, a});
  }

  const Model& model_;
  std::vector<std::vector<Use>> uses_;
  std::vector<bool> seen_;
};

bool is_zero(const Model& model, NodeId node) {
  return model.node(node).op == model::Op::constant && model.node(node).value == 0;
}

/// Symmetric about zero and smooth there, once its half is mirrored.
bool has_even_prior(const Model& model, const model::RandomVariable& variable) {
  const model::Distribution& prior = variable.distribution;
  switch (prior.kind) {
    case DistributionKind::half_normal:
    case DistributionKind::half_student_t:
    case DistributionKind::half_cauchy:
      return true;
    case DistributionKind::normal:
    case DistributionKind::cauchy:
      return prior.positive && is_zero(model, prior.args[0]);
    case DistributionKind::student_t:
      return prior.positive && is_zero(model, prior.args[1]);
    default:
      return false;
  }
}

/// The effects whose prior sd this is, through the stack of their columns' sds where there is one.
std::optional<EvenScale> as_prior_sd(const Model& model, const Uses& uses, VariableId scale) {
  EvenScale even{.scale = scale, .effects = -1, .component = 0, .correlation = -1};
  auto use = uses.only(model.node_of(scale));
  if (use && use->node != model::kNone && model.node(use->node).op == model::Op::stack) {
    even.component = static_cast<int>(use->argument);
    use = uses.only(use->node);
  }
  if (!use || use->variable < 0 || use->argument != 1 || !is_gaussian(model.variable(use->variable)))
    return std::nullopt;
  even.effects = use->variable;
  return even;
}

/// Finds the correlation of the effects' columns; false where there is one whose signs matter.
bool add_correlation(const Model& model, const Uses& uses, EvenScale& even) {
  const model::Distribution& prior = model.variable(even.effects).distribution;
  if (prior.kind != DistributionKind::multi_normal) return true;
  const model::Node& node = model.node(prior.args[2]);
  if (node.op != model::Op::variable || !uses.only(prior.args[2])) return false;
  even.correlation = node.index;
  return model.variable(node.index).distribution.kind == DistributionKind::lkj;
}

}  // namespace

std::vector<EvenScale> even_scales(const Plan& plan) {
  const Model& model = plan.model;
  const Uses uses(model);
  std::vector<EvenScale> list;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variables().size()); ++v) {
    const model::RandomVariable& variable = model.variable(v);
    if (!variable.dims.empty() || !has_even_prior(model, variable)) continue;
    auto even = as_prior_sd(model, uses, v);
    if (even && plan.integrated.contains(even->effects) && add_correlation(model, uses, *even)) list.push_back(*even);
  }
  return list;
}

}  // namespace woodbury::plan
