// Scales sampled through zero: gradients on either side, mirror images, and the same posterior as on the log.
#include <cmath>
#include <functional>
#include <numbers>

#include <gtest/gtest.h>

#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

Expr slopes(Builder& m, const std::string& g, std::vector<std::string> labels) {
  const Expr cor = m.lkj("cor_" + g, 2, labels, g + "__coef");
  std::vector<Expr> sds;
  for (const std::string& label : labels) sds.push_back(m.half_student_t("sd_" + g + "__" + label, 3, 1));
  const Expr r = m.effects("r_" + g, sds, {.over = g, .cor = cor, .columns = labels, .dim = g + "__coef"});
  Expr sum = r.component(0)[g] + r.component(1)[g] * m.col("x");
  if (labels.size() > 2) sum = sum + r.component(2)[g] * m.col("w");
  return sum;
}

struct Case {
  std::string name;
  std::function<void(Builder&)> build;
  std::size_t signs;  ///< scales that may be signed
};

std::vector<Case> cases() {
  return {{"slopes of one factor",
           [](Builder& m) {
             const Expr u = slopes(m, "g", {"Intercept", "x", "w"});
             m.observe_normal("y", m.normal("a", 0, 2) + u, m.half_cauchy("sigma", 1));
           },
           3},
          {"crossed slopes, one scale on the log",
           [](Builder& m) {
             const Expr u = slopes(m, "g", {"Intercept", "x"});
             const Expr v = m.normal("v", 0, m.exponential("tau_h", 1), over("h"));
             const Expr t = m.normal("t", m.normal("mu", 0, 1), m.half_cauchy("tau_i", 1), over("i"));
             m.observe_normal("y", m.student_t("a", 3, 0, 2) + u + v["h"] + t["i"], m.lognormal("sigma", 0, 1));
           },
           3},
          {"sigma by rows",
           [](Builder& m) {
             const Expr u = slopes(m, "g", {"Intercept", "x"});
             m.observe_normal("y", m.normal("a", 0, 2) + u, exp(m.normal("b", 0, 1) + 0.2 * m.col("x")));
           },
           2}};
}

struct Pair {
  Density on_log, through_zero;
  std::vector<SignedScale> scales;
};

Pair make(const Case& each) {
  Builder m;
  each.build(m);
  const frame::Frame table = test::crossed_table(5, 40);
  const plan::Plan plan = plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}});
  const Density density(plan, table);
  std::vector<SignedScale> scales;
  for (const plan::EvenScale& scale : plan::even_scales(plan))
    scales.push_back({scale, 0.5 + static_cast<double>(scales.size())});
  return {density, density.with_signed(scales), scales};
}

std::vector<double> random_point(std::size_t dimension, std::uint64_t draw) {
  base::Stream stream(draw, 0, 0, base::Purpose::test);
  std::vector<double> q(dimension);
  for (double& value : q) value = 0.7 * stream.normal();
  return q;
}

TEST(SignedScales, GradientsOnEitherSide) {
  for (const Case& each : cases()) {
    Pair pair = make(each);
    ASSERT_EQ(pair.scales.size(), each.signs) << each.name;
    for (std::uint64_t draw = 0; draw < 8; ++draw) {
      const auto q = random_point(pair.through_zero.dimension(), draw);
      std::vector<double> gradient(q.size()), unused(q.size());
      ASSERT_TRUE(std::isfinite(pair.through_zero.evaluate(q, gradient))) << pair.through_zero.failure();
      testing::expect_gradient([&](std::span<const double> at) { return pair.through_zero.evaluate(at, unused); }, q,
                               gradient, 1e-6, each.name);
    }
  }
}

/// p(η) |dη/d log τ| is half of p(log τ): the two densities at one point differ by the Jacobians and log 2 a scale.
TEST(SignedScales, HalfOfTheDensityOnEitherSide) {
  for (const Case& each : cases()) {
    Pair pair = make(each);
    const auto q = random_point(pair.on_log.dimension(), 3);
    std::vector<double> moved(q), unused(q.size());
    double expected = pair.on_log.evaluate(q, unused);
    for (const SignedScale& scale : pair.scales) {
      const std::size_t at = pair.on_log.coordinate(scale.scale.scale);
      const double tau = std::exp(q[at]), eta = std::asinh(tau / scale.spread);
      moved[at] = eta;
      expected += std::log(scale.spread * std::cosh(eta) / tau) - std::numbers::ln2;
    }
    EXPECT_NEAR(pair.through_zero.evaluate(moved, unused), expected, 1e-10 * std::abs(expected)) << each.name;
  }
}

