// Measures equal to those of R's posterior, and what they are where they have no value.
#include "woodbury/diagnose/diagnose.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/diagnose/series.hpp"
#include "woodbury/base/base.hpp"
#include "woodbury/diagnose/measures.hpp"
#include "woodbury/diagnose/radix.hpp"

namespace woodbury::diagnose {
namespace {

using testing::chains;

void expect_fact(double ours, const nlohmann::json& theirs, double scale, const std::string& what) {
  if (theirs.is_null()) {
    EXPECT_TRUE(std::isnan(ours)) << what << " is " << ours;
  } else {
    const double value = theirs.get<double>();
    EXPECT_NEAR(ours, value, 1e-8 * std::max(std::abs(value), scale)) << what;
  }
}

Row row_of(const Chains& draws) {
  const Column column = make_column(draws);
  const NormalScores scores(column.halves() * column.half());
  Measures measures(scores);
  measures.take(column);
  return measures.row();
}

TEST(Measures, AreThoseOfRsPosterior) {
  std::ifstream file(WOODBURY_TEST_DATA "/diagnose_facts.json");
  const auto facts = nlohmann::json::parse(file);
  ASSERT_GT(facts.size(), 40U);
  for (const auto& fact : facts) {
    const auto kind = fact["kind"].get<std::string>();
    const Chains draws = chains(kind, fact["chains"].get<std::size_t>(), fact["draws"].get<std::size_t>());
    const auto check = [&](const std::string& name, double ours, double scale = 0) {
      expect_fact(ours, fact[name], scale, kind + " " + fact["draws"].dump() + " " + name);
    };
    const Row row = row_of(draws);
    const double scale = std::isfinite(row.sd) ? row.sd : 1;
    check("mean", row.mean, scale);
    check("median", row.median, scale);
    check("sd", row.sd, scale);
    check("mad", row.mad, scale);
    check("q5", row.q5, scale);
    check("q95", row.q95, scale);
    check("ess_bulk", row.ess_bulk);
    check("ess_tail", row.ess_tail);
    check("ess_mean", ess_mean(draws));
    check("mcse_mean", row.mcse_mean);
    check("mcse_sd", mcse_sd(draws));
    if (kind == "stuck") {
      EXPECT_GT(row.rhat, 1e6);  // infinite but for rounding, R's as well as ours
    } else {
      check("rhat", row.rhat);
    }
  }
}

TEST(Measures, OfOneColumnAgreeWithTheRow) {
  const Chains draws = chains("slow", 3, 151);
  const Row row = row_of(draws);
  EXPECT_EQ(rhat(draws), row.rhat);
  EXPECT_EQ(ess_bulk(draws), row.ess_bulk);
  EXPECT_EQ(ess_tail(draws), row.ess_tail);
  EXPECT_EQ(mcse_mean(draws), row.mcse_mean);
}

TEST(Measures, AreUndefinedForDrawsThatAreNotFiniteOrMissing) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Chains draws = chains("iid", 2, 50);
    draws[1][7] = bad;
    for (const auto measure : {rhat, ess_bulk, ess_tail, ess_mean, mcse_mean, mcse_sd})
      EXPECT_TRUE(std::isnan(measure(draws)));
  }
  const Chains no_chains, no_draws(2);
  for (const auto measure : {rhat, ess_bulk, ess_tail, ess_mean, mcse_mean, mcse_sd}) {
    EXPECT_TRUE(std::isnan(measure(no_chains)));
    EXPECT_TRUE(std::isnan(measure(no_draws)));
  }
}

TEST(Measures, OfRanksDoNotChangeUnderAMonotoneMap) {
  Chains draws = chains("shifted", 4, 200), mapped = draws;
  for (auto& chain : mapped)
    for (double& x : chain) x = std::exp(3 * x);
  EXPECT_EQ(ess_bulk(draws), ess_bulk(mapped));
  EXPECT_NE(ess_mean(draws), ess_mean(mapped));
}

/// What autocovariances by definition give for a stationary series of known ESS.
TEST(EffectiveSize, IsThatOfAnAutoregression) {
  // AR(1) with coefficient a has S (1 − a) / (1 + a) effective draws.
  for (const double a : {0.5, 0.9, -0.3}) {
    base::Stream stream(9, 0, 0, base::Purpose::test);
    Chains draws(4, std::vector<double>(20000));
    for (auto& chain : draws) {
      double x = 0;
      for (double& value : chain) value = x = a * x + stream.normal();
    }
    EXPECT_NEAR(ess_mean(draws) / (80000 * (1 - a) / (1 + a)), 1, 0.12) << a;
  }
}

