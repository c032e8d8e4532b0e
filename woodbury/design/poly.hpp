// Orthogonal polynomials of a column, as R's poly() makes them, by their three-term recurrence.
#pragma once

#include <cstddef>
#include <vector>

namespace woodbury::design {

/// p₀ = 1, p₁ = x − α₁, pᵢ₊₁ = (x − αᵢ₊₁) pᵢ − (nᵢ / nᵢ₋₁) pᵢ₋₁ with nᵢ = Σ pᵢ²; columns are pᵢ / √nᵢ (Kennedy and
/// Gentle 1980).
struct OrthogonalPolynomial {
  std::vector<double> alpha;  ///< α₁ … α_k
  std::vector<double> norm2;  ///< n₀ … n_k

  /// `x` has more distinct values than `degree`.
  static OrthogonalPolynomial learn(const std::vector<double>& x, std::size_t degree);
  /// Columns 1 … k at the values of x, old or new.
  [[nodiscard]] std::vector<std::vector<double>> columns(const std::vector<double>& x) const;
};

}  // namespace woodbury::design
