// Drawing the integrated effects back, and what else the factorisation tells of them.
#include <algorithm>

#include <Eigen/Core>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

Point Elimination::start() const {
  Point point;
  const auto& blocks = structure_->design->blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const BlockRole& role = structure_->roles.blocks[k];
    const std::size_t d = blocks[k].columns.size();
    std::vector<double> factor;
    if (role.integrated && role.diagonal) factor.assign(d, 1);
    if (role.integrated && !role.diagonal) {
      factor.assign(d * d, 0);
      for (std::size_t i = 0; i < d; ++i) factor[i * d + i] = 1;
    }
    point.factor.push_back(std::move(factor));
  }
  point.coefficients.assign(structure_->design->size(), 0);
  return point;
}

Gradient Elimination::zero() const {
  Gradient gradient;
  gradient.factor = start().factor;
  for (auto& values : gradient.factor) std::fill(values.begin(), values.end(), 0);
  gradient.coefficients.assign(structure_->design->size(), 0);
  return gradient;
}

/// w ← C z block by block; `whitened` holds the levels' z, then the tail's.
void Elimination::to_effects(const Point& point, std::span<const double> whitened, std::span<double> w) const {
  const Structure& s = *structure_;
  const auto& blocks = s.design->blocks();
  const std::size_t tail = s.levels * static_cast<std::size_t>(s.width);
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!s.integrated[k]) continue;
    const std::size_t from = static_cast<int>(k) == s.roles.eliminated ? 0 : tail + s.tail_at[k];
    const std::size_t d = blocks[k].columns.size();
    for (std::size_t j = 0; j < blocks[k].levels; ++j)
      apply_factor(s.roles.blocks[k], point.factor[k].data(), &whitened[from + j * d], static_cast<int>(d),
                   &w[s.design->offset(k) + j * d]);
  }
}

void Elimination::conditional_mean(const Point& point, std::span<double> w) { to_effects(point, whitened_, w); }

void Elimination::recover(const Point& point, base::Stream& stream, std::span<double> w) {
  const Structure& s = *structure_;
  const auto width = static_cast<std::size_t>(s.width);
  const std::size_t tail_begin = s.levels * width;
  double* tail = draw_.data() + tail_begin;
  if (s.tail_size > 0) {
    const auto m = static_cast<Eigen::Index>(s.tail_size);
    const Eigen::Map<const Eigen::MatrixXd> cholesky(tail_.data(), m, m);
    Eigen::Map<Eigen::VectorXd> z(tail, m);
    for (Eigen::Index i = 0; i < m; ++i) z[i] = stream.normal();
    cholesky.triangularView<Eigen::Lower>().transpose().solveInPlace(z);
    z += Eigen::Map<const Eigen::VectorXd>(whitened_.data() + tail_begin, m);
  }
  for (std::size_t j = 0; j < s.levels; ++j) {
    double* z = draw_.data() + j * width;
    for (std::size_t i = 0; i < width; ++i) z[i] = stream.normal();
    linalg::solve_lower_transposed<0>(&factor_[j * width * width], z, s.width, 1);
    const std::size_t count = s.coupled_count(j);
    const double* solved = solved_.data() + s.coupled_start[j] * width;
    const std::uint32_t* at = s.coupled.data() + s.coupled_start[j];
    for (std::size_t i = 0; i < width; ++i) {
      z[i] += level_solution_[j * width + i];
      for (std::size_t a = 0; a < count; ++a) z[i] -= solved[i * count + a] * tail[at[a]];
    }
  }
  to_effects(point, draw_, w);
}

double Elimination::row_variance(const Point& point, std::size_t row) {
  const Structure& s = *structure_;
  const auto& blocks = s.design->blocks();
  const std::size_t m = s.tail_size;
  // Whitened design row: αᵉ on the eliminated level, αᵗ on the tail.
  double* level_part = work_.data();
  double* tail_part = level_part + s.width;
  std::uint32_t* places = row_places_.data();
  std::size_t places_count = 0, level = 0;
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!s.integrated[k]) continue;
    const auto& block = blocks[k];
    const int d = block.width();
    const std::size_t j = block.codes ? static_cast<std::size_t>(block.codes[row]) : 0;
    const bool first = static_cast<int>(k) == s.roles.eliminated;
    if (first) level = j;
    const std::vector<double>& c = point.factor[k];
    for (int i = 0; i < d; ++i) {
      double value = 0;
      for (int l = s.roles.blocks[k].diagonal ? i : 0; l < (s.roles.blocks[k].diagonal ? i + 1 : d); ++l) {
        const auto& column = block.columns[static_cast<std::size_t>(l)];
        const double entry =
            s.roles.blocks[k].diagonal ? c[static_cast<std::size_t>(i)] : c[static_cast<std::size_t>(l * d + i)];
        value += entry * (column ? (*column)[row] : 1);
      }
      if (first) {
        level_part[i] = value;
      } else {
        tail_part[places_count] = value;
        places[places_count++] =
            static_cast<std::uint32_t>(s.tail_at[k] + j * static_cast<std::size_t>(d)) + static_cast<std::uint32_t>(i);
      }
    }
  }
  double variance = 0;
  for (std::size_t a = 0; a < places_count; ++a)
    for (std::size_t b = 0; b < places_count; ++b)
      variance += tail_part[a] * tail_part[b] * tail_inverse_[places[a] * m + places[b]];
  if (s.levels == 0) return variance;
  const auto width = static_cast<std::size_t>(s.width);
  const double* v = &variance_[level * width * width];
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t k = 0; k < width; ++k) variance += level_part[i] * level_part[k] * v[i * width + k];
  // Twice the covariance of level and tail, −D⁻¹K V_tt at the row's places among the level's coupled columns.
  const std::size_t count = s.coupled_count(level);
  const std::uint32_t* at = s.coupled.data() + s.coupled_start[level];
  const double* cross = cross_.data() + s.coupled_start[level] * width;
  for (std::size_t b = 0; b < places_count; ++b) {
    const auto column = static_cast<std::size_t>(std::lower_bound(at, at + count, places[b]) - at);
    for (std::size_t i = 0; i < width; ++i) variance -= 2 * level_part[i] * cross[i * count + column] * tail_part[b];
  }
  return variance;
}

}  // namespace woodbury::kernels
