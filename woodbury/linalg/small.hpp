// Small dense matrices in plain row-major storage, with the size known to the compiler where it is 1 to 4 (D; 0: any),
// of any scalar.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

namespace woodbury::linalg {

/// The size in force: the template's where given, else the argument.
template <int D>
constexpr int size(int d) {
  return D > 0 ? D : d;
}

/// a ← lower Cholesky factor of a (its lower triangle is read, the upper left alone). False unless positive definite.
template <int D, class Scalar>
bool cholesky(Scalar* a, int dynamic) {
  using std::isfinite;
  using std::sqrt;
  const int d = size<D>(dynamic);
  for (int j = 0; j < d; ++j) {
    Scalar pivot = a[j * d + j];
    for (int k = 0; k < j; ++k) pivot -= a[j * d + k] * a[j * d + k];
    if (!(pivot > 0) || !isfinite(pivot)) return false;
    pivot = sqrt(pivot);
    a[j * d + j] = pivot;
    for (int i = j + 1; i < d; ++i) {
      Scalar sum = a[i * d + j];
      for (int k = 0; k < j; ++k) sum -= a[i * d + k] * a[j * d + k];
      a[i * d + j] = sum / pivot;
    }
  }
  return true;
}

/// x ← L⁻¹ x, for `columns` right-hand sides: x is d × columns, row-major.
template <int D, class Scalar>
void solve_lower(const Scalar* l, Scalar* x, int dynamic, int columns) {
  const int d = size<D>(dynamic);
  for (int i = 0; i < d; ++i) {
    for (int k = 0; k < i; ++k)
      for (int c = 0; c < columns; ++c) x[i * columns + c] -= l[i * d + k] * x[k * columns + c];
    const Scalar inverse = 1 / l[i * d + i];
    for (int c = 0; c < columns; ++c) x[i * columns + c] *= inverse;
  }
}

/// x ← L⁻ᵀ x, for `columns` right-hand sides.
template <int D, class Scalar>
void solve_lower_transposed(const Scalar* l, Scalar* x, int dynamic, int columns) {
  const int d = size<D>(dynamic);
  for (int i = d - 1; i >= 0; --i) {
    for (int k = i + 1; k < d; ++k)
      for (int c = 0; c < columns; ++c) x[i * columns + c] -= l[k * d + i] * x[k * columns + c];
    const Scalar inverse = 1 / l[i * d + i];
    for (int c = 0; c < columns; ++c) x[i * columns + c] *= inverse;
  }
}

/// inverse ← (L Lᵀ)⁻¹, whole.
template <int D, class Scalar>
void inverse_from_cholesky(const Scalar* l, Scalar* inverse, int dynamic) {
  const int d = size<D>(dynamic);
  for (int i = 0; i < d * d; ++i) inverse[i] = 0;
  for (int i = 0; i < d; ++i) inverse[i * d + i] = 1;
  solve_lower<D>(l, inverse, d, d);
  solve_lower_transposed<D>(l, inverse, d, d);
}

/// c ← c + scale · a b, with a n × k, b k × m, all row-major.
template <class A, class B, class C>
void add_product(const A* a, const B* b, C* c, int n, int k, int m, double scale = 1) {
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < k; ++l) {
      const C left = scale * a[i * k + l];
      for (int j = 0; j < m; ++j) c[i * m + j] += left * b[l * m + j];
    }
}

/// c ← c + scale · aᵀ b, with a k × n, b k × m.
template <class A, class B, class C>
void add_transposed_product(const A* a, const B* b, C* c, int n, int k, int m, double scale = 1) {
  for (int l = 0; l < k; ++l)
    for (int i = 0; i < n; ++i) {
      const C left = scale * a[l * n + i];
      for (int j = 0; j < m; ++j) c[i * m + j] += left * b[l * m + j];
    }
}

/// c ← c + scale · a bᵀ, with a n × k, b m × k.
template <class A, class B, class C>
void add_product_transposed(const A* a, const B* b, C* c, int n, int k, int m, double scale = 1) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) {
      C sum = 0;
      for (int l = 0; l < k; ++l) sum += a[i * k + l] * b[j * k + l];
      c[i * m + j] += scale * sum;
    }
}

}  // namespace woodbury::linalg
