// The value: eliminate the levels, factor the tail, solve for the conditional mean.
#include <cmath>
#include <limits>
#include <numbers>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/triangle.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

template <class Scalar>
BasicElimination<Scalar>::BasicElimination(std::shared_ptr<const Structure> structure)
    : structure_(std::move(structure)), dense_(structure_->tail_size) {
  const Structure& s = *structure_;
  rhs_.resize(s.layout->size());
  effects_.resize(s.layout->size());
  half_.resize(s.half_size);
  solved_.resize(s.values_size);
  cross_ = solved_;
  left_.resize(s.left_size);
  factor_.resize(s.square_size);
  inverse_ = variance_ = factor_;
  solution_.resize(s.node_coordinates);
  before_.resize(s.node_coordinates + s.tail_size);
  whitened_.resize(s.node_coordinates + dense_.stride());
  draw_ = whitened_;
  tail_.resize(dense_.stride() * dense_.stride());
  tail_inverse_ = tail_;
  tail_rhs_.resize(dense_.stride());
  std::size_t longest = s.tail_size, widest = 1, row_columns = 0;
  for (const Node& node : s.nodes) longest = std::max(longest, node.columns);
  for (std::size_t k = 0; k < s.width.size(); ++k) {
    widest = std::max({widest, s.layout->blocks()[k].columns, s.width[k]});
    row_columns += s.width[k];
  }
  row_.reserve(row_columns);
  make_rows();
  work_.resize(2 * (longest + widest) * (widest + 1) + widest * widest);
}

template <class Scalar>
double BasicElimination<Scalar>::integrate(const Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  failure_.clear();
  log_determinant_ = explained_ = 0;
  rounding_ = {};
  inverted_ = false;
  assemble(sums, point);
  for (const Stage& stage : s.stages)
    if (!with_width<Scalar>(stage.width, [&]<int D>() { return eliminate<D>(stage); }))
      return -std::numeric_limits<double>::infinity();
  if (!contrasts_.integrate(sums.contrasts, s, point, {log_determinant_, explained_, rounding_})) {
    failure_ = "a contrast's precision is not positive definite";
    return -std::numeric_limits<double>::infinity();
  }
  if (!factor_tail()) return -std::numeric_limits<double>::infinity();
  whitened_mean();
  const auto rows = static_cast<double>(s.layout->rows());
  const double log_weight = point.log_weights + rows * std::log(point.precision);
  const double constants = (rows - static_cast<double>(s.flat_count)) * std::log(2 * std::numbers::pi);
  const auto value = static_cast<double>(0.5 * (log_weight - log_determinant_ - constants - (square_ - explained_)));
  if (std::isfinite(value)) return value;
  failure_ = "the marginal likelihood is not finite";
  return -std::numeric_limits<double>::infinity();
}

template <class Scalar>
template <int D>
bool BasicElimination<Scalar>::eliminate(const Stage& stage) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width);
  linalg::LogProduct<Scalar> pivots;
  for (std::size_t n = stage.first; n < stage.last; ++n) {
    const Node& node = s.nodes[n];
    Scalar* block = &factor_[node.square];
    if (!linalg::cholesky<D>(block, d)) {
      failure_ = "a level's precision is not positive definite";
      return false;
    }
    const Triangle<D, Scalar> factor(block, d);
    Scalar* solution = &solution_[node.coordinate];
    Scalar* projected = work_.data();  // L⁻¹Cᵀb
    factor.solve(solution);
    std::copy(solution, solution + d, projected);
    for (int i = 0; i < d; ++i) {
      const Scalar square = solution[i] * solution[i], reciprocal = factor.reciprocal(i);
      pivots.multiply(block[i * d + i]);
      explained_ += square;
      rounding_.add(before_[node.coordinate + static_cast<std::size_t>(i)] * (reciprocal * reciprocal), Scalar(1),
                    square);
    }
    factor.solve_transposed(solution);
    factor.invert(&inverse_[node.square]);
    if (node.columns == 0) {
      if (dense(stage)) keep_rows(stage, n, nullptr);  // its rows are zero, and take their place
      continue;
    }
    // L⁻¹K, by whose squares later coordinates are updated: with D⁻¹K in one factor's place they would lose D's
    // condition.
    Scalar* half = projected + d;
    factor.solve_columns(node.columns, half, &solved_[node.values]);
    update_later<D>(node, d, half, projected);
    if (dense(stage))
      keep_rows(stage, n, half);
    else
      update_tail<D>(node, d, half);
  }
  if (dense(stage)) update_tail_by_rows(stage, stage.last);
  log_determinant_ += 2 * pivots.log();
  return true;
}

