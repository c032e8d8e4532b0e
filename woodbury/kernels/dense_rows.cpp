// Dense stages: where a factor's levels meet much of the tail, their updates of it, and the inverse's products with
// their couplings, are products of matrices whose rows are as long as the tail.
#include <algorithm>

#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

namespace {

constexpr std::size_t kRows = 128;  ///< at once, so that they stay in a cache

}  // namespace

/// Whole nodes, one at least.
template <class Scalar>
std::size_t BasicElimination<Scalar>::nodes_at_once(const Stage& stage) {
  return std::max<std::size_t>(1, kRows / static_cast<std::size_t>(stage.width));
}

/// A product's rows come in whole tiles: there are some more than are used.
template <class Scalar>
void BasicElimination<Scalar>::make_rows() {
  std::size_t most = 0;
  for (const Stage& stage : structure_->stages)
    if (dense(stage)) most = std::max(most, nodes_at_once(stage) * static_cast<std::size_t>(stage.width));
  if (most == 0) return;
  const std::size_t length = dense_.stride();
  solved_rows_.resize((structure_->row_count + linalg::kTile) * length);
  half_rows_.resize(most * length);
  cross_rows_.resize((most + linalg::kTile) * length);
}

/// L⁻¹K_j and X_j as rows; what does not meet stays zero. The tail is updated as soon as there are enough of them.
template <class Scalar>
void BasicElimination<Scalar>::keep_rows(const Stage& stage, std::size_t n, const Scalar* half) {
  const Structure& s = *structure_;
  const Node& node = s.nodes[n];
  const std::size_t length = dense_.stride(), width = static_cast<std::size_t>(stage.width);
  const std::size_t place = n - stage.first, slot = place % nodes_at_once(stage);
  if (place > 0 && slot == 0) update_tail_by_rows(stage, n);
  Scalar* to = &half_rows_[slot * width * length];
  std::fill(to, to + width * length, Scalar(0));
  for (std::size_t i = 0; i < width; ++i, to += length) {
    Scalar* x = &solved_rows_[(stage.row + place * width + i) * length];
    for (const Run& run : s.runs_of(node)) {
      std::copy_n(half + i * node.columns + run.column, run.length, to + run.tail);
      std::copy_n(&solved_[node.values + i * node.columns + run.column], run.length, x + run.tail);
    }
  }
}

/// S ← S − Σ (L⁻¹K_j)ᵀL⁻¹K_j over the nodes kept last, up to `end`.
template <class Scalar>
void BasicElimination<Scalar>::update_tail_by_rows(const Stage& stage, std::size_t end) {
  if constexpr (kDouble) {
    const std::size_t width = static_cast<std::size_t>(stage.width), count = end - stage.first;
    const std::size_t begin = (count - 1) / nodes_at_once(stage) * nodes_at_once(stage);
    dense_.subtract_squares(tail_.data(), half_rows_.data(), (count - begin) * width);
  }
}

/// X_j V_cc over the tail, of node n and those at once with it, if it is their last: they are gone through backward.
template <class Scalar>
void BasicElimination<Scalar>::multiply_rows(const Stage& stage, std::size_t n) {
  if constexpr (kDouble) {
    const std::size_t width = static_cast<std::size_t>(stage.width), place = n - stage.first;
    const std::size_t slot = place % nodes_at_once(stage);
    if (n + 1 < stage.last && slot + 1 < nodes_at_once(stage)) return;
    const std::size_t rows = ((slot + 1) * width + linalg::kTile - 1) / linalg::kTile * linalg::kTile;
    dense_.multiply(tail_inverse_.data(), &solved_rows_[(stage.row + (place - slot) * width) * dense_.stride()],
                    cross_rows_.data(), rows);
  }
}

/// cross ← cross + X_j V_cc where the node meets the tail.
template <class Scalar>
void BasicElimination<Scalar>::take_rows(const Stage& stage, std::size_t n, Scalar* cross) const {
  const Structure& s = *structure_;
  const Node& node = s.nodes[n];
  const std::size_t width = static_cast<std::size_t>(stage.width), slot = (n - stage.first) % nodes_at_once(stage);
  for (std::size_t i = 0; i < width; ++i, cross += node.columns) {
    const Scalar* from = &cross_rows_[(slot * width + i) * dense_.stride()];
    for (const Run& run : s.runs_of(node))
      for (std::size_t t = 0; t < run.length; ++t) cross[run.column + t] += from[run.tail + t];
  }
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
