// Sums of scaled vectors, compiled for several instruction sets and chosen at run time.
//
// Element by element and without contraction, so that every instruction set gives the same bits.
#pragma once

#include <cstddef>

namespace woodbury::linalg {

namespace detail {
void add_scaled_long(double* out, const double* x, double a, std::size_t n);
void add_scaled_long(double* out, const double* x, double a, const double* y, double b, std::size_t n);
/// Below, a call costs more than it saves.
inline constexpr std::size_t kLong = 12;
}  // namespace detail

/// out ← out + a x, of n elements.
inline void add_scaled(double* out, const double* x, double a, std::size_t n) {
  if (n >= detail::kLong) return detail::add_scaled_long(out, x, a, n);
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i];
}

/// out ← out + a x + b y.
inline void add_scaled(double* out, const double* x, double a, const double* y, double b, std::size_t n) {
  if (n >= detail::kLong) return detail::add_scaled_long(out, x, a, y, b, n);
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i] + b * y[i];
}

/// The same in any scalar.
template <class Scalar>
void add_scaled(Scalar* out, const Scalar* x, const Scalar& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i];
}

}  // namespace woodbury::linalg
