// The value: eliminate the levels, factor the tail, solve for the conditional mean.
#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

Elimination::Elimination(std::shared_ptr<const Structure> structure) : structure_(std::move(structure)) {
  const Structure& s = *structure_;
  const auto d = static_cast<std::size_t>(s.width);
  const std::size_t size = s.design->size();
  rhs_.resize(size);
  effects_.resize(size);
  half_.resize(s.coupled.size() * d);
  solved_ = cross_ = half_;
  left_.resize(s.levels * d * d);
  factor_ = inverse_ = variance_ = left_;
  level_solution_.resize(s.levels * d);
  whitened_.resize(s.levels * d + s.tail_size);
  draw_ = whitened_;
  tail_.resize(s.tail_size * s.tail_size);
  tail_inverse_ = tail_;
  tail_rhs_.resize(s.tail_size);
  std::size_t widest = s.tail_size;
  for (std::size_t j = 0; j < s.levels; ++j) widest = std::max(widest, s.coupled_count(j));
  std::size_t columns = d;
  for (const auto& block : s.design->blocks()) columns = std::max(columns, block.columns.size());
  std::size_t row_columns = d;
  for (const std::size_t k : s.tail_blocks) row_columns += s.design->blocks()[k].columns.size();
  row_places_.resize(row_columns);
  widest = std::max(widest, row_columns);
  work_.resize(2 * (widest + columns) * (columns + 1) + columns * columns);
}

double Elimination::integrate(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  failure_.clear();
  log_determinant_ = explained_ = 0;
  subtract_sampled(sums, point);
  assemble_tail(sums, point);
  const bool levels_done =
      with_width(s.width, [&]<int D>() { return s.levels == 0 || eliminate_levels<D>(sums, point); });
  if (!levels_done || !factor_tail()) return -std::numeric_limits<double>::infinity();
  whitened_mean();
  const auto rows = static_cast<double>(s.design->rows());
  const double log_weight = point.log_weights + rows * std::log(point.precision);
  const double constants = (rows - static_cast<double>(s.flat_count)) * std::log(2 * std::numbers::pi);
  const double value = 0.5 * (log_weight - log_determinant_ - constants - (square_ - explained_));
  if (std::isfinite(value)) return value;
  failure_ = "the marginal likelihood is not finite";
  return -std::numeric_limits<double>::infinity();
}

/// rhs ← w AᵀW(y − A_s θ), square ← w ‖y − A_s θ‖²_W.
void Elimination::subtract_sampled(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  std::copy(sums.rhs.begin(), sums.rhs.end(), rhs_.begin());
  s.products->multiply(sums, s.sampled, point.coefficients, -1, rhs_);
  // ‖y − A_s θ‖² = yᵀy − θᵀA_sᵀy − θᵀA_sᵀ(y − A_s θ).
  square_ = sums.square;
  for (std::size_t k = 0; k < s.sampled.size(); ++k) {
    if (!s.sampled[k]) continue;
    const std::size_t begin = s.design->offset(k), end = begin + s.design->blocks()[k].size();
    for (std::size_t i = begin; i < end; ++i) square_ -= point.coefficients[i] * (sums.rhs[i] + rhs_[i]);
  }
  for (double& value : rhs_) value *= point.precision;
  square_ *= point.precision;
}

void Elimination::assemble_tail(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const std::size_t m = s.tail_size;
  std::fill(tail_.begin(), tail_.end(), 0);
  for (std::size_t i = 0; i < m; ++i) tail_[i * m + i] = s.tail_flat[i] ? 0 : 1;
  double* half = work_.data();
  const auto add = [&](const BlockView& t, std::size_t row_block, std::size_t column_block, std::size_t row_at,
                       std::size_t column_at) {
    double* whole = half + t.rows * t.columns;
    times_factor(t, s.roles.blocks[column_block], point.factor[column_block].data(), point.precision, half,
                 static_cast<std::size_t>(t.columns));
    factor_transposed_times<0>(s.roles.blocks[row_block], point.factor[row_block].data(), half, t.rows, t.columns,
                               whole);
    for (int i = 0; i < t.rows; ++i)
      for (int j = 0; j < t.columns; ++j) {
        const std::size_t r = row_at + static_cast<std::size_t>(i), c = column_at + static_cast<std::size_t>(j);
        if (r >= c) tail_[c * m + r] += whole[i * t.columns + j];
      }
  };
  for (const std::size_t k : s.tail_blocks) {
    const auto& block = s.design->blocks()[k];
    const int d = block.width();
    const auto width = static_cast<std::size_t>(d);
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = s.tail_at[k] + j * width;
      add({&sums.diagonal[k][j * width * width], d, d, false}, k, k, at, at);
      factor_transposed_times<0>(s.roles.blocks[k], point.factor[k].data(), &rhs_[s.design->offset(k) + j * width], d,
                                 1, &tail_rhs_[at]);
    }
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.products->pattern(k, l);
      const moments::Pattern& pattern = s.products->patterns()[p];
      const int e = s.design->blocks()[l].width();
      for (std::size_t j = 0; j < block.levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t)
          // The lower triangle: block l's rows, block k's columns.
          add({&sums.pairs[p][t * static_cast<std::size_t>(d * e)], e, d, true}, l, k,
              s.tail_at[l] + static_cast<std::size_t>(pattern.level[t] * e), s.tail_at[k] + j * width);
    }
  }
}

