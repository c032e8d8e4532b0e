// The log density that a kernel is held to, from the rows by Eigen: no cross-products by blocks, no elimination of
// ours.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "woodbury/kernels/kernels.hpp"

namespace woodbury::bench {

/// A design with its response and weights (empty: ones), and what is integrated of it.
struct Problem {
  const moments::Design* design;
  const kernels::Roles* roles;
  std::vector<double> response, weights;
};

/// log p(y | φ) = ½ [log|W| − log|Q| − (N − #flat) log 2π − rᵀWr + bᵀQ⁻¹b] with Q = P + CᵀAᵀWAC put together row by
/// row, as a dense matrix up to some 2500 effects, else as a sparse one.
[[nodiscard]] double log_density(const Problem& problem, const kernels::Point& point);

}  // namespace woodbury::bench
