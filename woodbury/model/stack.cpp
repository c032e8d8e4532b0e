#include "woodbury/model/stack.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace woodbury::model {

namespace {

bool same(const Model& model, NodeId a, NodeId b) {
  const Node &x = model.node(a), &y = model.node(b);
  return a == b || (x.op == Op::constant && y.op == Op::constant && x.value == y.value);
}

/// Σ_k indicator_k · part_k, or the part that all share.
NodeId chosen(Model& model, NodeId Observation::*part) {
  const std::vector<Observation> observations = model.observations;
  const NodeId first = observations.front().*part;
  if (std::ranges::all_of(observations, [&](const Observation& o) { return same(model, o.*part, first); }))
    return first;
  NodeId sum = kNone;
  for (const Observation& observation : observations) {
    const NodeId own = model.binary(Op::multiply, model.column(indicator(observation)), observation.*part);
    sum = sum == kNone ? own : model.binary(Op::add, sum, own);
  }
  return sum;
}

}  // namespace

std::string indicator(const Observation& observation) { return fmt::format("row of {}", observation.response); }

void stack_observations(Model& model) {
  if (model.observations.size() < 2 || model.stacked) return;
  std::string names;
  for (const Observation& observation : model.observations) names += (names.empty() ? "" : ", ") + observation.response;
  const NodeId mean = chosen(model, &Observation::mean), sd = chosen(model, &Observation::sd);
  model.stacked = Observation{names, FamilyKind::gaussian, mean, sd};
}

}  // namespace woodbury::model
