// Drawing the integrated effects back, and what else the factorisation tells of them.
#include <algorithm>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

Point Elimination::start() const {
  Point point;
  const auto& blocks = structure_->layout->blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const BlockRole& role = structure_->roles.blocks[k];
    const std::size_t d = blocks[k].columns;
    std::vector<double> factor;
    if (role.integrated && role.diagonal) factor.assign(d, 1);
    if (role.integrated && !role.diagonal) {
      factor.assign(d * d, 0);
      for (std::size_t i = 0; i < d; ++i) factor[i * d + i] = 1;
    }
    point.factor.push_back(std::move(factor));
  }
  point.coefficients.assign(structure_->layout->size(), 0);
  return point;
}

Gradient Elimination::zero() const {
  Gradient gradient;
  gradient.factor = start().factor;
  for (auto& values : gradient.factor) std::fill(values.begin(), values.end(), 0);
  gradient.coefficients.assign(structure_->layout->size(), 0);
  return gradient;
}

/// w ← C z, from coordinates in order of elimination to the design's.
void Elimination::to_effects(const Point& point, std::span<const double> whitened, std::span<double> w) const {
  const Structure& s = *structure_;
  const auto& blocks = s.layout->blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!s.integrated[k]) continue;
    const std::size_t d = blocks[k].columns;
    for (std::size_t j = 0; j < blocks[k].levels; ++j)
      apply_factor(s.roles.blocks[k], point.factor[k].data(), &whitened[s.coordinate[k] + j * d], static_cast<int>(d),
                   &w[s.layout->offset(k) + j * d]);
  }
}

void Elimination::conditional_mean(const Point& point, std::span<double> w) { to_effects(point, whitened_, w); }

void Elimination::recover(const Point& point, base::Stream& stream, std::span<double> w) {
  const Structure& s = *structure_;
  double* tail = draw_.data() + s.node_coordinates;
  for (std::size_t i = 0; i < s.tail_size; ++i) tail[i] = stream.normal();
  dense_.solve_transposed(tail_.data(), tail);
  for (std::size_t i = 0; i < s.tail_size; ++i) tail[i] += whitened_[s.node_coordinates + i];
  for (const Stage& stage : s.stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const Node& node = s.nodes[n];
      double* z = draw_.data() + node.coordinate;
      for (int i = 0; i < stage.width; ++i) z[i] = stream.normal();
      linalg::solve_lower_transposed<0>(&factor_[node.square], z, stage.width, 1);
      for (int i = 0; i < stage.width; ++i) z[i] += solution_[node.coordinate + static_cast<std::size_t>(i)];
    }
  substitute_back(draw_);
  to_effects(point, draw_, w);
}

/// V at a pair of coordinates, low ≤ high, that meet in the data.
double Elimination::covariance(std::size_t low, std::size_t high) const {
  const Structure& s = *structure_;
  if (low >= s.node_coordinates)
    return tail_inverse_[(low - s.node_coordinates) * dense_.stride() + (high - s.node_coordinates)];
  const std::size_t n = s.owner(low);
  const Node& node = s.nodes[n];
  const std::size_t end = n + 1 < s.nodes.size() ? s.nodes[n + 1].coordinate : s.node_coordinates;
  const std::size_t width = end - node.coordinate, row = low - node.coordinate;
  if (high < end) return variance_[node.square + row * width + (high - node.coordinate)];
  const std::span<const std::uint32_t> at = s.coupled_of(node);
  const auto column = std::lower_bound(at.begin(), at.end(), high) - at.begin();
  return -cross_[node.values + row * node.columns + static_cast<std::size_t>(column)];
}

std::span<const Elimination::Entry> Elimination::whitened_row(const moments::Design& design, const Point& point,
                                                              std::size_t row) {
  const Structure& s = *structure_;
  const auto& blocks = design.blocks();
  row_.clear();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!s.integrated[k]) continue;
    const auto& block = blocks[k];
    const int d = block.width();
    const bool diagonal = s.roles.blocks[k].diagonal;
    const std::size_t level = block.codes ? static_cast<std::size_t>(block.codes[row]) : 0;
    const std::vector<double>& c = point.factor[k];
    for (int i = 0; i < d; ++i) {
      double value = 0;  // (Cᵀ a)_i
      for (int l = diagonal ? i : 0; l < (diagonal ? i + 1 : d); ++l) {
        const auto& column = block.columns[static_cast<std::size_t>(l)];
        value += c[static_cast<std::size_t>(diagonal ? i : l * d + i)] * (column ? (*column)[row] : 1);
      }
      row_.push_back({s.coordinate[k] + level * static_cast<std::size_t>(d) + static_cast<std::size_t>(i), value});
    }
  }
  return row_;
}

double Elimination::row_variance(const moments::Design& design, const Point& point, std::size_t row) {
  whitened_row(design, point, row);
  double variance = 0;
  for (const auto& [a, x] : row_)
    for (const auto& [b, y] : row_)
      if (a <= b) variance += (a == b ? 1 : 2) * x * y * covariance(a, b);
  return variance;
}

}  // namespace woodbury::kernels
