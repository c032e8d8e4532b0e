// What is left of the sampled coefficients' precision once the effects are integrated out.
#include <algorithm>

#include "woodbury/kernels/elimination.hpp"

namespace woodbury::kernels {

/// z ← Q⁻¹ z, by the factorisation at hand.
void Elimination::solve(std::span<double> z) {
  const Structure& s = *structure_;
  for (const Stage& stage : s.stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const Node& node = s.nodes[n];
      const auto d = static_cast<std::size_t>(stage.width);
      const std::span<const std::uint32_t> at = s.coupled_of(node);
      double* own = &z[node.coordinate];
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t a = 0; a < node.columns; ++a) z[at[a]] -= solved_[node.values + i * node.columns + a] * own[i];
      std::copy(own, own + d, work_.data());
      for (std::size_t i = 0; i < d; ++i) {
        own[i] = 0;
        for (std::size_t j = 0; j < d; ++j) own[i] += inverse_[node.square + i * d + j] * work_[j];
      }
    }
  double* tail = z.data() + s.node_coordinates;
  dense_.solve(tail_.data(), tail);
  dense_.solve_transposed(tail_.data(), tail);
  substitute_back(z);
}

void Elimination::sampled_precision(const moments::Sums& sums, const Point& point, std::span<const double> x,
                                    std::span<double> out) {
  const Structure& s = *structure_;
  const auto& blocks = s.layout->blocks();
  std::fill(out.begin(), out.end(), 0);
  s.layout->multiply(sums, s.sampled, x, point.precision, out);
  std::fill(draw_.begin(), draw_.end(), 0);
  for (std::size_t k = 0; k < blocks.size(); ++k) {  // Cᵀ of what the integrated blocks meet
    if (!s.integrated[k]) continue;
    const std::size_t d = blocks[k].columns;
    for (std::size_t j = 0; j < blocks[k].levels; ++j)
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t l = 0; l < d; ++l) {
          const double c = s.roles.blocks[k].diagonal ? (i == l ? point.factor[k][i] : 0) : point.factor[k][l * d + i];
          draw_[s.coordinate[k] + j * d + i] += c * out[s.layout->offset(k) + j * d + l];
        }
  }
  solve(draw_);
  to_effects(point, draw_, effects_);
  s.layout->multiply(sums, s.integrated, effects_, -point.precision, out);
}

}  // namespace woodbury::kernels