/// All 2^k images have one density, and gradients that differ in signs alone; each leads to the one with τ ≥ 0.
TEST(SignedScales, MirrorImages) {
  for (const Case& each : cases()) {
    Pair pair = make(each);
    const std::size_t n = pair.through_zero.dimension();
    auto q = random_point(n, 11);
    for (const SignedScale& scale : pair.scales) {
      double& eta = q[pair.on_log.coordinate(scale.scale.scale)];
      eta = std::abs(eta);
    }
    std::vector<double> gradient(n), signs(n, 7), other(n);
    EXPECT_FALSE(pair.through_zero.mirror(q, signs));
    EXPECT_EQ(signs, std::vector<double>(n, 7));
    const double value = pair.through_zero.evaluate(q, gradient);
    for (unsigned pattern = 1; pattern < 1U << pair.scales.size(); ++pattern) {
      std::vector<double> image(q);
      for (std::size_t k = 0; k < pair.scales.size(); ++k)
        if (pattern >> k & 1U) image[pair.on_log.coordinate(pair.scales[k].scale.scale)] *= -1;
      ASSERT_TRUE(pair.through_zero.mirror(image, signs));
      // The image with τ ≥ 0 of (−τ, R) is (τ, S R S): bring the correlations along.
      for (std::size_t i = 0; i < n; ++i) image[i] = signs[i] * q[i];
      EXPECT_NEAR(pair.through_zero.evaluate(image, other), value, 1e-10 * std::abs(value)) << each.name;
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(other[i], signs[i] * gradient[i], 1e-8) << each.name;
      ASSERT_TRUE(pair.through_zero.mirror(image, signs));
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(signs[i] * image[i], q[i]) << each.name;
    }
  }
}

/// The covariance at (−τ, R) is that at (τ, S R S), entry by entry.
TEST(SignedScales, CorrelationsChangeSignWithTheirScale) {
  Pair pair = make(cases()[0]);
  const std::size_t n = pair.through_zero.dimension();
  auto q = random_point(n, 4);
  q[pair.on_log.coordinate(pair.scales[0].scale.scale)] = -0.4;
  q[pair.on_log.coordinate(pair.scales[1].scale.scale)] = 0.6;
  q[pair.on_log.coordinate(pair.scales[2].scale.scale)] = -0.8;
  const auto covariance = [&](std::span<const double> at) {
    pair.through_zero.locate(at);
    const auto& c = pair.through_zero.likelihood().point().factor[0];
    std::vector<double> sigma(9);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) sigma[3 * i + j] += c[3 * i + k] * c[3 * j + k];
    return sigma;
  };
  std::vector<double> signs(n), image(q);
  ASSERT_TRUE(pair.through_zero.mirror(q, signs));
  for (std::size_t i = 0; i < n; ++i) image[i] *= signs[i];
  const auto before = covariance(q), after = covariance(image);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(after[i], before[i], 1e-13) << i;
  // The first and third scale were negative: of their columns' partial correlations with the second alone flips.
  const std::size_t cor = pair.on_log.coordinate(pair.scales[0].scale.correlation);
  EXPECT_EQ(signs[cor], -1);
  EXPECT_EQ(signs[cor + 1], 1);
  EXPECT_EQ(signs[cor + 2], -1);
}

TEST(SignedScales, ZeroIsAnOrdinaryStationaryPoint) {
  Pair pair = make(cases()[1]);
  std::vector<double> q(pair.through_zero.dimension(), 0.3), gradient(q.size());
  // With the correlation at zero, too: else its sign tells τ from −τ.
  for (const SignedScale& scale : pair.scales) {
    q[pair.on_log.coordinate(scale.scale.scale)] = 0;
    if (scale.scale.correlation >= 0) q[pair.on_log.coordinate(scale.scale.correlation)] = 0;
  }
  ASSERT_TRUE(std::isfinite(pair.through_zero.evaluate(q, gradient)));
  for (const SignedScale& scale : pair.scales)
    EXPECT_NEAR(gradient[pair.on_log.coordinate(scale.scale.scale)], 0, 1e-12);
}

TEST(SignedScales, FarOffIsADensityOfZeroNotAnError) {
  Pair pair = make(cases()[0]);
  std::vector<double> q(pair.through_zero.dimension(), 0.1), gradient(q.size());
  q[pair.on_log.coordinate(pair.scales[0].scale.scale)] = -800;
  EXPECT_FALSE(std::isfinite(pair.through_zero.evaluate(q, gradient)));
  EXPECT_FALSE(pair.through_zero.failure().empty());
}

}  // namespace
}  // namespace woodbury::density
