// How many digits an elimination has lost: an estimate from its pivots, at the cost of a division each.
#pragma once

#include <cmath>
#include <limits>

namespace woodbury::kernels {

/// A pivot is what subtraction has left of q = 1 + (|C|ᵀT|C|)_kk, or of an upper bound of it, in which eps q was lost
/// to rounding. So log|Q| is off by Σ eps q/pivot, what a squared solution s² adds to the quadratic form by as much of
/// it, and through the right-hand sides by s eps √(q rᵀWr / pivot) more.
template <class Scalar>
struct Rounding {
  Scalar pivots = 0, squares = 0;  ///< Σ q/pivot, Σ s² q/pivot
  Scalar residual = 0;             ///< rᵀWr, before cancellation

  void add(const Scalar& before, const Scalar& pivot, const Scalar& square) {
    const Scalar ratio = before / pivot;
    pivots += ratio;
    squares += ratio * square;
  }
  /// Of the log density, absolute.
  [[nodiscard]] double error() const {
    using std::sqrt;
    constexpr double kUnits = 16;  // of the last place: sums of many products, the cross-products' own among them
    const Scalar size = pivots + squares + residual + 2 * sqrt(squares * residual);
    return static_cast<double>(0.5 * kUnits * std::numeric_limits<Scalar>::epsilon() * size);
  }
};

}  // namespace woodbury::kernels
