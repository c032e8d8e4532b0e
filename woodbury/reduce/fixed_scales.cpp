#include "woodbury/reduce/fixed_scales.hpp"

#include <algorithm>
#include <utility>

#include <Eigen/Eigenvalues>

namespace woodbury::reduce {

namespace {

/// Effects above which the eigenvectors take too long, and columns of other blocks above which meeting them does.
constexpr std::size_t kMostEffects = 800, kMostOthers = 32;

/// AᵀWA between two sets of blocks, dense; blocks stand at `place` or are left out.
class DenseProducts {
 public:
  DenseProducts(const moments::Layout& layout, const std::vector<std::ptrdiff_t>& place, std::size_t size)
      : layout_(layout), place_(place), size_(size) {}

  /// Rows of the placed blocks, columns of the same.
  [[nodiscard]] Eigen::MatrixXd among(const moments::Sums& sums) const {
    Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(size_), static_cast<Eigen::Index>(size_));
    for (std::size_t k = 0; k < place_.size(); ++k) {
      if (place_[k] < 0) continue;
      const std::size_t d = layout_.blocks()[k].columns;
      for (std::size_t j = 0; j < layout_.blocks()[k].levels; ++j)
        add(&sums.diagonal[k][j * d * d], d, d, place_[k] + static_cast<std::ptrdiff_t>(j * d),
            place_[k] + static_cast<std::ptrdiff_t>(j * d), dense);
    }
    each_meeting(sums, [&](std::size_t k, std::size_t l, std::size_t j, std::size_t m, const double* values) {
      if (place_[k] < 0 || place_[l] < 0) return;
      const std::size_t d = layout_.blocks()[k].columns, e = layout_.blocks()[l].columns;
      add(values, d, e, place_[k] + static_cast<std::ptrdiff_t>(j * d), place_[l] + static_cast<std::ptrdiff_t>(m * e),
          dense);
    });
    return dense.selfadjointView<Eigen::Upper>();
  }

  /// Rows of the placed blocks, columns of block `other`.
  [[nodiscard]] Eigen::MatrixXd with(const moments::Sums& sums, std::size_t other) const {
    Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(size_),
                                                  static_cast<Eigen::Index>(layout_.blocks()[other].size()));
    each_meeting(sums, [&](std::size_t k, std::size_t l, std::size_t j, std::size_t m, const double* values) {
      const std::size_t d = layout_.blocks()[k].columns, e = layout_.blocks()[l].columns;
      for (std::size_t a = 0; a < d; ++a)
        for (std::size_t b = 0; b < e; ++b) {
          if (l == other && place_[k] >= 0)
            dense(place_[k] + static_cast<Eigen::Index>(j * d + a), static_cast<Eigen::Index>(m * e + b)) =
                values[a * e + b];
          if (k == other && place_[l] >= 0)
            dense(place_[l] + static_cast<Eigen::Index>(m * e + b), static_cast<Eigen::Index>(j * d + a)) =
                values[a * e + b];
        }
    });
    return dense;
  }

 private:
  static void add(const double* values, std::size_t d, std::size_t e, std::ptrdiff_t row, std::ptrdiff_t column,
                  Eigen::MatrixXd& dense) {
    // The upper triangle: blocks are placed in their order.
    for (std::size_t a = 0; a < d; ++a)
      for (std::size_t b = 0; b < e; ++b)
        dense(row + static_cast<Eigen::Index>(a), column + static_cast<Eigen::Index>(b)) = values[a * e + b];
  }
  template <class Body>
  void each_meeting(const moments::Sums& sums, Body&& body) const {
    for (std::size_t p = 0; p < layout_.patterns().size(); ++p) {
      const moments::Pattern& pattern = layout_.patterns()[p];
      const std::size_t size = layout_.blocks()[pattern.first].columns * layout_.blocks()[pattern.second].columns;
      for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
          body(pattern.first, pattern.second, j, static_cast<std::size_t>(pattern.level[s]), &sums.pairs[p][s * size]);
    }
  }
  const moments::Layout& layout_;
  const std::vector<std::ptrdiff_t>& place_;
  std::size_t size_;
};

