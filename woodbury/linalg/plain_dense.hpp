// The operations of linalg::Dense in any scalar: column-major, no padding, no haste.
#pragma once

#include <cmath>
#include <cstddef>

namespace woodbury::linalg {

template <class Scalar>
class PlainDense {
 public:
  explicit PlainDense(std::size_t n) : n_(n) {}
  [[nodiscard]] std::size_t stride() const noexcept { return n_; }

  /// a ← its lower Cholesky factor, of the lower triangle. False where a pivot is not positive or not finite.
  bool factor(Scalar* a) const {
    using std::isfinite;
    using std::sqrt;
    for (std::size_t j = 0; j < n_; ++j) {
      Scalar* column = a + j * n_;
      for (std::size_t k = 0; k < j; ++k) subtract(a + k * n_, a[k * n_ + j], j, column);
      if (!(column[j] > 0) || !isfinite(column[j])) return false;
      column[j] = sqrt(column[j]);
      for (std::size_t i = j + 1; i < n_; ++i) column[i] /= column[j];
    }
    return true;
  }
  /// log|L Lᵀ|.
  [[nodiscard]] Scalar log_determinant(const Scalar* l) const {
    using std::log;
    Scalar sum = 0;
    for (std::size_t j = 0; j < n_; ++j) sum += 2 * log(l[j * n_ + j]);
    return sum;
  }
  /// x ← L⁻¹ x.
  void solve(const Scalar* l, Scalar* x) const {
    for (std::size_t j = 0; j < n_; ++j) {
      x[j] /= l[j * n_ + j];
      for (std::size_t i = j + 1; i < n_; ++i) x[i] -= l[j * n_ + i] * x[j];
    }
  }
  /// x ← L⁻ᵀ x.
  void solve_transposed(const Scalar* l, Scalar* x) const {
    for (std::size_t j = n_; j-- > 0;) {
      for (std::size_t i = j + 1; i < n_; ++i) x[j] -= l[j * n_ + i] * x[i];
      x[j] /= l[j * n_ + j];
    }
  }
  /// inverse ← (L Lᵀ)⁻¹, both triangles.
  void invert(const Scalar* l, Scalar* inverse) const {
    for (std::size_t j = 0; j < n_; ++j) {
      Scalar* column = inverse + j * n_;
      for (std::size_t i = 0; i < n_; ++i) column[i] = i == j ? 1 : 0;
      solve(l, column);
      solve_transposed(l, column);
    }
  }

 private:
  void subtract(const Scalar* x, const Scalar& factor, std::size_t first, Scalar* out) const {
    for (std::size_t i = first; i < n_; ++i) out[i] -= x[i] * factor;
  }
  std::size_t n_;
};

}  // namespace woodbury::linalg
