#include "woodbury/recover/outputs.hpp"

#include <algorithm>

namespace woodbury::recover {

namespace {

using model::NodeId;
using model::VariableId;

std::vector<std::string> labels_of(const model::Model& model, const frame::Frame& table, const std::string& dim) {
  const auto labels = model.dim_labels.find(dim);
  return labels != model.dim_labels.end() ? labels->second : table.factor(dim).levels;
}

/// Whether a node's value can be had without the integrated effects.
bool available(const plan::Plan& plan, NodeId node, bool keep_integrated) {
  if (keep_integrated) return true;
  for (const VariableId v : model::variables_of(plan.model, node))
    if (plan.integrated.contains(v)) return false;
  return true;
}

/// A sampled variable that is not reported, nor told by a derived quantity: without it the draw would be lost.
bool only_here(const plan::Plan& plan, VariableId v, bool keep_integrated) {
  if (plan.integrated.contains(v) || plan.model.variable(v).distribution.kind == model::DistributionKind::constant)
    return false;
  return std::ranges::none_of(plan.model.derived, [&](const model::Derived& derived) {
    return available(plan, derived.node, keep_integrated) && model::variables_of(plan.model, derived.node).contains(v);
  });
}

/// Scalars `cor_g__a__b`; of effects on sigma, whose variable is `cor_g__sigma`, as brms `cor_g__sigma_a__sigma_b`.
void add_correlations(std::vector<Output>& outputs, const model::Model& model, const model::RandomVariable& variable,
                      NodeId node) {
  const std::string suffix = "__sigma";
  const bool of_sigma = variable.name.ends_with(suffix);
  const std::string name = of_sigma ? variable.name.substr(0, variable.name.size() - suffix.size()) : variable.name;
  const std::string prefix = of_sigma ? "__sigma_" : "__";
  const auto& labels = model.dim_labels.at(variable.dims[0]);
  const std::size_t d = labels.size();
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = 0; i < j; ++i)
      outputs.push_back(
          {{name + prefix + labels[i] + prefix + labels[j], {}, {}}, node, static_cast<std::ptrdiff_t>(j * d + i), d});
}

/// A node's value: a scalar, or an array over its dims.
Output array_output(const model::Model& model, const frame::Frame& table, const std::string& name, NodeId node) {
  Output output{{name, model.node(node).dims, {}}, node, -1, 0};
  for (const std::string& dim : output.variable.dims) output.variable.coords.push_back(labels_of(model, table, dim));
  return output;
}

bool of_levels(const plan::Plan& plan, const Output& output) {
  const auto& dims = output.variable.dims;
  return !dims.empty() && !plan.model.dim_labels.contains(dims[0]);
}

}  // namespace

std::vector<Output> outputs_of(const plan::Plan& plan, const frame::Frame& table, bool keep_integrated, bool levels) {
  std::vector<Output> outputs;
  for (const model::Derived& derived : plan.model.derived)
    if (available(plan, derived.node, keep_integrated))
      outputs.push_back(array_output(plan.model, table, derived.name, derived.node));
  for (VariableId v = 0; v < static_cast<VariableId>(plan.model.variables().size()); ++v) {
    const model::RandomVariable& variable = plan.model.variable(v);
    const NodeId node = plan.model.node_of(v);
    if (!available(plan, node, keep_integrated) || !(variable.reported || only_here(plan, v, keep_integrated)))
      continue;
    if (variable.distribution.kind == model::DistributionKind::lkj) {
      add_correlations(outputs, plan.model, variable, node);
      continue;
    }
    outputs.push_back(array_output(plan.model, table, variable.name, node));
  }
  if (!levels) std::erase_if(outputs, [&](const Output& o) { return of_levels(plan, o) && needs_effects(plan, {o}); });
  std::stable_partition(outputs.begin(), outputs.end(), [](const Output& o) { return o.variable.dims.empty(); });
  return outputs;
}

bool needs_effects(const plan::Plan& plan, const std::vector<Output>& outputs) {
  return std::ranges::any_of(outputs, [&](const Output& o) { return !available(plan, o.node, false); });
}

std::vector<NodeId> nodes_of(const std::vector<Output>& outputs) {
  std::vector<NodeId> nodes;
  for (const Output& output : outputs) nodes.push_back(output.node);
  return nodes;
}

}  // namespace woodbury::recover
