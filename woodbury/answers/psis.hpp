// Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao, Gabry 2024), as the R package loo does it.
#pragma once

#include <span>

namespace woodbury::answers {

/// Shape and scale of a generalised Pareto distribution fitted to exceedances, ascending (Zhang and Stephens 2009),
/// with loo's weak prior on the shape.
struct Pareto {
  double shape = 0, scale = 0;
};
[[nodiscard]] Pareto fit_pareto(std::span<const double> exceedances);

/// Smooths the largest of the log weights in place, normalises all so that their exponentials sum to one, and returns
/// k-hat: over 0.7 the weights say little. `relative_efficiency` is that of the draws. Infinity where too few draws
/// differ for a tail to be fitted.
double smooth(std::span<double> log_weights, double relative_efficiency);

}  // namespace woodbury::answers