/// The layout with the rotated blocks emptied and a block of `size` levels added that meets all that is left.
moments::Layout with_eigenblock(const moments::Layout& layout, const std::vector<std::ptrdiff_t>& place,
                                std::size_t size) {
  std::vector<moments::Shape> shapes = layout.blocks();
  for (std::size_t k = 0; k < place.size(); ++k)
    if (place[k] >= 0) shapes[k].levels = 0;
  shapes.push_back({size, 1});
  std::vector<moments::Pattern> patterns;
  for (std::size_t k = 0; k + 1 < shapes.size(); ++k)
    for (std::size_t l = k + 1; l < shapes.size(); ++l) {
      moments::Pattern pattern{.first = k, .second = l, .start = {0}, .level = {}};
      if (l + 1 < shapes.size() && place[k] < 0 && place[l] < 0) {
        pattern = layout.patterns()[layout.pattern(k, l)];
      } else {
        for (std::size_t j = 0; j < shapes[k].levels; ++j) {
          if (l + 1 == shapes.size())
            for (std::size_t i = 0; i < size; ++i) pattern.level.push_back(static_cast<std::int32_t>(i));
          pattern.start.push_back(pattern.level.size());
        }
      }
      patterns.push_back(std::move(pattern));
    }
  return {layout.rows(), std::move(shapes), std::move(patterns)};
}

}  // namespace

std::optional<Eigenbasis> rotate_fixed_scales(const moments::Layout& layout, const moments::Sums& sums,
                                              const std::vector<std::vector<double>>& factors) {
  std::vector<std::ptrdiff_t> place(factors.size(), -1);
  std::vector<std::size_t> blocks;
  std::vector<double> scales;
  std::size_t others = 0;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    if (factors[k].empty()) {
      others += layout.blocks()[k].size();
      continue;
    }
    blocks.push_back(k);
    place[k] = static_cast<std::ptrdiff_t>(scales.size());
    for (std::size_t j = 0; j < layout.blocks()[k].levels; ++j)
      scales.insert(scales.end(), factors[k].begin(), factors[k].end());
  }
  const std::size_t size = scales.size();
  if (size < 2 || size > kMostEffects || others > kMostOthers) return std::nullopt;

  const DenseProducts products(layout, place, size);
  const auto c = Eigen::Map<const Eigen::VectorXd>(scales.data(), static_cast<Eigen::Index>(size)).asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(c * products.among(sums) * c);
  if (solver.info() != Eigen::Success) return std::nullopt;
  const Eigen::MatrixXd basis = c * solver.eigenvectors();

  Eigenbasis result{std::move(blocks), {}, size, with_eigenblock(layout, place, size), {}};
  for (Eigen::Index i = 0; i < basis.rows(); ++i)
    for (Eigen::Index j = 0; j < basis.cols(); ++j) result.basis.push_back(basis(i, j));
  result.sums = result.layout.zeros();
  result.sums.square = sums.square;
  Eigen::VectorXd rhs(static_cast<Eigen::Index>(size));
  const std::size_t last = factors.size();
  for (std::size_t k = 0; k < last; ++k) {
    const double* from = sums.rhs.data() + layout.offset(k);
    const std::size_t count = layout.blocks()[k].size();
    if (place[k] >= 0) {
      std::copy(from, from + count, rhs.data() + place[k]);
      continue;
    }
    std::copy(from, from + count, &result.sums.rhs[result.layout.offset(k)]);
    result.sums.diagonal[k] = sums.diagonal[k];
    const Eigen::MatrixXd met = products.with(sums, k).transpose() * basis;  // columns of k × eigenvectors
    const std::size_t d = layout.blocks()[k].columns;
    std::vector<double>& pairs = result.sums.pairs[result.layout.pattern(k, last)];
    for (std::size_t j = 0, at = 0; j < layout.blocks()[k].levels; ++j)
      for (std::size_t i = 0; i < size; ++i)
        for (std::size_t a = 0; a < d; ++a)
          pairs[at++] = met(static_cast<Eigen::Index>(j * d + a), static_cast<Eigen::Index>(i));
    for (std::size_t l = k + 1; l < last; ++l)
      if (place[l] < 0) result.sums.pairs[result.layout.pattern(k, l)] = sums.pairs[layout.pattern(k, l)];
  }
  for (std::size_t i = 0; i < size; ++i)
    result.sums.diagonal[last][i] = std::max(0.0, solver.eigenvalues()[static_cast<Eigen::Index>(i)]);
  const Eigen::VectorXd rotated = basis.transpose() * rhs;
  std::copy(rotated.data(), rotated.data() + size, &result.sums.rhs[result.layout.offset(last)]);
  return result;
}

}  // namespace woodbury::reduce
