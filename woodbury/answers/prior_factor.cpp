#include "woodbury/answers/prior_factor.hpp"

#include <cmath>

#include "woodbury/answers/rows.hpp"

namespace woodbury::answers {

using model::NodeId;
using model::Op;

std::vector<double> prior_factor(const plan::Plan& plan, const density::Density& density, std::size_t block_number) {
  const plan::LinearBlock& block = plan.linear.blocks[block_number];
  const std::size_t d = block.columns.size();
  const auto value = [&](NodeId node, std::size_t i) {
    return density.values()[density.tape().offset(node) + (density.tape().size(node) > 1 ? i : 0)];
  };
  const auto component = [&](std::size_t i) {
    const model::Node& sampled = plan.model.node(block.columns[i].sampled);
    return static_cast<std::size_t>(sampled.op == Op::component ? sampled.index : 0);
  };
  std::vector<double> factor(d * d, 0);
  for (std::size_t i = 0; i < d; ++i) {
    const model::VariableId v = effect_of(plan, block.columns[i], block.factor);
    const model::Distribution& prior = plan.model.variable(v).distribution;
    const std::size_t own = component(i);
    const double sd = value(prior.args[1], own);
    if (prior.args.size() < 3 || prior.args[2] == model::kNone) {
      factor[i * d + i] = sd;
      continue;
    }
    const auto order = static_cast<std::size_t>(std::lround(std::sqrt(density.tape().size(prior.args[2]))));
    for (std::size_t j = 0; j < d; ++j)
      if (effect_of(plan, block.columns[j], block.factor) == v)
        factor[i * d + j] = sd * value(prior.args[2], component(j) * order + own);
  }
  return factor;
}

}  // namespace woodbury::answers
