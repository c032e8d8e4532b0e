// A symmetric positive definite matrix of any size: Cholesky factor, solves, inverse. Flops n³/3, n² a solve, 2n³/3.
//
// Column-major, and padded: with n over a tile's rows, the leading dimension is the next multiple of them, and what is
// behind row and column n must be the identity (0 off the diagonal, 1 on it), which factor and inverse then keep. All
// loops run over whole tiles. Vectors are as long as the leading dimension, 0 behind n. The lower triangle is the
// matrix, the upper one scratch, but for the inverse, which is whole.
//
// The loops are compiled for several instruction sets, of which the best that the processor has is taken. Each element
// is summed in the same order by all; those with fused multiply-add give the same bits.
#pragma once

#include <cstddef>
#include <span>

#include "woodbury/linalg/aligned.hpp"

namespace woodbury::linalg {

inline constexpr std::size_t kTile = 8;

/// The leading dimension of a matrix of order n.
constexpr std::size_t padded(std::size_t n) { return n <= kTile ? n : (n + kTile - 1) / kTile * kTile; }

struct TileLoops;  // of one instruction set: tile_loops.hpp

/// Factorises and inverts matrices of one order, and owns the working storage for it: no call allocates.
class Dense {
 public:
  explicit Dense(std::size_t n);
  /// With the loops of one instruction set, one of `instruction_sets()`.
  Dense(std::size_t n, const TileLoops& loops);

  [[nodiscard]] std::size_t order() const noexcept { return n_; }
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }

  /// a ← its lower Cholesky factor. False where a pivot is not positive or not finite: a is lost then.
  bool factor(double* a);
  /// log|L Lᵀ|.
  [[nodiscard]] double log_determinant(const double* l) const;
  /// x ← L⁻¹ x.
  void solve(const double* l, double* x) const;
  /// x ← L⁻ᵀ x.
  void solve_transposed(const double* l, double* x) const;
  /// inverse ← (L Lᵀ)⁻¹, both triangles.
  void invert(const double* l, double* inverse);

  /// Lower triangle of a ← a − Σ x_k x_kᵀ, of `count` vectors one behind the other. Orders over kTile.
  void subtract_squares(double* a, const double* x, std::size_t count) const;
  /// y_k ← a x_k with a whole symmetric matrix, of `count` vectors, a multiple of kTile. Orders over kTile.
  void multiply(const double* a, const double* x, double* y, std::size_t count) const;

 private:
  std::size_t n_, stride_;
  const TileLoops* loops_;
  AlignedVector left_, right_;  ///< packed panels
};

/// Those that this processor has, the best first.
std::span<const TileLoops* const> instruction_sets();

}  // namespace woodbury::linalg
