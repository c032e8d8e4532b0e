// Scales through zero or on the log: which is chosen, and that it makes no difference to the posterior.
#include "woodbury/fit/coordinates.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// y = 1 + x/2 + effects of sd `tau` (intercepts) and `slope` over `levels` levels + N(0, 1) noise; a second factor h.
frame::Frame simulated(std::size_t levels, std::size_t rows_each, double tau, double slope, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::simulate);
  std::vector<double> x, y, g, h;
  for (std::size_t j = 0; j < levels; ++j) {
    const double u = tau * stream.normal(), v = slope * stream.normal();
    for (std::size_t i = 0; i < rows_each; ++i) {
      x.push_back(stream.normal());
      g.push_back(static_cast<double>(j));
      h.push_back(static_cast<double>(i % 4));
      y.push_back(1 + u + (0.5 + v) * x.back() + stream.normal());
    }
  }
  frame::Frame table;
  table.add("x", frame::Numeric{x});
  table.add("y", frame::Numeric{y});
  table.add("g", frame::to_factor(g));
  table.add("h", frame::to_factor(h));
  return table;
}

/// Residuals within levels are free of the level's mean: the mode of a scale between levels is exactly at zero.
frame::Frame without_variance(std::size_t levels, std::size_t rows_each) {
  frame::Frame table = simulated(levels, rows_each, 0, 0, 3);
  std::vector<double> y = table.numeric("y").copy();
  for (std::size_t j = 0; j < levels; ++j) {
    double sum = 0;
    for (std::size_t i = 0; i < rows_each; ++i) sum += y[j * rows_each + i];
    for (std::size_t i = 0; i < rows_each; ++i) y[j * rows_each + i] -= sum / static_cast<double>(rows_each);
  }
  table.add("y", frame::Numeric{y});
  return table;
}

struct Case {
  std::string name, formula;
  frame::Frame table;
  std::vector<std::string> near_zero;  ///< scales expected to be sampled through zero
};

std::vector<Case> cases() {
  return {
      {"mode at zero", "y ~ x + (1 | g)", without_variance(8, 6), {"sd_g__Intercept"}},
      {"few groups", "y ~ x + (1 | g)", simulated(4, 5, 0.7, 0, 5), {"sd_g__Intercept"}},
      {"slopes, weak data", "y ~ x + (x | g)", simulated(9, 4, 0.6, 0.1, 6), {"sd_g__x"}},
      {"crossed", "y ~ x + (1 | g) + (1 | h)", simulated(30, 8, 1, 0, 7), {"sd_h__Intercept"}},
  };
}

std::vector<double> all_of(const std::vector<std::vector<double>>& chains) {
  std::vector<double> all;
  for (const auto& chain : chains) all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

Options options_for(const std::optional<std::size_t>& warmup) {
  Options options;
  options.sampler.warmup = warmup;
  options.sampler.draws = 4000;
  options.sampler.seed = 11;
  options.keep_hyper = false;
  return options;
}

TEST(Coordinates, NearZeroThroughZeroElseOnTheLog) {
  for (const Case& each : cases()) {
    const Options options = options_for(std::nullopt);
    const Prepared prepared = prepare(each.formula, each.table, options);
    const density::Density density(prepared.plan, prepared.data);
    const Coordinates chosen = choose_coordinates(prepared.plan, density, options.sampler);
    EXPECT_EQ(chosen.signed_scales, each.near_zero) << each.name;
    ASSERT_TRUE(chosen.mode) << each.name;
    EXPECT_TRUE(chosen.mode->usable()) << each.name << ": " << chosen.mode->reason;
  }
  const Options options = options_for(std::nullopt);
  const Prepared far = prepare("y ~ x + (1 | g)", simulated(60, 10, 1, 0, 8), options);
  const density::Density density(far.plan, far.data);
  EXPECT_EQ(choose_coordinates(far.plan, density, options.sampler).signed_scales, std::vector<std::string>());
}

TEST(Coordinates, OnTheLogWhereNoModeIsSought) {
  const Case each = cases()[0];
  Options options = options_for(1000);
  const Prepared prepared = prepare(each.formula, each.table, options);
  const density::Density density(prepared.plan, prepared.data);
  EXPECT_EQ(choose_coordinates(prepared.plan, density, options.sampler).signed_scales, std::vector<std::string>());
  options = options_for(std::nullopt);
  options.sampler.init.assign(density.dimension(), 0.1);
  EXPECT_EQ(choose_coordinates(prepared.plan, density, options.sampler).signed_scales, std::vector<std::string>());
}

TEST(Coordinates, NeverForAPriorThatIsNotEven) {
  const Case each = cases()[0];
  Options options = options_for(std::nullopt);
  options.design.priors = {"sd ~ exponential(1)"};
  const Prepared prepared = prepare(each.formula, each.table, options);
  EXPECT_EQ(
      choose_coordinates(prepared.plan, density::Density(prepared.plan, prepared.data), options.sampler).signed_scales,
      std::vector<std::string>());
}

TEST(Coordinates, TheSamePosteriorAsOnTheLog) {
  for (const Case& each : cases()) {
    const Options chosen = options_for(std::nullopt), on_log = options_for(1000);
    const store::Record a = run(prepare(each.formula, each.table, chosen), chosen);
    const store::Record b = run(prepare(each.formula, each.table, on_log), on_log);
    EXPECT_EQ(a.run["signed_scales"].get<std::vector<std::string>>(), each.near_zero) << each.name;
    EXPECT_TRUE(b.run["signed_scales"].empty());
    EXPECT_EQ(a.warmup, 100U) << a.run["warmup_note"];
    ASSERT_EQ(a.summary.parameters.size(), b.summary.parameters.size());
    for (std::size_t i = 0; i < a.summary.parameters.size(); ++i) {
      const diagnose::Row &x = a.summary.parameters[i], &y = b.summary.parameters[i];
      EXPECT_NEAR(x.mean, y.mean, 4 * std::hypot(x.mcse_mean, y.mcse_mean)) << each.name << ", " << x.variable;
      // Tails by shares, whose error is known whatever the moments: of a's draws below b's quantiles.
      const double error = std::sqrt(1 / std::min(x.ess_bulk, x.ess_tail) + 1 / std::min(y.ess_bulk, y.ess_tail));
      const std::vector<double> own = all_of(a.draws.column(i)), other = all_of(b.draws.column(i));
      for (const double p : {0.02, 0.1, 0.5, 0.9, 0.98}) {
        const double bound = diagnose::quantile(other, p);
        const auto below = static_cast<double>(std::ranges::count_if(own, [&](double v) { return v < bound; }));
        EXPECT_NEAR(below / static_cast<double>(own.size()), p, 4 * error * std::sqrt(p * (1 - p)))
            << each.name << ", " << x.variable;
      }
      EXPECT_LT(x.rhat, 1.01) << each.name << ", " << x.variable;
    }
    for (const std::string& name : each.near_zero) {
      const auto& column = a.draws.column(a.draws.offset(a.draws.find(name)));
      for (const auto& chain : column)
        for (const double tau : chain) ASSERT_GE(tau, 0) << each.name;
    }
    EXPECT_LE(a.summary.divergences, 16U) << each.name;
  }
}

TEST(Coordinates, SaidInTheSummary) {
  const Case each = cases()[0];
  Options options = options_for(std::nullopt);
  options.sampler.draws = 100;
  const std::string text = summary_text(run(prepare(each.formula, each.table, options), options));
  EXPECT_NE(text.find("Scales: sampled through zero, which is near: sd_g__Intercept\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace woodbury::fit