TEST(EffectiveSize, ByFourierTransformIsThatOfTheDefinition) {
  // Slow enough for hundreds of lags; three sequences, so that one goes through the transform alone.
  const std::size_t n = 1500, count = 3;
  std::vector<double> values;
  testing::Series series;
  for (const auto& sequence : series.chains("slower", count, n))
    values.insert(values.end(), sequence.begin(), sequence.end());
  const auto mean_of = [&](std::size_t c) {
    return std::accumulate(values.begin() + c * n, values.begin() + (c + 1) * n, 0.0) / n;
  };
  std::vector<double> covariance(n), means;
  for (std::size_t c = 0; c < count; ++c) {
    means.push_back(mean_of(c));
    for (std::size_t lag = 0; lag < n; ++lag)
      for (std::size_t i = 0; i + lag < n; ++i)
        covariance[lag] += (values[c * n + i] - means[c]) * (values[c * n + i + lag] - means[c]) / (n * count);
  }
  const double grand = (means[0] + means[1] + means[2]) / 3;
  double plus = covariance[0];
  for (const double m : means) plus += (m - grand) * (m - grand) / 2;
  const double within = covariance[0] * n / (n - 1.0);
  // Geyer's sums of pairs: positive, then monotone.
  double tau = -1, before = 0;
  std::size_t lag = 0;
  for (; lag + 1 < n; lag += 2) {
    double pair = (lag == 0 ? 1 : 1 - (within - covariance[lag]) / plus) + 1 - (within - covariance[lag + 1]) / plus;
    if (pair <= 0) break;
    if (lag > 0) pair = std::min(pair, before);
    tau += 2 * pair;
    before = pair;
  }
  ASSERT_GT(lag, 150U);
  tau += std::max(0.0, 1 - (within - covariance[lag]) / plus);
  EffectiveSize effective_size;
  EXPECT_NEAR(effective_size({values, count}) * tau / static_cast<double>(n * count), 1, 1e-10);
}

TEST(RadixSort, OrdersAsComparisonsDo) {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  std::vector<Entry> entries, spare;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const double scale = std::pow(10, static_cast<double>(i % 40) * 15 - 300);  // from denormal to huge
    entries.push_back({i % 7 == 0 ? std::floor(3 * stream.normal()) : scale * stream.normal(), i});
  }
  auto expected = entries;
  std::ranges::stable_sort(expected, {}, &Entry::value);
  radix_sort(entries, spare);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(entries[i].value, expected[i].value);
    ASSERT_TRUE(entries[i].value == 0 || entries[i].place == expected[i].place);  // it tells -0 from 0
  }
}

TEST(Quantile, IsRsTypeSeven) {
  // R: quantile(c(4, 1, 3, 10), c(0, 0.1, 0.5, 0.9, 1))
  const std::vector<double> x{4, 1, 3, 10};
  EXPECT_EQ(quantile(x, 0), 1);
  EXPECT_NEAR(quantile(x, 0.1), 1.6, 1e-15);
  EXPECT_EQ(quantile(x, 0.5), 3.5);
  EXPECT_NEAR(quantile(x, 0.9), 8.2, 1e-14);
  EXPECT_EQ(quantile(x, 1), 10);
  EXPECT_EQ(quantile({7}, 0.3), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(quantile({1, std::nan("")}, 0.5)));
  EXPECT_TRUE(std::isnan(quantile(x, 1.5)));
}

TEST(Ebfmi, IsTwoForIndependentEnergiesAndSmallForAWalk) {
  EXPECT_NEAR(ebfmi(std::vector<double>{1, 2, 4}), (1 + 4) / (42.0 / 9), 1e-14);
  const auto iid = chains("iid", 1, 4000)[0], walk = chains("slower", 1, 4000)[0];
  EXPECT_NEAR(ebfmi(iid), 2, 0.1);
  EXPECT_LT(ebfmi(walk), 0.1);
  EXPECT_TRUE(std::isnan(ebfmi(std::vector<double>{3, 3, 3})));
  EXPECT_TRUE(std::isnan(ebfmi(std::vector<double>(20, 241.1))));  // a mean that rounds
  EXPECT_TRUE(std::isnan(ebfmi({})));
}

}  // namespace
}  // namespace woodbury::diagnose