/// The node's share of what comes later, with H = L⁻¹K_j: Q_cc −= HᵀH where c is of nodes, and the right-hand sides
/// −= Hᵀ L⁻¹Cᵀb_j.
template <class Scalar>
template <int D>
void BasicElimination<Scalar>::update_later(const Node& node, int width, const Scalar* half, const Scalar* projected) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(width);
  const std::size_t count = node.columns;
  const std::span<const std::uint32_t> at = s.coupled_of(node);
  for (std::size_t b = 0; b < count; ++b) {
    Scalar sum = 0;
    for (int i = 0; i < d; ++i) sum += half[static_cast<std::size_t>(i) * count + b] * projected[i];
    (b < node.tail_column ? solution_[at[b]] : tail_rhs_[at[b] - s.node_coordinates]) -= sum;
  }
  for (const Ancestor& ancestor : s.ancestors_of(node)) {
    const Node& later = s.nodes[ancestor.node];
    const std::size_t behind = ancestor.column + ancestor.width;
    for (std::size_t r = 0; r < ancestor.width; ++r) {
      Scalar* square = &factor_[later.square + r * ancestor.width];
      Scalar* row = later.columns > 0 ? &solved_[later.values + r * later.columns] : nullptr;
      for (int i = 0; i < d; ++i) {
        const Scalar* x = half + static_cast<std::size_t>(i) * count;
        const Scalar factor = x[ancestor.column + r];
        for (std::size_t c = 0; c < ancestor.width; ++c) square[c] -= factor * x[ancestor.column + c];
        for (std::size_t t = behind; t < count; ++t) row[s.places[ancestor.places + t - behind]] -= factor * x[t];
      }
    }
  }
}

/// The node's share of the dense tail's lower triangle, by columns.
template <class Scalar>
template <int D>
void BasicElimination<Scalar>::update_tail(const Node& node, int width, const Scalar* half) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(width);
  const std::size_t count = node.columns, m = dense_.stride();
  const std::span<const Run> runs = s.runs_of(node);
  for (std::size_t first = 0; first < runs.size(); ++first)
    for (std::size_t b = runs[first].column; b < runs[first].column + runs[first].length; ++b)
      for (std::size_t r = first; r < runs.size(); ++r) {
        const std::size_t begin = r == first ? b : runs[r].column, end = runs[r].column + runs[r].length;
        const std::size_t column = runs[first].tail + (b - runs[first].column);
        Scalar* out = &tail_[column * m + runs[r].tail + (begin - runs[r].column)];
        if constexpr (D == 2 && kDouble) {
          linalg::add_scaled(out, half + begin, -half[b], half + count + begin, -half[count + b], end - begin);
        } else {
          for (int i = 0; i < d; ++i) {
            const std::size_t row = static_cast<std::size_t>(i) * count;
            linalg::add_scaled(out, half + row + begin, Scalar(-half[row + b]), end - begin);
          }
        }
      }
}

template <class Scalar>
bool BasicElimination<Scalar>::factor_tail() {
  if (!dense_.factor(tail_.data())) {
    failure_ = "the precision of the integrated effects is not positive definite";
    return false;
  }
  log_determinant_ += dense_.log_determinant(tail_.data());
  return true;
}

template <class Scalar>
void BasicElimination<Scalar>::whitened_mean() {
  const Structure& s = *structure_;
  std::copy(solution_.begin(), solution_.end(), whitened_.begin());
  Scalar* mean = whitened_.data() + s.node_coordinates;
  std::copy(tail_rhs_.begin(), tail_rhs_.end(), mean);
  dense_.solve(tail_.data(), mean);
  for (std::size_t i = 0; i < s.tail_size; ++i) {
    const Scalar square = mean[i] * mean[i], root = tail_[i * dense_.stride() + i];
    explained_ += square;
    rounding_.add(before_[s.node_coordinates + i], root * root, square);
  }
  dense_.solve_transposed(tail_.data(), mean);
  substitute_back(whitened_);
}

template <class Scalar>
void BasicElimination<Scalar>::substitute_back(std::span<Scalar> z) const {
  const Structure& s = *structure_;
  for (auto stage = s.stages.rbegin(); stage != s.stages.rend(); ++stage)
    for (std::size_t n = stage->last; n-- > stage->first;) {
      const Node& node = s.nodes[n];
      const std::span<const std::uint32_t> at = s.coupled_of(node);
      const Scalar* x = solved_.data() + node.values;
      for (int i = 0; i < stage->width; ++i, x += node.columns) {
        Scalar sum = 0;
        for (std::size_t a = 0; a < node.columns; ++a) sum += x[a] * z[at[a]];
        z[node.coordinate + static_cast<std::size_t>(i)] -= sum;
      }
    }
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
