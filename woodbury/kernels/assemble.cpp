// From cross-products to the whitened precision's blocks and right-hand sides, before anything is eliminated.
#include <utility>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

/// rhs ← w AᵀW(y − A_s θ), square ← w ‖y − A_s θ‖²_W.
template <class Scalar>
void BasicElimination<Scalar>::subtract_sampled(const Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  std::copy(sums.rhs.begin(), sums.rhs.end(), rhs_.begin());
  if constexpr (kDouble)
    multiply(sums, s.sampled, point.coefficients, -1, rhs_);
  else
    multiply(sums, s.sampled, {point.coefficients.begin(), point.coefficients.end()}, -1, rhs_);
  // ‖y − A_s θ‖² = yᵀy − θᵀA_sᵀy − θᵀA_sᵀ(y − A_s θ).
  Scalar change = 0, terms = sums.square;
  for (std::size_t k = 0; k < s.sampled.size(); ++k) {
    if (!s.sampled[k]) continue;
    const std::size_t begin = s.layout->offset(k), end = begin + s.layout->blocks()[k].size();
    for (std::size_t i = begin; i < end; ++i) {
      const Scalar term = point.coefficients[i] * (sums.rhs[i] + rhs_[i]);
      change += term;
      terms += term > 0 ? term : -term;
    }
  }
  for (Scalar& value : rhs_) value *= point.precision;
  square_ = (sums.square - change) * point.precision;
  rounding_.residual = terms * point.precision;
}

/// out ← out + scale · AᵀWA x, of x only the active blocks.
template <class Scalar>
void BasicElimination<Scalar>::multiply(const Sums& sums, const std::vector<bool>& active, const std::vector<Scalar>& x,
                                        const Scalar& scale, std::vector<Scalar>& out) const {
  const moments::Layout& layout = *structure_->layout;
  if constexpr (kDouble) return layout.multiply(sums, active, x, scale, out);
  const auto add = [&](const BlockView<Scalar>& t, std::size_t from, std::size_t to) {
    for (int i = 0; i < t.rows; ++i)
      for (int j = 0; j < t.columns; ++j)
        out[to + static_cast<std::size_t>(i)] += scale * t(i, j) * x[from + static_cast<std::size_t>(j)];
  };
  const auto& blocks = layout.blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const std::size_t d = blocks[k].columns;
    for (std::size_t j = 0; active[k] && j < blocks[k].levels; ++j)
      add({&sums.diagonal[k][j * d * d], blocks[k].width(), blocks[k].width(), false}, layout.offset(k) + j * d,
          layout.offset(k) + j * d);
  }
  for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
    const moments::Pattern& pattern = layout.patterns()[p];
    const auto& [first, second] = std::pair(pattern.first, pattern.second);
    const std::size_t d = blocks[first].columns, e = blocks[second].columns;
    for (std::size_t j = 0; j < blocks[first].levels; ++j)
      for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t) {
        const Scalar* values = &sums.pairs[p][t * d * e];
        const std::size_t left = layout.offset(first) + j * d;
        const std::size_t right = layout.offset(second) + static_cast<std::size_t>(pattern.level[t]) * e;
        if (active[second]) add({values, blocks[first].width(), blocks[second].width(), false}, right, left);
        if (active[first]) add({values, blocks[second].width(), blocks[first].width(), true}, left, right);
      }
  }
}

