// What a plan costs: microseconds a gradient from the symbolic structure, gradients an effective draw from its shape.
#pragma once

#include <vector>

#include "woodbury/kernels/kernels.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::plan {

/// Built-in constants, so that the same model and data give the same plan on every machine. Measured on one core.
struct CostConstants {
  double product_gflops = 2.5;     ///< products over the blocks' patterns, small blocks
  double update_gflops = 6;        ///< updates of the tail, its factorisation and inverse
  double overhead_us = 0.5;        ///< a gradient of nothing: transforms, priors, the sampler's own work
  double full_gradients = 7;       ///< gradients an effective draw with all effects integrated
  double information_guess = 0.1;  ///< τ²/σ² assumed of a factor before seeing the posterior
};

/// Predicted time of a value with gradient; `rows_cost` adds a pass over that many rows (no cross-products).
[[nodiscard]] double gradient_microseconds(const kernels::Structure& structure, std::size_t rows_cost,
                                           std::size_t sampled_dims, const CostConstants& constants = {});

/// Gradients an effective draw when factors with these mean rows a level are sampled, with so many dims in all:
/// (π/2) √κ dim^¼ up to a constant, κ = 1 + rows · τ²/σ² of the worst, and half of that lost to the weakest direction.
[[nodiscard]] double gradients_per_draw(const std::vector<double>& rows_per_level, std::size_t dims,
                                        const CostConstants& constants = {});

}  // namespace woodbury::plan
