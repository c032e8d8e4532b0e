// What a plan costs: microseconds a gradient from the symbolic structure, gradients an effective draw from its shape.
#pragma once

#include <cstddef>

#include "woodbury/kernels/kernels.hpp"

namespace woodbury::plan {

/// What a value with gradient does, counted from the structure of its elimination.
struct Work {
  double products = 0;  ///< flops of products over the blocks' patterns and of small blocks
  double updates = 0;   ///< flops of the levels' updates of the dense tail, a run of neighbours there at a time
  double calls = 0;     ///< of vector loops those are made of: runs, by columns and effects
  double dense = 0;     ///< flops of updates that are products of dense matrices
  double entries = 0;   ///< numbers of couplings that these matrices are made of
  double nodes = 0, contrasts = 0;
  double tail_blocks = 0;  ///< levels left to the tail, and meetings of two of them
  double tail = 0;         ///< its size
  double sampled = 0;
  double weighed = 0;              ///< numbers of strata's cross-products
  double rows = 0, row_pairs = 0;  ///< where rows are worked: rows, and pairs of their entries in the design
};

/// Rows that are worked at every gradient, none where cross-products do.
struct RowWork {
  std::size_t count = 0;
  bool reweighed = true;  ///< false: only AᵀWr differs from point to point, not AᵀWA
};

/// `contrasts`: of the reduction.
[[nodiscard]] Work work_of(const kernels::Structure& structure, std::size_t contrasts, const RowWork& rows,
                           std::size_t sampled_dims);

/// Built-in constants, so that the same model and data give the same plan on every machine. Those of Work are
/// nanoseconds, fitted by bench/planner to measurements on one core.
struct CostConstants {
  double overhead = 350;  ///< a gradient of nothing: transforms, priors
  double products = 0.162, updates = 0.26, calls = 3.7, nodes = 52, contrasts = 96, tail_blocks = 79;
  double dense = 0.0104, entries = 7.2, tail_cubed = 0.019, tail_squared = 1.29;
  double sampled = 12, rows = 22, row_pairs = 3.8, weighed = 2.3;
  double step = 600, step_sampled = 18;  ///< the sampler's own work beside a gradient, and for each dimension
  /// Gradients an effective draw of the parameter that has fewest, under a metric from the mode, where the data tell
  /// the scales well: with all effects integrated, and with so many sampled that this metric is given up.
  double whole = 5, some = 7.5;
  double near_zero = 1;            ///< how much more for each relative sd of the scale that the data tell least
  double path = 2.3, power = 0.6;  ///< under a diagonal metric: path dim^¼ times κ^power, or the scales' trajectories
  double mode_warmup = 1.15, diagonal_warmup = 1.3;  ///< with warm-up, for 1000 draws a chain
  std::size_t mode_dims = 25;      ///< dimensions up to which the sampler takes its metric from the mode
  double information_guess = 0.1;  ///< τ²/σ² assumed of a factor where the data are not asked
};

/// Predicted time of a value with gradient, and of what the sampler does beside.
[[nodiscard]] double gradient_microseconds(const Work& work, const CostConstants& constants = {});
[[nodiscard]] double step_microseconds(std::size_t sampled_dims, const CostConstants& constants = {});

/// How what is sampled hangs together.
struct Conditioning {
  std::size_t effects = 0;  ///< sampled beside scales and correlations
  double given_scales = 1;  ///< κ of these effects given the scales
  double scale_draws = 1;   ///< trajectories to an effective draw of the slowest scale beside these effects
  double uncertainty = 0;   ///< relative sd of the scale that the data tell least; large where it may be zero
};

/// Gradients an effective draw, with the warm-up's share. Under a metric from the mode correlations are undone, and κ
/// is no matter; under a diagonal one the slower of effects and scales counts.
[[nodiscard]] double gradients_per_draw(const Conditioning& conditioning, std::size_t sampled_dims,
                                        const CostConstants& constants = {});

/// κ guessed from the mean rows a level of the factor that has most.
[[nodiscard]] double condition_guess(double rows_per_level, const CostConstants& constants = {});

}  // namespace woodbury::plan
