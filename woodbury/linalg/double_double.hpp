// Numbers of 32 digits: unevaluated sums of two doubles, renormalised after every operation (Dekker 1971; Hida, Li and
// Bailey 2001). Some twenty times slower than doubles. Exponents are a double's: beyond 1e300 there are no numbers
// left.
#pragma once

#include <cmath>
#include <limits>

#include "woodbury/linalg/exact.hpp"

namespace woodbury::linalg {

struct DoubleDouble {
  double high = 0, low = 0;  ///< |low| ≤ half a unit of high's last place

  constexpr DoubleDouble() = default;
  constexpr DoubleDouble(double high_part, double low_part = 0) : high(high_part), low(low_part) {}  // NOLINT: implicit
  constexpr DoubleDouble(const Exact& exact) : high(exact.high), low(exact.low) {}                   // NOLINT: implicit
  explicit operator double() const { return high + low; }

  friend DoubleDouble operator-(const DoubleDouble& a) { return {-a.high, -a.low}; }
  friend DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
    const Exact upper = exact_sum(a.high, b.high), lower = exact_sum(a.low, b.low);
    const DoubleDouble sum = renormalised(upper.high, upper.low + lower.high);
    return renormalised(sum.high, sum.low + lower.low);
  }
  friend DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + -b; }
  friend DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
    const Exact product = exact_product(Split(a.high), Split(b.high));
    return renormalised(product.high, product.low + (a.high * b.low + a.low * b.high));
  }
  friend DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
    const double first = a.high / b.high;
    DoubleDouble rest = a - b * first;
    const double second = rest.high / b.high;
    rest = rest - b * second;
    return renormalised(first, second) + rest.high / b.high;
  }
  DoubleDouble& operator+=(const DoubleDouble& b) { return *this = *this + b; }
  DoubleDouble& operator-=(const DoubleDouble& b) { return *this = *this - b; }
  DoubleDouble& operator*=(const DoubleDouble& b) { return *this = *this * b; }
  DoubleDouble& operator/=(const DoubleDouble& b) { return *this = *this / b; }
  friend bool operator<(const DoubleDouble& a, const DoubleDouble& b) {
    return a.high < b.high || (a.high == b.high && a.low < b.low);
  }
  friend bool operator>(const DoubleDouble& a, const DoubleDouble& b) { return b < a; }

  friend bool isfinite(const DoubleDouble& a) { return std::isfinite(a.high); }
  /// A Newton step from the double's root.
  friend DoubleDouble sqrt(const DoubleDouble& a) {
    if (!(a.high > 0)) return std::sqrt(a.high);
    const double inverse = 1 / std::sqrt(a.high), root = a.high * inverse;
    const DoubleDouble square = exact_product(Split(root), Split(root));
    return exact_sum(root, (a - square).high * (0.5 * inverse));
  }
  /// To a double's digits: of a determinant they do.
  friend DoubleDouble log(const DoubleDouble& a) { return exact_sum(std::log(a.high), a.low / a.high); }

 private:
  /// Of numbers where |low| ≤ |high|.
  static DoubleDouble renormalised(double high, double low) {
    const double sum = high + low;
    return {sum, low - (sum - high)};
  }
};

}  // namespace woodbury::linalg

template <>
struct std::numeric_limits<woodbury::linalg::DoubleDouble> : std::numeric_limits<double> {
  static constexpr double epsilon() noexcept { return 0x1p-104; }
};
