// Drawing the integrated effects back, and what else the factorisation tells of them.
#include <algorithm>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

template <class Scalar>
Point BasicElimination<Scalar>::start() const {
  Point point;
  const auto& blocks = structure_->layout->blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const BlockRole& role = structure_->roles.blocks[k];
    const std::size_t n = blocks[k].columns, d = structure_->width[k];
    std::vector<double> factor;
    if (role.integrated && role.diagonal) factor.assign(d, 1);
    if (role.integrated && !role.diagonal) {
      factor.assign(n * d, 0);
      for (std::size_t i = 0; i < std::min(n, d); ++i) factor[i * d + i] = 1;
    }
    point.factor.push_back(std::move(factor));
  }
  point.coefficients.assign(structure_->layout->size(), 0);
  return point;
}

template <class Scalar>
BasicGradient<Scalar> BasicElimination<Scalar>::zero() const {
  BasicGradient<Scalar> gradient;
  for (const std::vector<double>& factor : start().factor)
    gradient.factor.push_back(std::vector<Scalar>(factor.size(), Scalar(0)));
  gradient.coefficients.assign(structure_->layout->size(), Scalar(0));
  return gradient;
}

std::size_t rows_of(const Structure& structure, const Point& point, std::size_t block) {
  if (!structure.integrated[block]) return structure.layout->blocks()[block].columns;
  const std::size_t d = structure.width[block];
  return structure.roles.blocks[block].diagonal ? d : point.factor[block].size() / d;
}

template <class Scalar>
template <class Out>
void BasicElimination<Scalar>::to_effects(const Point& point, std::span<const Scalar> whitened,
                                          std::span<Out> w) const {
  const Structure& s = *structure_;
  const auto& blocks = s.layout->blocks();
  Out* out = w.data();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const std::size_t rows = rows_of(s, point, k), d = s.width[k];
    for (std::size_t j = 0; j < blocks[k].levels; ++j, out += rows)
      if (s.integrated[k])
        apply_factor(s.roles.blocks[k], point.factor[k].data(), &whitened[s.coordinate[k] + j * d],
                     static_cast<int>(rows), static_cast<int>(d), out);
  }
}

template <class Scalar>
void BasicElimination<Scalar>::conditional_mean(const Point& point, std::span<double> w) const {
  to_effects<double>(point, whitened_, w);
}

template <class Scalar>
void BasicElimination<Scalar>::recover(const Point& point, base::Stream& stream, std::span<double> w) {
  const Structure& s = *structure_;
  Scalar* tail = draw_.data() + s.node_coordinates;
  for (std::size_t i = 0; i < s.tail_size; ++i) tail[i] = stream.normal();
  dense_.solve_transposed(tail_.data(), tail);
  for (std::size_t i = 0; i < s.tail_size; ++i) tail[i] += whitened_[s.node_coordinates + i];
  for (const Stage& stage : s.stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const Node& node = s.nodes[n];
      Scalar* z = draw_.data() + node.coordinate;
      for (int i = 0; i < stage.width; ++i) z[i] = stream.normal();
      linalg::solve_lower_transposed<0>(&factor_[node.square], z, stage.width, 1);
      for (int i = 0; i < stage.width; ++i) z[i] += solution_[node.coordinate + static_cast<std::size_t>(i)];
    }
  substitute_back(draw_);
  to_effects<double>(point, draw_, w);
}

/// V at a pair of coordinates, low ≤ high, that meet in the data.
template <class Scalar>
Scalar BasicElimination<Scalar>::covariance(std::size_t low, std::size_t high) const {
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

template <class Scalar>
auto BasicElimination<Scalar>::whitened_row(const moments::Design& design, const Point& point, std::size_t row)
    -> std::span<const Entry> {
  const Structure& s = *structure_;
  const auto& blocks = design.blocks();
  row_.clear();
  parts_.clear();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!s.integrated[k]) continue;
    const auto& block = blocks[k];
    const std::size_t n = block.columns.size(), d = s.width[k];
    const bool diagonal = s.roles.blocks[k].diagonal;
    const std::size_t level = block.level(row);
    const std::vector<double>& c = point.factor[k];
    parts_.push_back({s.coordinate[k] + level * d, d, row_.size()});
    for (std::size_t i = 0; i < d; ++i) {
      Scalar value = 0;  // (Cᵀ a)_i
      for (std::size_t l = diagonal ? i : 0; l < (diagonal ? i + 1 : n); ++l)
        value += Scalar(c[diagonal ? i : l * d + i]) * (block.columns[l] ? (*block.columns[l])[row] : 1);
      row_.push_back({s.coordinate[k] + level * d + i, value});
    }
  }
  return row_;
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;
template void BasicElimination<double>::to_effects(const Point&, std::span<const double>, std::span<double>) const;
template void BasicElimination<Twice>::to_effects(const Point&, std::span<const Twice>, std::span<Twice>) const;
template void BasicElimination<Wide>::to_effects(const Point&, std::span<const Wide>, std::span<Wide>) const;

}  // namespace woodbury::kernels
