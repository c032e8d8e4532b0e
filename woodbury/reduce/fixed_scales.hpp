// The rule of fixed scales: effects whose covariances do not depend on what is sampled are turned into eigenvectors of
// their cross-products, once.
#pragma once

#include <optional>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::reduce {

/// Blocks with constant diagonal covariance factors C, rotated together: (CᵀTC) E = E Λ. In their place stands one
/// block of one column and as many levels, T = Λ, w = C E z with z ~ N(0, I); it meets all that the blocks met. With
/// nothing else to meet, a log density and its gradient are sums over eigenvalues.
struct Eigenbasis {
  std::vector<std::size_t> blocks;  ///< those rotated, empty in `layout`
  std::vector<double> basis;        ///< C E, row-major; rows by block, level and column
  std::size_t size = 0;
  moments::Layout layout;  ///< with the new block last
  moments::Sums sums;
};

/// `factors`: of each block the diagonal of C where it is constant, else empty. None where too much would
/// have to be rotated, or met.
[[nodiscard]] std::optional<Eigenbasis> rotate_fixed_scales(const moments::Layout& layout, const moments::Sums& sums,
                                                            const std::vector<std::vector<double>>& factors);

}  // namespace woodbury::reduce
