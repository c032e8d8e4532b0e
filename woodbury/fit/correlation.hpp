// Correlation matrices as users give them, and the Cholesky factors that densities know.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace woodbury::fit::correlation {

/// R = L Lᵀ, d × d; L is column-major.
[[nodiscard]] std::vector<double> from_factor(std::span<const double> factor, std::size_t d);

/// L of R. Throws base::Error where R, which belongs to variable `name`, is no correlation matrix.
[[nodiscard]] std::vector<double> factor_of(const std::string& name, std::span<const double> r, std::size_t d);

/// From derivatives by L's lower triangle to those by R's correlations: each stands at (i, j) and at (j, i), and is by
/// both entries moving together; the diagonal is 0. With S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, Φ the lower triangle with its diagonal
/// halved, it is S + Sᵀ (Murray, Differentiation of the Cholesky decomposition, 2016, equation 9).
[[nodiscard]] std::vector<double> derivatives(std::span<const double> factor, std::span<const double> by_factor,
                                              std::size_t d);

}  // namespace woodbury::fit::correlation
