// Warm-up chosen by the sampler: around the mode where it may, the long one where it must, the same posterior by both.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/agreement.hpp"

namespace woodbury::nuts {
namespace {

using testing::FromFunction;

Options options(std::size_t draws, std::uint64_t seed = 1) {
  Options chosen;
  chosen.draws = draws;
  chosen.seed = seed;
  return chosen;
}

struct Moments {
  double mean = 0, sd = 0, mean_error = 0, sd_error = 0;  ///< errors by the scatter of many batches
};

/// Of column j, from 20 batches a chain.
Moments moments(const draws::Draws& draws, std::size_t j) {
  std::vector<double> all;
  for (const auto& chain : draws.column(j)) all.insert(all.end(), chain.begin(), chain.end());
  const auto count = static_cast<double>(all.size());
  Moments m;
  for (const double x : all) m.mean += x / count;
  for (const double x : all) m.sd += (x - m.mean) * (x - m.mean) / count;
  m.sd = std::sqrt(m.sd);
  const std::size_t batches = 20 * draws.chains.size(), length = all.size() / batches;
  double means = 0, squares = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    double mean = 0, square = 0;
    for (std::size_t i = b * length; i < (b + 1) * length; ++i) {
      mean += (all[i] - m.mean) / static_cast<double>(length);
      square += (all[i] - m.mean) * (all[i] - m.mean) / static_cast<double>(length);
    }
    means += mean * mean;
    squares += (square - m.sd * m.sd) * (square - m.sd * m.sd);
  }
  const auto b = static_cast<double>(batches);
  m.mean_error = std::sqrt(means / (b - 1) / b);
  m.sd_error = std::sqrt(squares / (b - 1) / b) / (2 * m.sd);
  return m;
}

std::string note_of(const LogDensity& density, std::uint64_t seed = 1) {
  return sample(density, options(500, seed)).warmup_note;
}

TEST(AutoWarmUp, GaussiansInUpTo25DimensionsGoAroundTheMode) {
  for (const Eigen::Index n : {2, 10, 25}) {
    const Eigen::MatrixXd covariance = testing::awkward_covariance(n, 1000, 5);
    const Result result = sample(testing::gaussian(covariance), options(1000));
    EXPECT_EQ(result.warmup, 100U);
    EXPECT_TRUE(result.warmup_note.starts_with("mode found in ")) << result.warmup_note;
    EXPECT_TRUE(result.warmup_note.ends_with(" gradients; dense metric; 100 warm-up draws")) << result.warmup_note;
    EXPECT_TRUE(result.divergences.empty());
    for (Eigen::Index j = 0; j < n; ++j) {
      const double sd = std::sqrt(covariance(j, j));
      const Moments m = moments(result.draws, static_cast<std::size_t>(j));
      EXPECT_NEAR(m.mean / sd, 0, 5 / std::sqrt(2000)) << n << " dimensions, coordinate " << j;
      EXPECT_NEAR(m.sd / sd, 1, 5 / std::sqrt(2 * 1500.0)) << n << " dimensions, coordinate " << j;
    }
    const draws::Chain& chain = result.draws.chains[1];
    ASSERT_TRUE(chain.dense_metric);
    ASSERT_EQ(chain.inverse_metric.size(), static_cast<std::size_t>(n * n));
    EXPECT_NEAR(chain.inverse_metric[1] / covariance(0, 1), 1, 1e-3);
    EXPECT_LT(static_cast<double>(chain.gradients), 10 * 1000.0);
    EXPECT_LT(chain.warmup_gradients, 2500U);
  }
}

TEST(AutoWarmUp, RecordsPositionsOfTheDensityItself) {
  const Result result = sample(testing::curved(), options(200));
  ASSERT_TRUE(result.warmup_note.ends_with("refined by draws and gradients; 100 warm-up draws")) << result.warmup_note;
  // One metric for all chains.
  EXPECT_EQ(result.draws.chains[0].inverse_metric, result.draws.chains[3].inverse_metric);
  for (const auto& chain : result.draws.chains)
    for (std::size_t i = 0; i < 200; ++i) {
      std::vector<double> gradient(2);
      EXPECT_EQ(testing::curved().evaluate({&chain.values[2 * i], 2}, gradient), chain.stats.lp[i]);
    }
}

TEST(AutoWarmUp, WhatIsAskedForIsNotDiscussed) {
  Options chosen = options(10);
  chosen.warmup = 30;
  const Result result = sample(testing::curved(), chosen);
  EXPECT_EQ(result.warmup, 30U);
  EXPECT_EQ(result.warmup_note, "");
}

TEST(AutoWarmUp, DrawsTheSameForAnyNumberOfThreads) {
  Options one = options(200, 42), many = one;
  one.threads = 1;
  many.threads = 4;
  for (const auto& density : {testing::curved(), testing::funnel()}) {
    const Result a = sample(density, one), b = sample(density, many);
    EXPECT_EQ(a.warmup_note, b.warmup_note);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(a.draws.chains[k].values, b.draws.chains[k].values);
    EXPECT_NE(a.draws.chains[0].values, a.draws.chains[1].values);
  }
}

TEST(AutoWarmUp, FallsBackWhereTheModeIsNoGuide) {
  EXPECT_EQ(note_of(testing::funnel()), "long warm-up: the density is far from normal around its mode");
  EXPECT_EQ(note_of(testing::bimodal(6)), "long warm-up: the density has more than one mode");
}

/// Normal around 0, where starts and probes are, but for a slit beyond a cliff, in which chains diverge.
FromFunction trap() {
  return {2, [](std::span<const double> q, std::span<double> g) {
            const double wall = q[0] > 1.7 ? 1e5 : 1;
            g[0] = -q[0];
            g[1] = -wall * q[1];
            return -q[0] * q[0] / 2 - wall * q[1] * q[1] / 2;
          }};
}

TEST(AutoWarmUp, FallsBackWhereTheChainsFail) {
  const Result result = sample(trap(), options(500));
  EXPECT_EQ(result.warmup, 1000U);
  EXPECT_TRUE(result.warmup_note.starts_with("long warm-up: after a short one, ")) << result.warmup_note;
  // What the short try cost is part of the warm-up's.
  Options windows = options(500);
  windows.warmup = 1000;
  const Result asked = sample(trap(), windows);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(result.draws.chains[c].values, asked.draws.chains[c].values);
    EXPECT_GT(result.draws.chains[c].warmup_gradients, asked.draws.chains[c].warmup_gradients);
  }
}

