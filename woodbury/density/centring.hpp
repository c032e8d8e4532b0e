// Columns that lie far from zero, centred inside where the model stays what it is.
//
// Years as 1995 and 1996 beside an intercept: AᵀWA of such columns cancels in the elimination, by (mean / sd)² of its
// digits. With x' = x − c, w₀ + w₁x = (w₀ + c w₁) + w₁x': the columns' coefficients are Hw with H = [1 c; 0 1], their
// covariance factor H C, which is a loading of constants. The effects themselves stay as they are. HC is next to
// singular where c is large; a kernel that inverts I + CᵀTC level by level gets it as the lower triangle HCQ, Q
// orthogonal: then all that is large stands in one row and column.
#pragma once

#include <span>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::density {

/// c ← c q, lower triangular, and the q that makes it so; d × d, row-major. By Givens rotations, d³ operations.
void make_lower(std::size_t d, std::span<double> c, std::span<double> q);

/// a ← a q, or a qᵀ; d × d, row-major; `row` is for work, d long.
void rotate(std::size_t d, std::span<double> a, std::span<const double> q, bool transposed, std::span<double> row);

}  // namespace woodbury::density
