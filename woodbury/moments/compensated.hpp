// Sums of products that keep what rounding drops: a number as the unevaluated sum of two doubles.
//
// A sum of n products is as accurate as if it were worked in twice the digits and then rounded (Ogita, Rump and Oishi
// 2005, Dot2): its error is about n² 2⁻¹⁰⁶ Σ|terms|.
#pragma once

#include "woodbury/linalg/linalg.hpp"

namespace woodbury::moments {

using linalg::Split;

/// high + low, where |low| is about as small against the largest partial sum as rounding.
struct Compensated {
  double high = 0, low = 0;

  [[nodiscard]] double value() const { return high + low; }
  Compensated& operator+=(double x) {
    const linalg::Exact sum = linalg::exact_sum(high, x);
    high = sum.high;
    low += sum.low;
    return *this;
  }
  Compensated& operator+=(const Compensated& x) {
    *this += x.high;
    low += x.low;
    return *this;
  }
};

/// x · y + rest exactly, but for the rounding of `rest`.
[[nodiscard]] inline Compensated product(const Split& x, const Split& y, double rest = 0) {
  const linalg::Exact exact = linalg::exact_product(x, y);
  return {exact.high, exact.low + rest};
}

[[nodiscard]] inline Compensated product(const Compensated& x, double y) {
  return product(Split(x.high), Split(y), x.low * y);
}

}  // namespace woodbury::moments
