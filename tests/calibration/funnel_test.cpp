// Where funnels would be: few groups, small groups, weak data, scales at zero. Posterior means of the scales against
// quadrature over (log sigma, log tau).
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "woodbury/density/density.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::calibration {
namespace {

struct Design {
  std::string name;
  std::size_t groups, rows;  ///< rows a group
  double tau;                ///< that the data are made with, at sigma 1
};

const std::vector<Design> kDesigns{{"few groups", 3, 10, 1},          {"small groups", 20, 2, 0.5},
                                   {"weak data", 4, 2, 0.5},          {"tau zero", 8, 5, 0},
                                   {"tau zero, few groups", 3, 5, 0}, {"large groups", 6, 40, 2}};
const std::vector<std::string> kPriors{"half_normal(1)", "half_cauchy(1)", "exponential(1)"};

frame::Frame table_of(const Design& design, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  std::vector<double> y;
  std::vector<std::string> g;
  for (std::size_t j = 0; j < design.groups; ++j) {
    const double effect = design.tau * stream.normal();
    for (std::size_t i = 0; i < design.rows; ++i) {
      g.push_back("g" + std::to_string(100 + j));
      y.push_back(effect + stream.normal());
    }
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("g", frame::make_factor(g));
  return table;
}

struct Means {
  double tau = 0, sigma = 0;
};

/// The trapezoidal rule on a grid that holds all but a part in 10⁶ of the mass: the integrand is smooth, and zero at
/// the edges but for the left tail of log tau, which e^(log tau) cuts off.
Means by_quadrature(const fit::Prepared& prepared) {
  const plan::Plan plan = plan::make_plan(prepared.model, prepared.data, {"all", {}});
  density::Density density(plan, prepared.data);
  EXPECT_EQ(density.dimension(), 2U);
  const std::size_t tau = density.coordinate(prepared.model.find("sd_g__Intercept")), sigma = 1 - tau;
  constexpr int kTau = 700, kSigma = 240;
  std::vector<double> q(2), gradient(2), values;
  double highest = -std::numeric_limits<double>::infinity();
  const auto walk = [&](const auto& visit) {
    std::size_t at = 0;
    for (int i = 0; i <= kTau; ++i)
      for (int j = 0; j <= kSigma; ++j) {
        q[tau] = -15 + 21.0 * i / kTau;
        q[sigma] = -4 + 8.0 * j / kSigma;
        visit(at++);
      }
  };
  walk([&](std::size_t) {
    values.push_back(density.evaluate(q, gradient));
    highest = std::max(highest, values.back());
  });
  double mass = 0;
  Means means;
  walk([&](std::size_t at) {
    const double weight = std::exp(values[at] - highest);
    mass += weight;
    means.tau += weight * std::exp(q[tau]);
    means.sigma += weight * std::exp(q[sigma]);
  });
  return {means.tau / mass, means.sigma / mass};
}

/// (mean − reference) / MCSE of tau and sigma for one run.
struct Errors {
  double tau = 0, sigma = 0;
};

Errors errors_of(const fit::Prepared& prepared, const Means& reference, std::uint64_t seed, double target_accept) {
  fit::Options options;
  options.sampler.seed = seed;
  options.sampler.draws = 2000;
  options.sampler.target_accept = target_accept;
  const store::Record record = fit::run(prepared, options);
  Errors errors;
  for (const diagnose::Row& row : record.summary.parameters) {
    if (row.variable == "sd_g__Intercept") errors.tau = (row.mean - reference.tau) / row.mcse_mean;
    if (row.variable == "sigma") errors.sigma = (row.mean - reference.sigma) / row.mcse_mean;
  }
  return errors;
}

void hold(const std::string& integrate, double target_accept) {
  constexpr std::uint64_t kSeeds = 5;
  double sum = 0, squares = 0, runs = 0;
  for (const Design& design : kDesigns)
    for (const std::string& prior : kPriors) {
      fit::Options options;
      options.design.priors = {"Intercept ~ normal(0, 2)", "sd ~ " + prior, "sigma ~ half_normal(2)"};
      options.plan.integrate = integrate;
      const fit::Prepared prepared = fit::prepare("y ~ 1 + (1 | g)", table_of(design, 3), options);
      const Means reference = by_quadrature(prepared);
      for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const Errors errors = errors_of(prepared, reference, seed, target_accept);
        EXPECT_LT(std::abs(errors.tau), 4) << design.name << ", " << prior << ", seed " << seed;
        EXPECT_LT(std::abs(errors.sigma), 4) << design.name << ", " << prior << ", seed " << seed;
        sum += errors.tau, squares += errors.tau * errors.tau, ++runs;
      }
    }
  // All runs together would show a bias that hides in each.
  EXPECT_LT(std::abs(sum) / std::sqrt(runs), 4);
  EXPECT_LT(squares / runs, 2);
  fmt::print("integrate {}: {} runs, mean error {:.2f}, mean square {:.2f} MCSE\n", integrate, runs, sum / runs,
             squares / runs);
}

TEST(Funnel, SlowIntegratedScalesHaveNoBias) { hold("all", nuts::Options{}.target_accept); }

/// Sampled effects make what integration spares: under priors with long tails a large tau narrows the standardised
/// effects of few groups, where the steps of the usual target are too long, and tau comes out a little too small.
TEST(Funnel, SlowSampledEffectsHaveNoneByCarefulSteps) { hold("none", 0.95); }

}  // namespace
}  // namespace woodbury::calibration
