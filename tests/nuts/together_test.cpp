// The warm-up of large densities: one diagonal metric for all chains, from few draws and their gradients.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/chain.hpp"
#include "woodbury/nuts/fisher.hpp"
#include "woodbury/nuts/warm_up.hpp"

namespace woodbury::nuts {
namespace {

using testing::FromFunction;

constexpr const char* kNote = "110 warm-up draws; diagonal metric by draws and gradients of all chains";

/// sds from 10⁻³ to 10³.
std::vector<double> scales(std::size_t n) {
  std::vector<double> sds(n);
  for (std::size_t i = 0; i < n; ++i)
    sds[i] = std::pow(10, 6 * static_cast<double>(i) / static_cast<double>(n - 1) - 3);
  return sds;
}

Options options(std::size_t draws) {
  Options chosen;
  chosen.draws = draws;
  return chosen;
}

TEST(Together, FindsTheMomentsOfBadlyScaledGaussians) {
  for (const std::size_t n : {30, 1000}) {
    const std::vector<double> sds = scales(n);
    const std::size_t draws = n == 30 ? 1000 : 200;
    const Result result = sample(testing::independent(std::vector<double>(n, 0.5), sds), options(draws));
    EXPECT_EQ(result.warmup_note, kNote);
    EXPECT_EQ(result.warmup, kTogetherDraws);
    const auto all = static_cast<double>(4 * draws);
    double squares = 0, worst = 0;
    for (std::size_t j = 0; j < n; ++j) {
      double mean = 0;
      for (const auto& chain : result.draws.column(j))
        for (const double x : chain) {
          mean += (x - 0.5) / sds[j] / all;
          squares += (x - 0.5) * (x - 0.5) / (sds[j] * sds[j]) / all / static_cast<double>(n);
        }
      worst = std::max(worst, std::abs(mean));
      EXPECT_NEAR(result.draws.chains[0].inverse_metric[j] / (sds[j] * sds[j]), 1, 1e-6) << j;
    }
    EXPECT_LT(worst, 5 / std::sqrt(all));  // a draw of independent coordinates is worth one and more
    EXPECT_NEAR(squares, 1, 0.02);
    for (const draws::Chain& chain : result.draws.chains) EXPECT_LT(chain.warmup_gradients, 3000U) << n;
  }
}

TEST(Together, CorrelatedGaussiansTakeAFifthOfTheWindowsWarmUp) {
  const Eigen::Index n = 60;
  const Eigen::MatrixXd covariance = testing::awkward_covariance(n, 30, 2);
  Options windows = options(500);
  windows.warmup = 1000;
  const Result a = sample(testing::gaussian(covariance), options(500)),
               b = sample(testing::gaussian(covariance), windows);
  EXPECT_EQ(a.warmup_note, kNote);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_LT(5 * a.draws.chains[c].warmup_gradients, b.draws.chains[c].warmup_gradients);
    // And what it learnt is as good.
    EXPECT_LT(static_cast<double>(a.draws.chains[c].gradients), 1.3 * static_cast<double>(b.draws.chains[c].gradients));
  }
  for (std::size_t j = 0; j < static_cast<std::size_t>(n); ++j) {
    double square = 0;
    for (const auto& chain : a.draws.column(j))
      for (const double x : chain) square += x * x / 2000;
    const auto at = static_cast<Eigen::Index>(j);
    EXPECT_NEAR(square / covariance(at, at), 1, 0.25) << j;
  }
}

TEST(Together, DrawsTheSameForAnyNumberOfThreads) {
  const auto density = testing::gaussian(testing::awkward_covariance(40, 10, 3));
  Options one = options(20), many = one;
  one.threads = 1;
  many.threads = 4;
  const Result a = sample(density, one), b = sample(density, many);
  EXPECT_EQ(a.warmup_note, kNote);
  for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(a.draws.chains[c].values, b.draws.chains[c].values);
  EXPECT_EQ(a.draws.chains[0].inverse_metric, a.draws.chains[3].inverse_metric);
}

/// Two bumps at ±8 in the first coordinate; starts are on either side.
TEST(Together, WhereChainsDisagreeTheLongWarmUpFollows) {
  const FromFunction density(30, [](std::span<const double> q, std::span<double> g) {
    double value = std::abs(8 * q[0]) + std::log1p(std::exp(-2 * std::abs(8 * q[0])));
    g[0] = 8 * std::tanh(8 * q[0]) - q[0];
    for (std::size_t i = 0; i < q.size(); ++i) {
      value -= q[i] * q[i] / 2;
      if (i > 0) g[i] = -q[i];
    }
    return value;
  });
  const Result result = sample(density, options(50));
  EXPECT_TRUE(result.warmup_note.starts_with("long warm-up: after a short one, chains disagreed"))
      << result.warmup_note;
  EXPECT_EQ(result.warmup, 1000U);
}

TEST(Together, BeginsWithTheDensitysGuess) {
  const std::vector<double> sds(30, 1e4);
  auto plain = testing::independent(std::vector<double>(30), sds);
  const FromFunction told(
      30, [&](std::span<const double> q, std::span<double> g) { return plain.evaluate(q, g); },
      std::vector<double>(30, 1e8));
  const std::function<void(const Progress&)> nobody;
  auto copy = told.clone();
  Chain chain(*copy, options(1), 0, 0, nullptr, {nobody, nullptr});
  EXPECT_TRUE(chain.guessed());
  EXPECT_EQ(chain.inverse_metric()[7], 1e8);
}

TEST(Chain, ProbesCurvaturesExactlyWhereCoordinatesAreIndependent) {
  const std::vector<double> sds = scales(30);
  auto density = testing::independent(std::vector<double>(30, 2), sds);
  const std::function<void(const Progress&)> nobody;
  Chain chain(density, options(1), 0, 0, nullptr, {nobody, nullptr});
  std::vector<double> curvatures(30);
  chain.probe_curvature(1, curvatures);
  for (std::size_t j = 0; j < 30; ++j) EXPECT_NEAR(curvatures[j] * sds[j] * sds[j], 1, 1e-8) << j;
}

TEST(DiagonalFisher, IsExactWhereCoordinatesAreIndependent) {
  const std::vector<double> sds = scales(7);
  auto density = testing::independent(std::vector<double>(7, 1), sds);
  base::Stream stream(1, 0, 0, base::Purpose::test);
  DiagonalFisher fisher(7);
  std::vector<double> x(7), g(7), metric(7);
  // Draws that have travelled a hundredth of the way: only their ratio to the gradients matters.
  for (int i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 7; ++j) x[j] = 1 + 0.01 * sds[j] * stream.normal();
    static_cast<void>(density.evaluate(x, g));
    fisher.add(x, g);
  }
  for (std::size_t j = 0; j < 7; ++j) metric[j] = sds[j] * sds[j];
  fisher.estimate(metric);
  for (std::size_t j = 0; j < 7; ++j) EXPECT_NEAR(metric[j] / (sds[j] * sds[j]), 1, 1e-10);
}

TEST(DiagonalFisher, ChainsTogetherAreOneLongChain) {
  base::Stream stream(2, 0, 0, base::Purpose::test);
  DiagonalFisher all(3), first(3), second(3);
  std::vector<double> x(3), g(3), a(3, 1), b(3, 1);
  for (int i = 0; i < 30; ++i) {
    for (std::size_t j = 0; j < 3; ++j) x[j] = 5 + stream.normal() * (i < 10 ? 1 : 3), g[j] = stream.normal() - x[j];
    all.add(x, g);
    (i < 10 ? first : second).add(x, g);
  }
  DiagonalFisher none(3);
  none.add(first);
  none.add(second);
  none.add(DiagonalFisher(3));
  all.estimate(a);
  none.estimate(b);
  for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(a[j], b[j], 1e-12);
  EXPECT_GT(a[0], 0.5);
}

TEST(DiagonalFisher, KeepsTheMetricWhereItSawNothing) {
  DiagonalFisher fisher(2);
  std::vector<double> metric{4, 1e-9};
  fisher.estimate(metric);
  EXPECT_DOUBLE_EQ(metric[0], 4);
  EXPECT_DOUBLE_EQ(metric[1], 1e-9);
}

}  // namespace
}  // namespace woodbury::nuts
