// Cross-products summed in any number type, a row after another: slow, and for few designs only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::kernels {

/// AᵀWA, AᵀWr and rᵀWr, a row after another.
template <class Scalar>
class RowSums {
 public:
  using Sums = moments::BasicSums<Scalar>;

  RowSums(const moments::Design& design, const moments::Layout& layout)
      : design_(design), layout_(layout), values_(design.blocks().size()) {}

  /// Of weights (empty: ones) and responses a row; `square` is what else rᵀWr holds.
  Sums of(std::span<const double> weights, std::span<const double> response, double square) {
    Sums sums = layout_.zeros_of<Scalar>();
    sums.square = square;
    for (std::size_t n = 0; n < design_.rows(); ++n) {
      read(n);
      add(n, weights.empty() ? Scalar(1) : Scalar(weights[n]), Scalar(response[n]), sums);
    }
    return sums;
  }

 private:
  void read(std::size_t row) {
    for (std::size_t k = 0; k < values_.size(); ++k) {
      values_[k].clear();
      for (const moments::ColumnPtr& column : design_.blocks()[k].columns)
        values_[k].emplace_back(column ? (*column)[row] : 1);
    }
  }

  void add(std::size_t row, const Scalar& weight, const Scalar& response, Sums& sums) const {
    const auto& blocks = design_.blocks();
    sums.square += weight * response * response;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t level = blocks[k].level(row), d = values_[k].size();
      rank_one(&sums.diagonal[k][level * d * d], values_[k], values_[k], weight);
      for (std::size_t c = 0; c < d; ++c)
        sums.rhs[layout_.offset(k) + level * d + c] += weight * response * values_[k][c];
    }
    for (std::size_t p = 0; p < layout_.patterns().size(); ++p) {
      const moments::Pattern& pattern = layout_.patterns()[p];
      const std::size_t j = blocks[pattern.first].level(row), l = blocks[pattern.second].level(row);
      const auto begin = pattern.level.begin();
      const auto at =
          std::lower_bound(begin + static_cast<std::ptrdiff_t>(pattern.start[j]),
                           begin + static_cast<std::ptrdiff_t>(pattern.start[j + 1]), static_cast<std::int32_t>(l));
      const auto &a = values_[pattern.first], &b = values_[pattern.second];
      rank_one(&sums.pairs[p][static_cast<std::size_t>(at - begin) * a.size() * b.size()], a, b, weight);
    }
  }

  static void rank_one(Scalar* out, const std::vector<Scalar>& a, const std::vector<Scalar>& b, const Scalar& weight) {
    for (const Scalar& x : a)
      for (const Scalar& y : b) *out++ += weight * x * y;
  }

  const moments::Design& design_;
  const moments::Layout& layout_;
  std::vector<std::vector<Scalar>> values_;  ///< a block's columns at the row
};

}  // namespace woodbury::kernels