TEST(AutoWarmUp, StartsWhereItIsTold) {
  Options chosen = options(2);
  chosen.init = {100.0};
  std::vector<double> first;
  const Result result = sample(testing::independent({100}, {1e-3}), chosen);
  EXPECT_NEAR(result.draws.chains[0].values[0], 100, 0.01);
  chosen.init = {testing::kInfinity};
  EXPECT_THROW(static_cast<void>(sample(testing::independent({0}, {1}), chosen)), base::Error);
}

/// A normal density of the magnitudes of two of its coordinates: mirror images by all signs of these.
class Mirrored final : public LogDensity {
 public:
  [[nodiscard]] std::size_t dimension() const override { return 3; }
  double evaluate(std::span<const double> q, std::span<double> g) override {
    double value = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double x = i < 2 ? std::abs(q[i]) - kCentres[i] : q[i];
      value -= x * x / 2;
      g[i] = i < 2 && q[i] < 0 ? x : -x;
    }
    return value;
  }
  [[nodiscard]] std::unique_ptr<LogDensity> clone() const override { return std::make_unique<Mirrored>(*this); }
  bool mirror(std::span<const double> q, std::span<double> signs) const override {
    if (!(q[0] < 0) && !(q[1] < 0)) return false;
    for (std::size_t i = 0; i < 3; ++i) signs[i] = i < 2 && q[i] < 0 ? -1 : 1;
    return true;
  }
  static constexpr double kCentres[2] = {1.5, 5};
};

TEST(AutoWarmUp, MirrorImagesAreOneMode) {
  const Result result = sample(Mirrored(), options(10000));
  EXPECT_EQ(result.warmup, 100U) << result.warmup_note;
  for (std::size_t j = 0; j < 2; ++j) {
    // |q| of a normal density around c, truncated at zero: mean c + φ(c)/Φ(c).
    const double c = Mirrored::kCentres[j],
                 ratio = std::exp(-c * c / 2) / std::sqrt(2 * M_PI) / (std::erfc(-c / std::sqrt(2.0)) / 2);
    const Moments m = moments(result.draws, j);
    EXPECT_NEAR(m.mean, c + ratio, 4.5 * m.mean_error) << j;
    EXPECT_NEAR(m.sd, std::sqrt(1 - ratio * (c + ratio)), 4.5 * m.sd_error) << j;
    for (const auto& chain : result.draws.column(j)) EXPECT_GE(*std::ranges::min_element(chain), 0);
  }
}

