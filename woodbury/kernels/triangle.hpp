// Solves by a small Cholesky factor, its size known to the compiler, column by column in registers. Internal to the
// kernels.
#pragma once

#include <algorithm>
#include <cstddef>

#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

/// L, D × D lower triangular, with the reciprocals of its diagonal. The same operations in the same order as
/// linalg::solve_lower and its kin.
template <int D, class Scalar>
class Triangle {
 public:
  /// Of the lower triangle of `l`, row-major; the second argument is D.
  Triangle(const Scalar* l, int /*dynamic*/) {
    for (int i = 0; i < D; ++i) {
      for (int k = 0; k < i; ++k) l_[i * D + k] = l[i * D + k];
      reciprocal_[i] = 1 / l[i * D + i];
    }
  }

  [[nodiscard]] const Scalar& reciprocal(int i) const { return reciprocal_[i]; }
  /// x ← L⁻¹ x.
  void solve(Scalar* x) const {
    for (int i = 0; i < D; ++i) {
      for (int k = 0; k < i; ++k) x[i] -= l_[i * D + k] * x[k];
      x[i] *= reciprocal_[i];
    }
  }
  /// x ← L⁻ᵀ x.
  void solve_transposed(Scalar* x) const {
    for (int i = D - 1; i >= 0; --i) {
      for (int k = i + 1; k < D; ++k) x[i] -= l_[k * D + i] * x[k];
      x[i] *= reciprocal_[i];
    }
  }
  /// out ← (L Lᵀ)⁻¹, whole.
  void invert(Scalar* __restrict out) const {
    for (int c = 0; c < D; ++c) {
      Scalar x[D] = {};
      x[c] = 1;
      solve(x);
      solve_transposed(x);
      for (int i = 0; i < D; ++i) out[i * D + c] = x[i];
    }
  }
  /// half ← L⁻¹K and solved ← L⁻ᵀL⁻¹K, where `solved` holds K; both D × columns, row-major.
  void solve_columns(std::size_t columns, Scalar* __restrict half, Scalar* __restrict solved) const {
    for (std::size_t c = 0; c < columns; ++c) {
      Scalar x[D];
      for (int i = 0; i < D; ++i) x[i] = solved[static_cast<std::size_t>(i) * columns + c];
      solve(x);
      for (int i = 0; i < D; ++i) half[static_cast<std::size_t>(i) * columns + c] = x[i];
      solve_transposed(x);
      for (int i = 0; i < D; ++i) solved[static_cast<std::size_t>(i) * columns + c] = x[i];
    }
  }

 private:
  Scalar l_[D * D] = {};
  Scalar reciprocal_[D];
};

/// The same where the size is not known, in memory.
template <class Scalar>
class Triangle<0, Scalar> {
 public:
  Triangle(const Scalar* l, int d) : l_(l), d_(d) {}
  [[nodiscard]] Scalar reciprocal(int i) const { return 1 / l_[i * d_ + i]; }
  void solve(Scalar* x) const { linalg::solve_lower<0>(l_, x, d_, 1); }
  void solve_transposed(Scalar* x) const { linalg::solve_lower_transposed<0>(l_, x, d_, 1); }
  void invert(Scalar* out) const { linalg::inverse_from_cholesky<0>(l_, out, d_); }
  void solve_columns(std::size_t columns, Scalar* half, Scalar* solved) const {
    const std::size_t size = static_cast<std::size_t>(d_) * columns;
    std::copy(solved, solved + size, half);
    linalg::solve_lower<0>(l_, half, d_, static_cast<int>(columns));
    std::copy(half, half + size, solved);
    linalg::solve_lower_transposed<0>(l_, solved, d_, static_cast<int>(columns));
  }

 private:
  const Scalar* l_;
  int d_;
};

}  // namespace woodbury::kernels
