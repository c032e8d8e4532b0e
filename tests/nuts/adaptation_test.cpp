// Step size, schedule and variances of warm-up.
#include "woodbury/nuts/adaptation.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/base/base.hpp"

namespace woodbury::nuts {
namespace {

using Ends = std::vector<std::size_t>;

TEST(Windows, DoubleAsStansDo) {
  const Windows windows(1000);
  EXPECT_EQ(windows.begin, 75U);
  EXPECT_EQ(windows.ends, (Ends{99, 149, 249, 449, 949}));
  EXPECT_FALSE(windows.collects(74));
  EXPECT_TRUE(windows.collects(75));
  EXPECT_TRUE(windows.collects(949));
  EXPECT_FALSE(windows.collects(950));
  EXPECT_TRUE(windows.closes(249));
  EXPECT_FALSE(windows.closes(250));
  EXPECT_EQ(Windows(500).ends, (Ends{99, 149, 249, 449}));
  EXPECT_EQ(Windows(150).ends, (Ends{99}));
}

TEST(Windows, ShrinkWithAShortWarmUp) {
  const Windows windows(100);  // 15 fast, 75 in one window, 10 fast
  EXPECT_EQ(windows.begin, 15U);
  EXPECT_EQ(windows.ends, (Ends{89}));
  EXPECT_TRUE(Windows(19).ends.empty());
  EXPECT_FALSE(Windows(19).collects(5));
  EXPECT_TRUE(Windows(0).ends.empty());
}

TEST(Windows, AreNeverTooShortToEstimateFrom) {
  for (std::size_t warmup = 20; warmup < 3000; ++warmup) {
    const Windows windows(warmup);
    std::size_t begin = windows.begin;
    for (const std::size_t end : windows.ends) {
      ASSERT_GE(end + 1, begin + 10) << warmup;
      begin = end + 1;
    }
    ASSERT_LT(windows.ends.back(), warmup);
  }
}

TEST(DualAveraging, FindsTheStepOfTheTargetAcceptance) {
  // Acceptance exp(−ε): 0.8 at ε = −log 0.8, seen through noise.
  DualAveraging averaging(0.8);
  base::Stream stream(3, 0, 0, base::Purpose::test);
  double step = 10;
  averaging.restart(step);
  EXPECT_EQ(averaging.average(), 10);
  for (int i = 0; i < 2000; ++i) step = averaging.learn(std::exp(-step) + 0.1 * (stream.uniform() - 0.5));
  EXPECT_NEAR(averaging.average(), -std::log(0.8), 0.02);
}

TEST(DualAveraging, FollowsTheEquations) {
  // Hoffman and Gelman (2014), equation 6, two steps by hand: μ = log 10, γ = 0.05, t₀ = 10, κ = 0.75.
  DualAveraging averaging(0.8);
  averaging.restart(1);
  const double h1 = 0.3 / 11, x1 = std::log(10.0) - h1 / 0.05;
  EXPECT_NEAR(averaging.learn(0.5), std::exp(x1), 1e-12);
  EXPECT_NEAR(averaging.average(), std::exp(x1), 1e-12);
  const double h2 = h1 * 11 / 12 - 0.2 / 12, x2 = std::log(10.0) - h2 * std::sqrt(2.0) / 0.05;
  EXPECT_NEAR(averaging.learn(1.7), std::exp(x2), 1e-12);  // an acceptance above 1 counts as 1
  const double eta = std::pow(2.0, -0.75);
  EXPECT_NEAR(averaging.average(), std::exp(eta * x2 + (1 - eta) * x1), 1e-12);
}

TEST(Variances, AreShrunkTowardsAThousandthOfTheGuess) {
  Variances variances(std::vector<double>{1, 1e-6});
  for (const double x : {1.0, 2.0, 6.0}) variances.add(std::vector<double>{x, 1e-3 * x});
  std::vector<double> out(2);
  variances.estimate(out);
  EXPECT_NEAR(out[0], 3.0 / 8 * 7 + 5.0 / 8 * 1e-3, 1e-14);
  EXPECT_NEAR(out[1] * 1e6, out[0], 1e-14);
}

TEST(Variances, StartAnewAfterAnEstimate) {
  Variances variances(std::vector<double>{1});
  std::vector<double> first(1), second(1);
  for (const double x : {1e6, 2e6}) variances.add(std::vector<double>{x});
  variances.estimate(first);
  for (const double x : {1.0, 3.0}) variances.add(std::vector<double>{x});
  variances.estimate(second);
  EXPECT_NEAR(second[0], 2.0 / 7 * 2 + 5.0 / 7 * 1e-3, 1e-14);
}

}  // namespace
}  // namespace woodbury::nuts