/// The level's share of the Schur complement: S −= K_jᵀ D⁻¹K_j (lower triangle, by columns), s −= K_jᵀ D⁻¹Cᵀb_j.
template <int D>
void Elimination::subtract_outer(std::size_t level, const double* coupling, const double* solved,
                                 const double* projected) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(s.width);
  const std::size_t count = s.coupled_count(level), m = s.tail_size;
  const std::uint32_t* at = &s.coupled[s.coupled_start[level]];
  for (std::size_t b = 0; b < count; ++b)
    for (int i = 0; i < d; ++i) tail_rhs_[at[b]] -= solved[static_cast<std::size_t>(i) * count + b] * projected[i];
  const std::span<const Run> runs = s.runs_of(level);
  for (std::size_t first = 0; first < runs.size(); ++first)
    for (std::size_t b = runs[first].column; b < runs[first].column + runs[first].length; ++b)
      for (std::size_t r = first; r < runs.size(); ++r) {
        const std::size_t begin = r == first ? b : runs[r].column, end = runs[r].column + runs[r].length;
        double* out = &tail_[at[b] * m + runs[r].tail + (begin - runs[r].column)];
        if constexpr (D == 2) {
          linalg::add_scaled(out, coupling + begin, -solved[b], coupling + count + begin, -solved[count + b],
                             end - begin);
        } else {
          for (int i = 0; i < d; ++i) {
            const std::size_t row = static_cast<std::size_t>(i) * count;
            linalg::add_scaled(out, coupling + row + begin, -solved[row + b], end - begin);
          }
        }
      }
}

template <int D>
bool Elimination::eliminate_levels(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(s.width);
  const auto width = static_cast<std::size_t>(d);
  const std::size_t e = eliminated();
  const BlockRole& role = s.roles.blocks[e];
  const double* c = point.factor[e].data();
  for (std::size_t j = 0; j < s.levels; ++j) {
    double* left = &left_[j * width * width];
    double* block = &factor_[j * width * width];
    times_factor({&sums.diagonal[e][j * width * width], d, d, false}, role, c, point.precision, left, width);
    factor_transposed_times<D>(role, c, left, d, d, block);
    for (int i = 0; i < d; ++i) block[i * d + i] += 1;
    if (!linalg::cholesky<D>(block, d)) {
      failure_ = "a level's precision is not positive definite";
      return false;
    }
    for (int i = 0; i < d; ++i) log_determinant_ += 2 * std::log(block[i * d + i]);
    double* mean = &level_solution_[j * width];
    factor_transposed_times<D>(role, c, &rhs_[s.design->offset(e) + j * width], d, 1, mean);
    double* projected = work_.data();
    std::copy(mean, mean + d, projected);
    linalg::solve_lower<D>(block, mean, d, 1);
    for (int i = 0; i < d; ++i) explained_ += mean[i] * mean[i];
    linalg::solve_lower_transposed<D>(block, mean, d, 1);
    linalg::inverse_from_cholesky<D>(block, &inverse_[j * width * width], d);

    const std::size_t count = s.coupled_count(j);
    const int n = static_cast<int>(count);
    if (count == 0) continue;
    const std::size_t base = s.coupled_start[j] * width;
    double* half = &half_[base];
    std::size_t column = 0;
    for (std::size_t i = s.meeting_start[j]; i < s.meeting_start[j + 1]; ++i) {
      const Meeting& meeting = s.meetings[i];
      const int other = s.design->blocks()[meeting.block].width();
      const double* values = &sums.pairs[meeting.pair][meeting.slot * static_cast<std::size_t>(d * other)];
      times_factor({values, d, other, meeting.transposed}, s.roles.blocks[meeting.block],
                   point.factor[meeting.block].data(), point.precision, half + column, count);
      column += static_cast<std::size_t>(other);
    }
    double* coupling = work_.data() + width;  // K_j
    factor_transposed_times<D>(role, c, half, d, n, coupling);
    double* solved = &solved_[base];
    std::fill(solved, solved + count * width, 0);
    linalg::add_product(&inverse_[j * width * width], coupling, solved, d, d, n);
    subtract_outer<D>(j, coupling, solved, projected);
  }
  return true;
}

bool Elimination::factor_tail() {
  const auto m = static_cast<Eigen::Index>(structure_->tail_size);
  if (m == 0) return true;
  Eigen::Map<Eigen::MatrixXd> matrix(tail_.data(), m, m);
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Lower> cholesky(matrix);
  if (cholesky.info() != Eigen::Success || !matrix.diagonal().allFinite()) {
    failure_ = "the precision of the integrated effects is not positive definite";
    return false;
  }
  for (Eigen::Index i = 0; i < m; ++i) log_determinant_ += 2 * std::log(matrix(i, i));
  return true;
}

void Elimination::whitened_mean() {
  const Structure& s = *structure_;
  const auto width = static_cast<std::size_t>(s.width);
  double* tail = whitened_.data() + s.levels * width;
  if (s.tail_size > 0) {
    const auto m = static_cast<Eigen::Index>(s.tail_size);
    const Eigen::Map<const Eigen::MatrixXd> matrix(tail_.data(), m, m);
    Eigen::Map<Eigen::VectorXd> mean(tail, m);
    mean = Eigen::Map<const Eigen::VectorXd>(tail_rhs_.data(), m);
    matrix.triangularView<Eigen::Lower>().solveInPlace(mean);
    explained_ += mean.squaredNorm();
    matrix.triangularView<Eigen::Lower>().transpose().solveInPlace(mean);
  }
  for (std::size_t j = 0; j < s.levels; ++j) {
    const std::size_t count = s.coupled_count(j);
    const double* solved = solved_.data() + s.coupled_start[j] * width;
    const std::uint32_t* at = s.coupled.data() + s.coupled_start[j];
    for (std::size_t i = 0; i < width; ++i) {
      double value = level_solution_[j * width + i];
      for (std::size_t a = 0; a < count; ++a) value -= solved[i * count + a] * tail[at[a]];
      whitened_[j * width + i] = value;
    }
  }
}

}  // namespace woodbury::kernels
