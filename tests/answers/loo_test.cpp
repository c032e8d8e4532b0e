// Leave-one-out against fits without the rows: exactly where scales are known, within Monte Carlo error where not.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"
#include "woodbury/answers/psis.hpp"

namespace woodbury::answers {
namespace {

/// The same units, each from a fit without it.
Loo brute_force(const store::Record& record, const std::string& by) {
  return loo(record, {.by = by, .refits = 1000, .refit_all = true});
}

TEST(Loo, KnownScalesAgreeWithRefitsExactly) {
  struct Case {
    std::string formula;
    std::vector<std::string> priors;
    std::string weights;
    bool lognormal;
  };
  const std::vector<Case> cases{
      {"y ~ x + (1 | g)", {"sd(g) ~ constant(0.7)", "sigma ~ constant(0.5)"}, "", false},
      {"y ~ x + (x || g) + (1 | h)", {"sd ~ constant(0.6)", "sigma ~ constant(0.5)"}, "w", false},
      {"y ~ x + (1 | i / g)", {"sd ~ constant(0.6)", "sigma ~ constant(0.5)", "b ~ flat()"}, "", false},
      {"z ~ x + (1 | g) + (1 | h)", {"sd ~ constant(0.6)", "sigma ~ constant(0.5)"}, "", true}};
  for (const Case& each : cases) {
    auto options = test::quick(5);
    options.design.priors = each.priors;
    options.design.weights = each.weights;
    options.plan.integrate = "all";
    if (each.lognormal) options.design.family = model::FamilyKind::lognormal;
    const store::Record record = test::fitted(each.formula, test::crossed_table(3, 40), options);
    const bool nested = each.formula.find('/') != std::string::npos;
    for (const std::string& by : {std::string("row"), std::string(nested ? "i" : "g")}) {
      const Loo closed = loo(record, {.by = by}), refits = brute_force(record, by);
      ASSERT_EQ(closed.units.size(), by == "row" ? 40U : nested ? 3U : 5U);
      for (std::size_t i = 0; i < closed.units.size(); ++i) {
        ASSERT_TRUE(refits.units[i].refitted);
        EXPECT_NEAR(closed.units[i].elpd, refits.units[i].elpd, 1e-8) << each.formula << " by " << by << ", " << i;
        EXPECT_EQ(closed.units[i].k, 0);
        EXPECT_EQ(closed.units[i].label, refits.units[i].label);
      }
    }
  }
}

/// Sampled effects of the group are integrated first: otherwise its draws would know its rows.
TEST(Loo, AGroupThatWasSampledIsIntegrated) {
  auto options = test::quick(1500);
  options.plan.integrate = "none";
  options.design.priors = {"sd(g) ~ constant(0.7)", "sigma ~ constant(0.5)"};
  const store::Record sampled = test::fitted("y ~ x + (1 | g)", test::crossed_table(3, 40), options);
  options.plan.integrate = "all";
  const store::Record integrated = test::fitted("y ~ x + (1 | g)", test::crossed_table(3, 40), options);
  const Loo one = loo(sampled, {.by = "g"}), other = loo(integrated, {.by = "g"});
  for (std::size_t i = 0; i < one.units.size(); ++i) EXPECT_NEAR(one.units[i].elpd, other.units[i].elpd, 0.1) << i;
}

/// At its level alone, given the others' values, while another factor and the fixed effects are integrated.
TEST(Loo, AGroupSampledBesideIntegratedFactorsIsIntegratedAtItsLevel) {
  auto options = test::quick(3000);
  options.design.priors = {"sd ~ constant(0.7)", "sigma ~ constant(0.5)"};
  for (const std::string formula : {"y ~ x + (x || g) + (1 | h)", "y ~ x + (1 | g) + (1 | h)"}) {
    const frame::Frame table = test::crossed_table(3, 60);
    options.plan.integrate = "h,fixed";
    const Loo sampled = loo(test::fitted(formula, table, options), {.by = "g"});
    options.plan.integrate = "all";
    const Loo integrated = loo(test::fitted(formula, table, options), {.by = "g"});
    for (std::size_t i = 0; i < sampled.units.size(); ++i)
      EXPECT_NEAR(sampled.units[i].elpd, integrated.units[i].elpd, 0.03) << formula << ", " << i;
  }
}

void expect_refits_agree(const std::string& formula, const frame::Frame& table, fit::Options options) {
  const store::Record record = test::fitted(formula, table, options);
  const bool nested = formula.find('/') != std::string::npos;
  for (const std::string& by : {std::string("row"), std::string(nested ? "i" : "g")}) {
    const Loo closed = loo(record, {.by = by}), refits = brute_force(record, by);
    for (std::size_t i = 0; i < closed.units.size(); ++i) {
      if (!(closed.units[i].k < 0.7)) continue;
      EXPECT_NEAR(closed.units[i].elpd, refits.units[i].elpd, 0.03 + 0.03 * std::abs(refits.units[i].elpd))
          << formula << " by " << by << ", " << i << ", k-hat " << closed.units[i].k;
    }
    EXPECT_NEAR(closed.elpd(), refits.elpd(), 0.1 + 0.01 * std::abs(refits.elpd())) << formula << " by " << by;
  }
}

/// Fewer draws where all would cost more than is asked for: 400 at least, and within the error that is stated.
TEST(Loo, ThinnedDrawsAgreeWithinTheStatedError) {
  const store::Record record = test::fitted("y ~ x + (x | g) + (1 | h)", test::designed_table(5), test::quick(2000));
  for (const std::string& by : {std::string("g"), std::string("h")}) {
    const Loo all = loo(record, {.by = by}), thinned = loo(record, {.by = by, .flops = 1});
    EXPECT_EQ(all.stride, 1U);
    EXPECT_EQ(thinned.stride, 10U);
    EXPECT_GT(thinned.monte_carlo_error, 2 * all.monte_carlo_error);
    EXPECT_LT(thinned.monte_carlo_error, 0.5);
    EXPECT_NE(thinned.elpd(), all.elpd());
    EXPECT_NEAR(thinned.elpd(), all.elpd(), 3 * thinned.monte_carlo_error) << by;
    EXPECT_NE(loo_tables(thinned, false)[0].notes.back().find("every 10th was used"), std::string::npos);
    EXPECT_EQ(loo_tables(all, false)[0].notes.back().find("every"), std::string::npos);
  }
}

/// Over fits that differ by their seed alone.
TEST(LooSlow, TheStatedErrorIsTheSpreadOverSeeds) {
  const frame::Frame table = test::designed_table(5);
  for (const std::string& by : {std::string("row"), std::string("g")}) {
    constexpr std::size_t kFits = 60;
    double sum = 0, squares = 0, stated = 0;
    for (std::uint64_t seed = 1; seed <= kFits; ++seed) {
      const Loo one = loo(test::fitted("y ~ x + (x | g) + (1 | h)", table, test::quick(500, seed)), {.by = by});
      sum += one.elpd();
      squares += one.elpd() * one.elpd();
      stated += one.monte_carlo_error / kFits;
    }
    const double spread = std::sqrt((squares - sum * sum / kFits) / (kFits - 1));
    EXPECT_LT(spread, 1.5 * stated) << by;
    EXPECT_GT(spread, 0.5 * stated) << by;
  }
}

TEST(LooSlow, FreeScalesAgreeWithRefits) {
  auto options = test::quick(2000);
  options.sampler.chains = 4;
  expect_refits_agree("y ~ x + (1 | g)", test::crossed_table(3, 40, 6), options);
  expect_refits_agree("y ~ x + (x | g)", test::crossed_table(4, 60, 8), options);
  expect_refits_agree("y ~ x + (1 | g) + (1 | h)", test::designed_table(5, 46), options);
  options.design.family = model::FamilyKind::lognormal;
  expect_refits_agree("z ~ x + (1 | g)", test::crossed_table(6, 40, 6), options);
  options.design.family = model::FamilyKind::gaussian;
  options.design.weights = "w";
  expect_refits_agree("y ~ x + (1 | i / g)", test::crossed_table(7, 40, 8), options);
}

double estimate(const std::vector<Table>& tables, std::size_t row) { return std::get<double>(tables[0].rows[row][1]); }

/// A transformed response and the log-normal family are one model, with one density of y.
TEST(Loo, JacobiansPutTransformedResponsesOnOneScale) {
  const frame::Frame table = test::crossed_table(3, 40);
  auto options = test::quick(500);
  options.design.priors = {"Intercept ~ normal(1, 2)", "b ~ normal(0, 1)", "sd ~ half_normal(1)",
                           "sigma ~ half_normal(1)"};
  const store::Record logged = test::fitted("log(z) ~ x + (1 | g)", table, options);
  const store::Record plain = test::fitted("z ~ x + (1 | g)", table, options);
  options.design.family = model::FamilyKind::lognormal;
  const store::Record lognormal = test::fitted("z ~ x + (1 | g)", table, options);
  const Loo a = loo(logged, {}), b = loo(lognormal, {}), c = loo(plain, {});
  EXPECT_NEAR(a.elpd(), b.elpd(), 1e-6 * std::abs(a.elpd()));
  const Table ranked = compare({"plain", "logged"}, {c, a});
  EXPECT_EQ(std::get<std::string>(ranked.rows[0][0]), "logged");
  EXPECT_EQ(std::get<double>(ranked.rows[0][1]), 0);
  EXPECT_NEAR(std::get<double>(ranked.rows[1][1]), c.elpd() - a.elpd(), 1e-9);
  EXPECT_NEAR(estimate(loo_tables(a, false), 0), a.elpd(), 1e-12);
}

TEST(Loo, OtherRowsOrResponsesAreNotCompared) {
  const auto of = [](const std::string& formula, std::size_t rows) {
    return loo(test::fitted(formula, test::crossed_table(3, rows), test::quick(20)), {});
  };
  const auto said = [](const Loo& a, const Loo& b) -> std::string {
    try {
      (void)compare({"one", "two"}, {a, b});
    } catch (const base::Error& error) {
      return error.what();
    }
    return "nothing";
  };
  const Loo y = of("y ~ x + (1 | g)", 40);
  EXPECT_EQ(said(y, of("y ~ 1 + (1 | g)", 40)), "nothing");
  EXPECT_NE(said(y, of("y ~ x + (1 | g)", 41)).find("40 rows, the other 41"), std::string::npos);
  EXPECT_NE(said(y, of("z ~ x + (1 | g)", 40)).find("of `y`, the other of `z`"), std::string::npos);
  EXPECT_THROW((void)loo(test::fitted("y ~ x + (1 | g)", test::crossed_table(3, 40), test::quick(20)), {.by = "gg"}),
               base::Error);
}

/// Quantiles of a generalised Pareto distribution give its shape back, but for the prior's pull towards a half.
TEST(Psis, TheShapeOfAParetoTailIsFound) {
  for (const double shape : {0.2, 0.5, 0.9}) {
    std::vector<double> x;
    constexpr std::size_t kCount = 20000;
    for (std::size_t i = 0; i < kCount; ++i)
      x.push_back(std::expm1(-shape * std::log1p(-(static_cast<double>(i) + 0.5) / kCount)) / shape);
    EXPECT_NEAR(fit_pareto(x).shape, shape, 0.02);
    EXPECT_NEAR(fit_pareto(x).scale, 1, 0.05);
  }
}

/// k-hat and smoothed weights of a sequence, as ArviZ 0.23's psislw has them (relative efficiency 0.8).
TEST(Psis, AgreesWithArviz) {
  struct Fact {
    double scale, k, largest, thirtieth, smallest;
  };
  const Fact facts[] = {{0.4, 0.2627851148568118, -4.829175617377363, -5.608191769033389, -6.662116701987267},
                        {0.9, 0.6693628159116929, -3.3919553289654685, -5.176445412121849, -7.516072769337752}};
  for (const Fact& fact : facts) {
    std::vector<double> logs;
    std::uint64_t x = 1;
    for (int i = 0; i < 500; ++i) {
      x = (1103515245 * x + 12345) % (std::uint64_t{1} << 31U);
      logs.push_back(-fact.scale * std::log(1 - static_cast<double>(x) / static_cast<double>(std::uint64_t{1} << 31U)));
    }
    EXPECT_NEAR(smooth(logs, 0.8), fact.k, 1e-9);
    std::ranges::sort(logs);
    EXPECT_NEAR(logs.back(), fact.largest, 1e-9);
    EXPECT_NEAR(logs[470], fact.thirtieth, 1e-9);
    EXPECT_NEAR(logs.front(), fact.smallest, 1e-9);
  }
}

/// Weights as the R package loo's: normalised, order kept, the smallest ones in proportion, the largest never raised.
TEST(Psis, OnlyTheTailIsSmoothed) {
  base::Stream stream(7, 0, 0, base::Purpose::test);
  std::vector<double> logs;
  for (int i = 0; i < 1000; ++i) logs.push_back(stream.exponential());
  std::vector<double> smoothed = logs;
  const double k = smooth(smoothed, 1);
  EXPECT_NEAR(k, 1, 0.35);  // e^X of an exponential X is Pareto with shape one
  double sum = 0;
  for (const double log : smoothed) sum += std::exp(log);
  EXPECT_NEAR(sum, 1, 1e-12);
  std::vector<std::size_t> order(logs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return logs[i]; });
  const double shift = smoothed[order[0]] - logs[order[0]];
  for (std::size_t i = 0; i + 96 < order.size(); ++i) EXPECT_NEAR(smoothed[order[i]] - logs[order[i]], shift, 1e-12);
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LE(smoothed[order[i - 1]], smoothed[order[i]] + 1e-12);
}

}  // namespace
}  // namespace woodbury::answers
