// Products of vectors with sparse matrices of 2 × 2 blocks, compiled for several instruction sets: the same bits by
// all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace woodbury::linalg {

/// left ← left + scale · M right. Row j of blocks has those from start[j] to start[j + 1], of block columns `column`;
/// `values` holds four numbers a block, row-major.
void multiply_pairs(std::span<const std::size_t> start, std::span<const std::int32_t> column, const double* values,
                    const double* right, double scale, double* left);

/// right ← right + scale · Mᵀ left.
void multiply_pairs_transposed(std::span<const std::size_t> start, std::span<const std::int32_t> column,
                               const double* values, const double* left, double scale, double* right);

}  // namespace woodbury::linalg
