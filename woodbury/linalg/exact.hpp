// Sums and products of two doubles without error, as a double and what its rounding dropped: two-sum (Knuth) and
// two-product by splitting (Dekker 1971). The same bits on every processor, with fused multiply-add or without.
#pragma once

namespace woodbury::linalg {

/// The unevaluated sum high + low, where high is the rounded result.
struct Exact {
  double high = 0, low = 0;
};

[[nodiscard]] inline Exact exact_sum(double a, double b) {
  const double sum = a + b, shift = sum - a;
  return {sum, (a - (sum - shift)) + (b - shift)};
}

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

[[nodiscard]] inline Exact exact_product(const Split& x, const Split& y) {
  const double high = x.value * y.value;
  return {high, ((x.upper * y.upper - high) + x.upper * y.lower + x.lower * y.upper) + x.lower * y.lower};
}

}  // namespace woodbury::linalg