template <class Scalar>
void BasicElimination<Scalar>::assemble_tail(const Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const std::size_t m = dense_.stride();
  for (std::size_t i = 0; i < m; ++i) {
    std::fill(&tail_[i * m] + i, &tail_[i * m] + m, Scalar(0));
    tail_[i * m + i] = i < s.tail_size && s.tail_flat[i] ? 0 : 1;
  }
  Scalar* half = work_.data();
  const auto add = [&](const BlockView<Scalar>& t, std::size_t row_block, std::size_t column_block, std::size_t row_at,
                       std::size_t column_at) {
    const BlockRole &rows = s.roles.blocks[row_block], &columns = s.roles.blocks[column_block];
    const int d = effects_of(rows, t.rows), e = effects_of(columns, t.columns);
    Scalar* whole = half + static_cast<std::ptrdiff_t>(t.rows) * e;
    times_factor(t, columns, point.factor[column_block].data(), point.precision, half, static_cast<std::size_t>(e));
    with_width<Scalar>(d == t.rows ? d : 0, [&]<int D>() {
      factor_transposed_times<D>(rows, point.factor[row_block].data(), half, d, e, whole, D > 0 ? 0 : t.rows);
    });
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < e; ++j) {
        const std::size_t r = row_at + static_cast<std::size_t>(i), c = column_at + static_cast<std::size_t>(j);
        if (r >= c) tail_[c * m + r] += whole[i * e + j];
      }
  };
  for (const std::size_t k : s.tail_blocks) {
    const auto& block = s.layout->blocks()[k];
    const int n = block.width();
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = s.tail_at(k) + j * s.width[k];
      const Scalar* square = &sums.diagonal[k][j * block.columns * block.columns];
      add({square, n, n, false}, k, k, at, at);
      factor_transposed_times<0>(s.roles.blocks[k], point.factor[k].data(),
                                 &rhs_[s.layout->offset(k) + j * block.columns], static_cast<int>(s.width[k]), 1,
                                 &tail_rhs_[at], n);
      magnitudes<0>(s.roles.blocks[k], point.factor[k].data(), square, n, static_cast<int>(s.width[k]), point.precision,
                    &before_[s.node_coordinates + at]);
    }
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.layout->pattern(k, l);
      const moments::Pattern& pattern = s.layout->patterns()[p];
      const auto& other = s.layout->blocks()[l];
      for (std::size_t j = 0; j < block.levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t)
          // The lower triangle: block l's rows, block k's columns.
          add({&sums.pairs[p][t * block.columns * other.columns], other.width(), n, true}, l, k,
              s.tail_at(l) + static_cast<std::size_t>(pattern.level[t]) * s.width[l], s.tail_at(k) + j * s.width[k]);
    }
  }
}

/// D_j = I + CᵀT_jjC, K_j = CᵀT_jcC_c and the right-hand side Cᵀb_j of a block's levels.
template <class Scalar>
template <int D>
void BasicElimination<Scalar>::assemble_nodes(const Stage& stage, const Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width), n = stage.columns;
  const auto width = static_cast<std::size_t>(d), columns = static_cast<std::size_t>(n);
  const int rows = n == d ? 0 : n;
  const BlockRole& role = s.roles.blocks[stage.block];
  const double* c = point.factor[stage.block].data();
  Scalar* left = left_.data() + stage.left;
  for (std::size_t i = stage.first; i < stage.last; ++i, left += columns * width) {
    const Node& node = s.nodes[i];
    Scalar* block = &factor_[node.square];
    const Scalar* square = &sums.diagonal[stage.block][node.level * columns * columns];
    times_factor({square, n, n, false}, role, c, point.precision, left, width);
    factor_transposed_times<D>(role, c, left, d, d, block, rows);
    for (int k = 0; k < d; ++k) block[k * d + k] += 1;
    magnitudes<D>(role, c, square, n, d, point.precision, &before_[node.coordinate]);
    factor_transposed_times<D>(role, c, &rhs_[s.layout->offset(stage.block) + node.level * columns], d, 1,
                               &solution_[node.coordinate], rows);
    if (node.columns == 0) continue;
    Scalar* half = &half_[node.half];
    for (const Meeting& meeting : s.meetings_of(node)) {
      const auto& other = s.layout->blocks()[meeting.block];
      const BlockView<Scalar> t{&sums.pairs[meeting.pair][meeting.slot * columns * other.columns], n, other.width(),
                                meeting.transposed};
      const BlockRole& later = s.roles.blocks[meeting.block];
      const double* factor = point.factor[meeting.block].data();
      if (later.diagonal && n == d)
        times_diagonal<D>(t, factor, point.precision, half + meeting.column, node.columns);
      else
        times_factor(t, later, factor, point.precision, half + meeting.column, node.columns);
    }
    factor_transposed_times<D>(role, c, half, d, static_cast<int>(node.columns), &solved_[node.values], rows);
  }
}

template <class Scalar>
void BasicElimination<Scalar>::assemble(const Sums& sums, const Point& point) {
  subtract_sampled(sums, point);
  assemble_tail(sums, point);
  for (const Stage& stage : structure_->stages)
    with_width<Scalar>(stage.width, [&]<int D>() { assemble_nodes<D>(stage, sums, point); });
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
