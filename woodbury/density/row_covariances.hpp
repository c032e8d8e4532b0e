// Covariances of a row's linear predictor with the coefficients that it is made of.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::density {

/// Works in numbers of its own; one object serves one thread.
class RowCovariances {
 public:
  RowCovariances() = default;
  explicit RowCovariances(const moments::Design& design);

  /// Var(a w) of a row a of the design, with `covariance` of w on the pattern of the products; what is not there is
  /// zero, as of sampled coefficients. O(pairs of the row's entries).
  double at(std::size_t row, const moments::Design& design, const moments::CrossProducts& products,
            const moments::Sums& covariance);
  /// Cov(w_c, a w) of each of that row's columns c, block after block.
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }

 private:
  std::vector<std::size_t> first_;  ///< of a block's columns
  std::vector<double> values_;
};

}  // namespace woodbury::density
