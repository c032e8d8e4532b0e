// What is left of the sampled coefficients' precision once the effects are integrated out.
#include <algorithm>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"

namespace woodbury::kernels {

/// z ← Q⁻¹ z, by the factorisation at hand.
template <class Scalar>
void BasicElimination<Scalar>::solve(std::span<Scalar> z) {
  const Structure& s = *structure_;
  for (const Stage& stage : s.stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const Node& node = s.nodes[n];
      const auto d = static_cast<std::size_t>(stage.width);
      const std::span<const std::uint32_t> at = s.coupled_of(node);
      Scalar* own = &z[node.coordinate];
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t a = 0; a < node.columns; ++a) z[at[a]] -= solved_[node.values + i * node.columns + a] * own[i];
      std::copy(own, own + d, work_.data());
      for (std::size_t i = 0; i < d; ++i) {
        own[i] = 0;
        for (std::size_t j = 0; j < d; ++j) own[i] += inverse_[node.square + i * d + j] * work_[j];
      }
    }
  Scalar* tail = z.data() + s.node_coordinates;
  dense_.solve(tail_.data(), tail);
  dense_.solve_transposed(tail_.data(), tail);
  substitute_back(z);
}

template <class Scalar>
void BasicElimination<Scalar>::sampled_precision(const Sums& sums, const Point& point, std::span<const double> x,
                                                 std::span<double> out) {
  const Structure& s = *structure_;
  const auto& blocks = s.layout->blocks();
  std::vector<Scalar> met(out.size(), Scalar(0));
  multiply(sums, s.sampled, {x.begin(), x.end()}, point.precision, met);
  std::fill(draw_.begin(), draw_.end(), Scalar(0));
  for (std::size_t k = 0; k < blocks.size(); ++k) {  // Cᵀ of what the integrated blocks meet
    if (!s.integrated[k]) continue;
    const std::size_t n = blocks[k].columns, d = s.width[k];
    for (std::size_t j = 0; j < blocks[k].levels; ++j)
      factor_transposed_times<0>(s.roles.blocks[k], point.factor[k].data(), &met[s.layout->offset(k) + j * n],
                                 static_cast<int>(d), 1, &draw_[s.coordinate[k] + j * d], static_cast<int>(n));
  }
  solve(draw_);
  to_effects<Scalar>(point, draw_, effects_);
  multiply(sums, s.integrated, effects_, -point.precision, met);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(met[i]);
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