TEST(AutoWarmUp, ChainsInDifferentImagesAgree) {
  Options windows = options(2000);
  windows.warmup = 500;
  const Result result = sample(Mirrored(), windows);  // starts within ±2: chains stay on their side of q₁ = 0
  for (const auto& chain : result.draws.column(1)) {
    double mean = 0;
    for (const double x : chain) mean += x / static_cast<double>(chain.size());
    EXPECT_NEAR(mean, 5, 0.3);
  }
}

/// log σ² of a normal variance seen through few draws, and a mean scaled by it: skew, with a long left tail.
FromFunction skewed() {
  return {3, [](std::span<const double> q, std::span<double> g) {
            // y = log of a Gamma(2) variate, x its own normal location, w logistic.
            const double gamma = std::exp(q[0]), logistic = std::tanh(q[2] / 2);
            g[0] = 2 - gamma - (q[1] - q[0]);
            g[0] += 2 * (q[1] - q[0]);
            g[1] = -(q[1] - q[0]);
            g[2] = -logistic;
            return 2 * q[0] - gamma - (q[1] - q[0]) * (q[1] - q[0]) / 2 - q[2] - 2 * std::log1p(std::exp(-q[2]));
          }};
}

TEST(AutoWarmUp, FindsTheMomentsOfASkewedDensity) {
  // y ~ log Gamma(2): mean ψ(2), variance ψ′(2); x | y ~ N(y, 1); w logistic: variance π² / 3.
  const double psi = 0.42278433509846714, trigamma = 0.6449340668482264;
  const Result result = sample(skewed(), options(10000));
  ASSERT_EQ(result.warmup, 100U) << result.warmup_note;
  const double means[3] = {psi, psi, 0};
  const double sds[3] = {std::sqrt(trigamma), std::sqrt(trigamma + 1), M_PI / std::sqrt(3.0)};
  for (std::size_t j = 0; j < 3; ++j) {
    const Moments m = moments(result.draws, j);
    EXPECT_NEAR(m.mean, means[j], 4.5 * m.mean_error) << j;
    EXPECT_NEAR(m.sd, sds[j], 4.5 * m.sd_error) << j;
    EXPECT_LT(m.mean_error, 0.02 * sds[j]) << j;
  }
}

TEST(AutoWarmUp, AgreesWithTheWindowedSamplerOnCurvedDensities) {
  Options windows = options(10000, 3);
  windows.warmup = 1000;
  for (const auto& density : {testing::curved(), testing::rosenbrock()}) {
    const Result a = sample(density, options(10000)), b = sample(density, windows);
    for (std::size_t j = 0; j < 2; ++j) {
      const Moments x = moments(a.draws, j), y = moments(b.draws, j);
      EXPECT_NEAR(x.mean, y.mean, 4.5 * std::hypot(x.mean_error, y.mean_error)) << j << ", " << a.warmup_note;
      EXPECT_NEAR(x.sd, y.sd, 4.5 * std::hypot(x.sd_error, y.sd_error)) << j << ", " << a.warmup_note;
    }
  }
}

