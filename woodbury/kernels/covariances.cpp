// Conditional covariances of the columns' coefficients, on the pattern of AᵀWA: what expected squares of rows ask for.
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"

namespace woodbury::kernels {

namespace {

/// A covariance factor, columns × effects row-major, or its diagonal.
struct Factor {
  const double* values;
  std::size_t columns, effects;
  bool diagonal;
  Factor(const Structure& s, const Point& point, std::size_t block)
      : values(point.factor[block].data()),
        columns(s.layout->blocks()[block].columns),
        effects(s.width[block]),
        diagonal(s.roles.blocks[block].diagonal) {}
  /// The effects that make up column c.
  [[nodiscard]] std::size_t first(std::size_t c) const { return diagonal ? c : 0; }
  [[nodiscard]] std::size_t last(std::size_t c) const { return diagonal ? c + 1 : effects; }
  [[nodiscard]] double at(std::size_t c, std::size_t i) const { return values[diagonal ? c : c * effects + i]; }
};

/// out ← C V C̃ᵀ, columns × columns, with v(i, j) of the effects of both sides.
template <class Scalar, class Entry>
void sandwich(const Factor& left, const Factor& right, const Entry& v, Scalar* out) {
  for (std::size_t a = 0; a < left.columns; ++a)
    for (std::size_t b = 0; b < right.columns; ++b) {
      Scalar sum = 0;
      for (std::size_t i = left.first(a); i < left.last(a); ++i)
        for (std::size_t j = right.first(b); j < right.last(b); ++j) sum += left.at(a, i) * v(i, j) * right.at(b, j);
      *out++ = sum;
    }
}

}  // namespace

template <class Scalar>
void BasicElimination<Scalar>::covariances(const Point& point, Sums& out) const {
  for (const Stage& stage : structure_->stages) node_covariances(stage, point, out);
  tail_covariances(point, out);
}

template <class Scalar>
void BasicElimination<Scalar>::node_covariances(const Stage& stage, const Point& point, Sums& out) const {
  const Structure& s = *structure_;
  const Factor factor(s, point, stage.block);
  for (std::size_t n = stage.first; n < stage.last; ++n) {
    const Node& node = s.nodes[n];
    const Scalar* own = &variance_[node.square];
    sandwich(
        factor, factor, [&](std::size_t i, std::size_t j) { return own[i * factor.effects + j]; },
        &out.diagonal[stage.block][node.level * factor.columns * factor.columns]);
    for (const Meeting& meeting : s.meetings_of(node)) {
      const Factor other(s, point, meeting.block);
      const Scalar* cross = cross_.data() + node.values + meeting.column;
      Scalar* to = &out.pairs[meeting.pair][meeting.slot * factor.columns * other.columns];
      const auto at = [&](std::size_t i, std::size_t j) { return Scalar(-cross[i * node.columns + j]); };
      if (meeting.transposed)
        sandwich(
            other, factor, [&](std::size_t i, std::size_t j) { return at(j, i); }, to);
      else
        sandwich(factor, other, at, to);
    }
  }
}

template <class Scalar>
void BasicElimination<Scalar>::tail_covariances(const Point& point, Sums& out) const {
  const Structure& s = *structure_;
  const auto& blocks = s.layout->blocks();
  const auto set = [&](std::size_t k, std::size_t level, std::size_t l, std::size_t other, Scalar* to) {
    const std::size_t row = s.tail_at(k) + level * s.width[k], column = s.tail_at(l) + other * s.width[l];
    const Scalar* v = &tail_inverse_[row * dense_.stride() + column];
    sandwich(
        Factor(s, point, k), Factor(s, point, l),
        [&](std::size_t i, std::size_t j) { return v[i * dense_.stride() + j]; }, to);
  };
  for (const std::size_t k : s.tail_blocks) {
    const std::size_t d = blocks[k].columns;
    for (std::size_t j = 0; j < blocks[k].levels; ++j) set(k, j, k, j, &out.diagonal[k][j * d * d]);
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.layout->pattern(k, l);
      const moments::Pattern& pattern = s.layout->patterns()[p];
      for (std::size_t j = 0; j < blocks[k].levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t)
          set(k, j, l, static_cast<std::size_t>(pattern.level[t]), &out.pairs[p][t * d * blocks[l].columns]);
    }
  }
}

template void BasicElimination<double>::covariances(const Point&, Sums&) const;
template void BasicElimination<Twice>::covariances(const Point&, Sums&) const;
template void BasicElimination<Wide>::covariances(const Point&, Sums&) const;

}  // namespace woodbury::kernels
