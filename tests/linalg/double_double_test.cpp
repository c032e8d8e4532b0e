// Numbers of 32 digits against the compiler's own quadruple precision, which has 34.
#include <cmath>

#include <gtest/gtest.h>

#include "woodbury/base/base.hpp"
#include "woodbury/linalg/double_double.hpp"

namespace woodbury::linalg {
namespace {

__extension__ typedef __float128 Quad;

Quad wide(const DoubleDouble& x) { return Quad(x.high) + Quad(x.low); }

double relative(const DoubleDouble& ours, Quad reference) {
  const Quad error = wide(ours) - reference;
  return std::abs(static_cast<double>(error / reference));
}

/// Of any size and sign, with digits in both parts.
DoubleDouble random_number(base::Stream& stream) {
  const double scale = std::exp2(std::floor(40 * stream.normal()));
  return DoubleDouble(stream.normal() * scale) + DoubleDouble(stream.normal() * scale * 0x1p-54);
}

TEST(DoubleDouble, OperationsKeepThirtyOneDigits) {
  base::Stream stream(7, 0, 0, base::Purpose::test);
  for (int i = 0; i < 20'000; ++i) {
    const DoubleDouble a = random_number(stream), b = random_number(stream);
    EXPECT_LT(relative(a * b, wide(a) * wide(b)), 0x1p-100);
    EXPECT_LT(relative(a / b, wide(a) / wide(b)), 0x1p-100);
    EXPECT_LT(relative(a + b, wide(a) + wide(b)), 0x1p-100) << a.high << " + " << b.high;
    const DoubleDouble square = a * a;
    EXPECT_LT(relative(sqrt(square) * sqrt(square), wide(square)), 0x1p-100);
  }
}

TEST(DoubleDouble, DifferencesOfNearlyEqualNumbersAreRight) {
  const DoubleDouble third = DoubleDouble(1) / 3, tiny = 0x1p-90;
  EXPECT_EQ(static_cast<double>((third + tiny) - third), 0x1p-90);
  EXPECT_LT(std::abs(static_cast<double>(third * 3 - 1)), 0x1p-104);
}

TEST(DoubleDouble, LogarithmsAreADoubles) {
  EXPECT_EQ(static_cast<double>(log(DoubleDouble(3))), std::log(3.0));
  EXPECT_NEAR(static_cast<double>(log(DoubleDouble(1, 0x1p-60))), 0x1p-60, 0x1p-110);
}

TEST(DoubleDouble, WhatIsNoNumberStaysNone) {
  EXPECT_FALSE(isfinite(sqrt(DoubleDouble(-1))));
  EXPECT_FALSE(isfinite(DoubleDouble(1) / 0));
  EXPECT_EQ(static_cast<double>(sqrt(DoubleDouble(0))), 0);
  EXPECT_TRUE(DoubleDouble(1) < DoubleDouble(1, 0x1p-60));
}

}  // namespace
}  // namespace woodbury::linalg