TEST(AutoWarmUp, IsCalibrated) {
  // Simulation-based calibration: τ ~ Exp(1) on the log scale, μ ~ N(0, 1), eight y ~ N(μ, 0.5² + τ²); the ranks of
  // the drawn log τ and μ among 19 thinned draws are uniform on 0 … 19.
  constexpr int kReplications = 200, kRanks = 20;
  std::vector<double> counts[2] = {std::vector<double>(kRanks / 4), std::vector<double>(kRanks / 4)};
  int around_mode = 0;
  for (std::uint64_t r = 0; r < kReplications; ++r) {
    base::Stream stream(77, r, 0, base::Purpose::test);
    const double truth[2] = {std::log(stream.exponential()), stream.normal()};
    std::vector<double> y(8);
    for (double& value : y) value = truth[1] + std::sqrt(0.25 + std::exp(2 * truth[0])) * stream.normal();
    const FromFunction density(2, [y](std::span<const double> q, std::span<double> g) {
      const double tau = std::exp(q[0]), variance = 0.25 + tau * tau;
      double squares = 0, sum = 0;
      for (const double value : y) squares += (value - q[1]) * (value - q[1]), sum += value - q[1];
      g[0] = 1 - tau + (squares / variance - 8) * tau * tau / variance;
      g[1] = sum / variance - q[1];
      return q[0] - tau - q[1] * q[1] / 2 - 4 * std::log(variance) - squares / variance / 2;
    });
    Options chosen = options(190, r + 1);
    chosen.chains = 2;
    const Result result = sample(density, chosen);
    around_mode += result.warmup == 100 ? 1 : 0;
    for (std::size_t j = 0; j < 2; ++j) {
      std::size_t rank = 0;
      for (std::size_t i = 0; i < 19; ++i) rank += result.draws.chains[i % 2].values[(10 * i + 9) * 2 + j] < truth[j];
      counts[j][rank / 4] += 1;
    }
  }
  EXPECT_GT(around_mode, kReplications / 2);
  for (const auto& observed : counts) {
    double chi_squared = 0;
    for (const double count : observed) chi_squared += (count - 40) * (count - 40) / 40;
    EXPECT_LT(chi_squared, 18.47);  // four degrees of freedom, 0.999
  }
}

std::vector<ChainResult> chains_of(const std::vector<std::vector<double>>& values) {
  std::vector<ChainResult> chains(values.size());
  for (std::size_t c = 0; c < values.size(); ++c) {
    draws::Chain& chain = chains[c].chain;
    chain.values = values[c];
    chain.draws = values[c].size();
    chain.stats.accept_stat.assign(chain.draws, 0.8);
    chain.stats.divergent.assign(chain.draws, 0);
    chain.stats.tree_depth.assign(chain.draws, 2);
  }
  return chains;
}

TEST(Agreement, SplitRhatByHand) {
  // Halves (0, 2), (1, 3), (4, 6), (5, 7): W = 2, means 1, 2, 5, 6 with variance 17/3; √(1/2 + 17/6).
  EXPECT_NEAR(largest_split_rhat(chains_of({{0, 2, 1, 3}, {4, 6, 5, 7}}), 1), std::sqrt(0.5 + 17.0 / 6), 1e-14);
  EXPECT_EQ(largest_split_rhat(chains_of({{1, 1, 1, 1}, {2, 2, 2, 2}}), 1), testing::kInfinity);
  EXPECT_EQ(largest_split_rhat(chains_of({{3}, {4}}), 1), 1);
}

TEST(Agreement, SaysWhatIsWrong) {
  std::vector<std::vector<double>> values(2, std::vector<double>(1000));
  base::Stream stream(1, 0, 0, base::Purpose::test);
  for (auto& chain : values)
    for (double& x : chain) x = stream.normal();
  const auto fine = chains_of(values);
  EXPECT_EQ(disagreement(fine, options(1000), 1), "");
  auto apart = values;
  for (double& x : apart[1]) x += 1;
  EXPECT_TRUE(disagreement(chains_of(apart), options(1000), 1).starts_with("chains disagreed (R-hat 1."));
  auto divergent = fine;
  for (std::size_t i = 0; i < 21; ++i) divergent[0].chain.stats.divergent[i] = 1;
  EXPECT_EQ(disagreement(divergent, options(1000), 1), "21 of 2000 draws diverged");
  divergent[0].chain.stats.divergent[0] = 0;
  EXPECT_EQ(disagreement(divergent, options(1000), 1), "");
  auto slow = fine;
  slow[1].chain.stats.accept_stat.assign(1000, 0.5);
  EXPECT_EQ(disagreement(slow, options(1000), 1), "a chain accepted 0.50 where 0.8 was the target");
  auto deep = fine;
  deep[1].chain.stats.tree_depth.assign(1000, 10);
  EXPECT_EQ(disagreement(deep, options(1000), 1), "1000 of 2000 draws reached the maximal tree depth");
}

}  // namespace
}  // namespace woodbury::nuts
