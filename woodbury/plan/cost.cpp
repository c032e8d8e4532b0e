#include "woodbury/plan/cost.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::plan {

Work work_of(const kernels::Structure& structure, std::size_t contrasts, const RowWork& rows,
             std::size_t sampled_dims) {
  // Loadings bring Λ C and the way back on top of the kernel's work, whose products with them are loops over single
  // numbers.
  constexpr double kLoaded = 1.5;
  const kernels::Structure::Flops flops = structure.flops();
  Work work{.products = flops.products + kLoaded * flops.loaded,
            .updates = flops.updates,
            .dense = flops.dense,
            .nodes = static_cast<double>(structure.nodes.size()),
            .contrasts = static_cast<double>(contrasts),
            .tail = static_cast<double>(structure.tail_size),
            .sampled = static_cast<double>(sampled_dims),
            .rows = static_cast<double>(rows.count)};
  for (const kernels::Stage& stage : structure.stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const kernels::Node& node = structure.nodes[n];
      const double entries = stage.width * static_cast<double>(node.columns - node.tail_column);
      if (stage.dense)
        work.entries += entries;
      else
        work.calls += entries * static_cast<double>(node.runs);
    }
  const auto& blocks = structure.layout->blocks();
  for (const std::size_t k : structure.tail_blocks) {
    work.tail_blocks += static_cast<double>(blocks[k].levels);
    for (const std::size_t l : structure.tail_blocks)
      if (l > k)
        work.tail_blocks +=
            static_cast<double>(structure.layout->patterns()[structure.layout->pattern(k, l)].meetings());
  }
  double entries = 0;
  for (const auto& block : blocks) entries += static_cast<double>(block.columns);
  work.row_pairs = work.rows * entries * (rows.reweighed ? entries : 1);
  return work;
}

double gradient_microseconds(const Work& work, const CostConstants& c) {
  return 1e-3 * (c.overhead + c.products * work.products + c.updates * work.updates + c.calls * work.calls +
                 c.dense * work.dense + c.entries * work.entries + c.nodes * work.nodes + c.contrasts * work.contrasts +
                 c.tail_blocks * work.tail_blocks + c.tail_cubed * std::pow(work.tail, 3) +
                 c.tail_squared * std::pow(work.tail, 2) + c.sampled * work.sampled + c.rows * work.rows +
                 c.row_pairs * work.row_pairs + c.weighed * work.weighed);
}

double step_microseconds(std::size_t sampled_dims, const CostConstants& c) {
  return 1e-3 * (c.step + c.step_sampled * static_cast<double>(sampled_dims));
}

double gradients_per_draw(const Conditioning& conditioning, std::size_t sampled_dims, const CostConstants& c) {
  if (sampled_dims <= c.mode_dims) {
    const double scales = 1 + c.near_zero * std::min(conditioning.uncertainty, 2.0);
    const double share = static_cast<double>(conditioning.effects) / static_cast<double>(c.mode_dims);
    return c.mode_warmup * scales * (c.whole + share * (c.some - c.whole));
  }
  const double worst = std::max({1.0, std::pow(conditioning.given_scales, c.power), conditioning.scale_draws});
  return c.diagonal_warmup * c.path * worst * std::pow(static_cast<double>(sampled_dims), 0.25);
}

double condition_guess(double rows_per_level, const CostConstants& constants) {
  return 1 + constants.information_guess * rows_per_level;
}

}  // namespace woodbury::plan
