// Sums of products that keep what rounding drops: a number as the unevaluated sum of two doubles.
//
// Two-sum (Knuth) and two-product by splitting (Dekker 1971) are exact; a sum of n products is as accurate as if it
// were worked in twice the digits and then rounded (Ogita, Rump and Oishi 2005, Dot2): its error is about n² 2⁻¹⁰⁶
// Σ|terms|. The same bits on every processor, with fused multiply-add or without.
#pragma once

namespace woodbury::moments {

/// high + low, where |low| is about as small against the largest partial sum as rounding.
struct Compensated {
  double high = 0, low = 0;

  [[nodiscard]] double value() const { return high + low; }
  Compensated& operator+=(double x) {
    const double sum = high + x, shift = sum - high;
    low += (high - (sum - shift)) + (x - shift);
    high = sum;
    return *this;
  }
  Compensated& operator+=(const Compensated& x) {
    *this += x.high;
    low += x.low;
    return *this;
  }
};

/// A double with its upper and lower 26 bits, to be multiplied without error. Beyond 6e300 it overflows.
struct Split {
  double value = 0, upper = 0, lower = 0;
  Split() = default;
  explicit Split(double x) : value(x) {
    const double scaled = 134217729.0 * x;  // 2²⁷ + 1
    upper = scaled - (scaled - x);
    lower = x - upper;
  }
};

/// x · y + rest exactly, but for the rounding of `rest`.
[[nodiscard]] inline Compensated product(const Split& x, const Split& y, double rest = 0) {
  const double high = x.value * y.value;
  return {high, (((x.upper * y.upper - high) + x.upper * y.lower + x.lower * y.upper) + x.lower * y.lower) + rest};
}

[[nodiscard]] inline Compensated product(const Compensated& x, double y) {
  return product(Split(x.high), Split(y), x.low * y);
}

}  // namespace woodbury::moments
