// The sampler whole, warmed up in windows: moments of known densities, the same draws for any number of threads,
// interrupts, errors.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"

namespace woodbury::nuts {
namespace {

using testing::FromFunction;

Options options(std::size_t draws, std::uint64_t seed = 1) {
  Options chosen;
  chosen.warmup = 1000;
  chosen.draws = draws;
  chosen.seed = seed;
  return chosen;
}

std::vector<double> pooled(const draws::Draws& draws, std::size_t column) {
  std::vector<double> all;
  for (const auto& chain : draws.column(column)) all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double variance(const std::vector<double>& x) {
  double squares = 0;
  for (const double value : x) squares += (value - mean(x)) * (value - mean(x));
  return squares / static_cast<double>(x.size() - 1);
}

double share(const std::vector<double>& x, double from, double to) {
  return static_cast<double>(std::ranges::count_if(x, [&](double v) { return v > from && v < to; })) /
         static_cast<double>(x.size());
}

/// Means and variances within five standard errors, at an effective sample of `ess`.
void expect_moments(const draws::Draws& draws, const std::vector<double>& means, const std::vector<double>& sds,
                    double ess) {
  for (std::size_t j = 0; j < means.size(); ++j) {
    const auto x = pooled(draws, j);
    EXPECT_NEAR(mean(x), means[j], 5 * sds[j] / std::sqrt(ess)) << "coordinate " << j;
    EXPECT_NEAR(variance(x) / (sds[j] * sds[j]), 1, 5 * std::sqrt(2 / ess)) << "coordinate " << j;
  }
}

TEST(Sample, FindsTheMomentsOfBadlyScaledGaussians) {
  const std::vector<double> means{1e4, -3, 0, 2e-3}, sds{1e3, 1, 50, 1e-3};
  const Result result = sample(testing::independent(means, sds), options(2000));
  expect_moments(result.draws, means, sds, 4000);
  EXPECT_TRUE(result.divergences.empty());
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(result.draws.variables()[0].element_names()[3], "q[3]");
}

TEST(Sample, FindsTheMomentsOfACorrelatedGaussian) {
  Eigen::Matrix2d covariance;
  covariance << 1, 0.95 * 3, 0.95 * 3, 9;
  const Result result = sample(testing::gaussian(covariance), options(2500));
  expect_moments(result.draws, {0, 0}, {1, 3}, 2000);
  const auto x = pooled(result.draws, 0), y = pooled(result.draws, 1);
  double product = 0;
  for (std::size_t i = 0; i < x.size(); ++i) product += x[i] * y[i] / static_cast<double>(x.size());
  EXPECT_NEAR(product / 3, 0.95, 0.1);
}

TEST(Sample, FindsTheMomentsIn50And200Dimensions) {
  for (const std::size_t n : {std::size_t{50}, std::size_t{200}}) {
    std::vector<double> means(n), sds(n);
    for (std::size_t i = 0; i < n; ++i) {
      means[i] = static_cast<double>(i % 7);
      sds[i] = std::pow(10, static_cast<double>(i % 5) - 2);
    }
    Options chosen = options(500);
    chosen.chains = 2;
    chosen.warmup = 500;
    const Result result = sample(testing::independent(means, sds), chosen);
    expect_moments(result.draws, means, sds, 400);
    for (const auto& chain : result.draws.chains) {
      EXPECT_NEAR(mean(chain.stats.accept_stat), 0.8, 0.1);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(std::log(chain.inverse_metric[i] / sds[i] / sds[i]), 0, 1);
    }
  }
}

TEST(Sample, StaticHmcFindsThemToo) {
  Options chosen = options(2500);
  chosen.algorithm = Algorithm::hmc;
  const std::vector<double> means{5, -3, 0}, sds{10, 1, 0.1};
  const Result result = sample(testing::independent(means, sds), chosen);
  expect_moments(result.draws, means, sds, 2000);
}

TEST(Sample, FindsTheQuantilesOfStudentT) {
  const FromFunction student(2, [](std::span<const double> q, std::span<double> g) {
    double value = 0;
    for (std::size_t i = 0; i < 2; ++i) {  // five degrees of freedom
      g[i] = -6 * q[i] / (5 + q[i] * q[i]);
      value -= 3 * std::log1p(q[i] * q[i] / 5);
    }
    return value;
  });
  const Result result = sample(student, options(2500));
  for (std::size_t j = 0; j < 2; ++j) {
    const auto x = pooled(result.draws, j);
    EXPECT_NEAR(share(x, -0.726687, 0.726687), 0.5, 5 * 0.5 / std::sqrt(2000));
    EXPECT_NEAR(share(x, 2.570582, testing::kInfinity), 0.025, 5 * 0.156 / std::sqrt(2000));
  }
}

TEST(Sample, ReportsTheFunnelsDivergences) {
  const Result result = sample(testing::funnel(), options(1000));
  std::size_t divergent = 0;
  for (const auto& chain : result.draws.chains)
    divergent += static_cast<std::size_t>(std::ranges::count(chain.stats.divergent, 1));
  EXPECT_GT(divergent, 5U);
  ASSERT_FALSE(result.divergences.empty());
  for (const auto& divergence : result.divergences) {
    EXPECT_EQ(result.draws.chains[divergence.chain].stats.divergent[divergence.draw], 1);
    EXPECT_FALSE(divergence.cause.empty());
  }
}

TEST(Sample, RecordsWhatEachDrawCost) {
  const Result result = sample(testing::curved(), options(300));
  for (const auto& chain : result.draws.chains) {
    const auto& stats = chain.stats;
    EXPECT_EQ(chain.draws, 300U);
    EXPECT_EQ(chain.values.size(), 600U);
    EXPECT_EQ(chain.gradients, std::accumulate(stats.n_leapfrog.begin(), stats.n_leapfrog.end(), std::size_t{0}));
    EXPECT_GT(chain.warmup_gradients, 1000U);
    EXPECT_GT(chain.sampling_seconds, 0);
    for (std::size_t i = 0; i < 300; ++i) {
      EXPECT_GE(stats.energy[i], -stats.lp[i]);  // the kinetic energy is not negative
      EXPECT_GE(stats.n_leapfrog[i], (1 << stats.tree_depth[i]) - 1);
      EXPECT_EQ(stats.step_size[i], chain.step_size);
      std::vector<double> gradient(2);
      EXPECT_EQ(testing::curved().evaluate({&chain.values[2 * i], 2}, gradient), stats.lp[i]);
    }
  }
}

TEST(Sample, DrawsTheSameForAnyNumberOfThreads) {
  Options one = options(200, 42), many = one, other = one;
  one.threads = 1;
  many.threads = 4;
  other.seed = 43;
  const Result a = sample(testing::curved(), one), b = sample(testing::curved(), many),
               c = sample(testing::curved(), other);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(a.draws.chains[k].values, b.draws.chains[k].values);
    EXPECT_EQ(a.draws.chains[k].stats.energy, b.draws.chains[k].stats.energy);
    EXPECT_NE(a.draws.chains[k].values, c.draws.chains[k].values);
  }
  EXPECT_NE(a.draws.chains[0].values, a.draws.chains[1].values);
}

TEST(Sample, AnInterruptKeepsTheDraws) {
  std::atomic<bool> stop{false};
  std::atomic<int> calls{0};
  const FromFunction counting(1, [&](std::span<const double> q, std::span<double> g) {
    if (++calls == 10000) stop = true;
    g[0] = -q[0];
    return -q[0] * q[0] / 2;
  });
  Options chosen = options(1000000);
  chosen.chains = 2;
  chosen.threads = 1;  // so the second chain finds that it is to stop before it begins
  chosen.warmup = 100;
  const Result result = sample(counting, chosen, {}, &stop);
  EXPECT_TRUE(result.interrupted);
  const draws::Chain& first = result.draws.chains[0];
  EXPECT_GT(first.draws, 500U);
  EXPECT_LT(first.draws, 10000U);
  EXPECT_EQ(first.values.size(), first.draws);
  EXPECT_EQ(first.stats.lp.size(), first.draws);
  EXPECT_EQ(result.draws.chains[1].draws, 0U);
  EXPECT_EQ(result.draws.chains[1].inverse_metric.size(), 1U);
  const Result none = sample(counting, chosen, {}, &stop);  // stopped before it began
  EXPECT_TRUE(none.interrupted);
  EXPECT_EQ(none.draws.common_draws(), 0U);
}

TEST(Sample, TellsOfItsProgressButNotTooOften) {
  std::mutex guard;
  std::vector<Progress> seen;
  Options chosen = options(500);
  chosen.chains = 2;
  const auto began = std::chrono::steady_clock::now();
  static_cast<void>(sample(testing::curved(), chosen, [&](const Progress& progress) {
    const std::scoped_lock lock(guard);
    seen.push_back(progress);
  }));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  EXPECT_LE(static_cast<double>(seen.size()), 2 * (10 * seconds + 2));
  for (std::size_t chain = 0; chain < 2; ++chain) {
    const auto last = std::find_if(seen.rbegin(), seen.rend(), [&](const auto& p) { return p.chain == chain; });
    ASSERT_NE(last, seen.rend());
    EXPECT_EQ(last->iteration, 1500U);
    EXPECT_EQ(last->total, 1500U);
    EXPECT_FALSE(last->warming_up);
  }
}

TEST(Sample, StartsFromTheDensitysMetric) {
  Options chosen = options(100);
  chosen.warmup = 10;  // too short to estimate one
  const FromFunction guessed(2,
                             [](std::span<const double> q, std::span<double> g) {
                               g[0] = -q[0];
                               g[1] = -q[1];
                               return -(q[0] * q[0] + q[1] * q[1]) / 2;
                             },
                             {0.5, 2});
  EXPECT_EQ(sample(guessed, chosen).draws.chains[0].inverse_metric, (std::vector<double>{0.5, 2}));
}

TEST(Sample, StartsWhereItIsTold) {
  Options chosen = options(3);
  chosen.warmup = 0;
  chosen.init = {100};
  const Result result = sample(testing::independent({100}, {1e-3}), chosen);
  EXPECT_NEAR(result.draws.chains[0].values[0], 100, 0.01);
}

TEST(Sample, WithoutDimensionsThereIsNothingToDo) {
  const FromFunction constant(0, [](std::span<const double>, std::span<double>) { return 0.0; });
  const Result result = sample(constant, options(10));
  EXPECT_EQ(result.draws.width(), 0U);
  EXPECT_EQ(result.draws.common_draws(), 10U);
}

base::Error error_of(const LogDensity& density, const Options& chosen) {
  try {
    static_cast<void>(sample(density, chosen));
  } catch (const base::Error& error) {
    return error;
  }
  return base::Error("none");
}

TEST(Sample, FailsWithTheDensitysWordsWhereNoStartIsFound) {
  const FromFunction nowhere(1, [](std::span<const double>, std::span<double>) { return -testing::kInfinity; });
  const base::Error error = error_of(nowhere, options(10));
  EXPECT_EQ(error.kind(), base::ErrorKind::sampling);
  EXPECT_STREQ(error.what(),
               "no start with a finite log density and gradient in 100 tries within ±2: a matrix was not positive "
               "definite");
}

TEST(Sample, FailsOnADensityThatDoesNotFallOff) {
  const FromFunction flat(1, [](std::span<const double>, std::span<double> g) { return g[0] = 0; });
  const base::Error error = error_of(flat, options(10));
  EXPECT_EQ(error.kind(), base::ErrorKind::sampling);
  EXPECT_NE(std::string(error.what()).find("does not fall off"), std::string::npos);
}

TEST(Sample, RefusesOptionsThatMakeNoSense) {
  Options chosen = options(10);
  chosen.target_accept = 1;
  EXPECT_STREQ(error_of(testing::curved(), chosen).what(), "the target acceptance 1 is not between 0 and 1");
  chosen = options(10);
  chosen.init = {1, 2, 3};
  EXPECT_STREQ(error_of(testing::curved(), chosen).what(), "3 initial values were given for 2 dimensions");
  chosen = options(10);
  chosen.chains = 0;
  EXPECT_STREQ(error_of(testing::curved(), chosen).what(), "0 chains were asked for");
}

}  // namespace
}  // namespace woodbury::nuts
