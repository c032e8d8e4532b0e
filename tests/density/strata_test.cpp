// A residual scale for each response or group, by weighted sums: the rows' density and gradient, at a cost that does
// not grow with them, also where doubles do not do.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// Two responses share effects, the second with a loading; each has an sd of its own.
model::Model two_responses() {
  Builder m;
  const Expr x = m.col("x");
  const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
  const Expr v = m.normal("v", 0, m.half_normal("omega", 1), over("h"));
  const Expr mean = m.normal("a", 0, 2) + m.normal("b", 0, 1) * x + u["g"];
  m.observe_normal("y", mean, m.half_normal("s1", 1));
  m.observe_normal("w", m.normal("c", 0, 2) + m.normal("k", 0, 1) * u["g"] + v["h"], m.half_normal("s2", 1));
  return m.model();
}

plan::Plan plan_of(const model::Model& model, const frame::Frame& table, const std::string& integrate) {
  return plan::make_plan(model, table, {.integrate = integrate, .parametrisation = {}});
}

/// The same plan with its rows worked one by one.
Density density_by_rows(plan::Plan plan, const frame::Frame& table) {
  plan.without = {"strata", "cells"};
  return {plan, table};
}

TEST(Strata, ResponsesAsByRows) {
  const frame::Frame table = test::crossed_table(5, 90);
  for (const char* integrate : {"all", "none", "auto", "u"}) {
    const plan::Plan plan = plan_of(two_responses(), table, integrate);
    Density by_strata(plan, table), by_rows = density_by_rows(plan, table);
    ASSERT_EQ(by_strata.dimension(), by_rows.dimension());
    for (std::uint64_t draw = 0; draw < 5; ++draw) {
      base::Stream stream(draw, 0, 0, base::Purpose::test);
      std::vector<double> q(by_strata.dimension()), gradient(q.size()), expected(q.size());
      for (double& value : q) value = 0.7 * stream.normal();
      const double value = by_rows.evaluate(q, expected);
      EXPECT_NEAR(by_strata.evaluate(q, gradient), value, 1e-12 * std::abs(value)) << integrate;
      for (std::size_t i = 0; i < q.size(); ++i)
        EXPECT_NEAR(gradient[i], expected[i], 1e-11 * (1 + std::abs(value))) << integrate << ", " << i;
    }
  }
}

/// No expression has a value a row, so that a gradient costs the same for any number of rows.
TEST(Strata, NothingGrowsWithTheRows) {
  const auto tape_of = [](std::size_t rows) {
    const frame::Frame table = test::crossed_table(5, rows);
    return Density(plan_of(two_responses(), table, "all"), table).tape().total();
  };
  EXPECT_EQ(tape_of(100), tape_of(5000));
}

/// Scales of effects far above the residuals': more digits take over, from the rows, and strata get their part of it.
TEST(Strata, PointsThatWantMoreDigits) {
  const frame::Frame table = test::crossed_table(5, 60);
  Builder m;
  const Expr u = m.normal("u", 0, m.half_normal("tau", 1e9), over("g"));
  const Expr log_sd = m.normal("s", m.normal("m", 0, 9), 1, over("h"));
  m.observe_normal("y", m.normal("a", 0, 1e7) + u["g"], exp(log_sd["h"]));
  const plan::Plan plan = plan_of(m.model(), table, "u,a");
  Density by_strata(plan, table), by_rows = density_by_rows(plan, table);
  std::vector<double> q(by_rows.dimension(), -7), gradient(q.size()), expected(q.size());
  q[0] = 20;
  const double value = by_rows.evaluate(q, expected);
  EXPECT_NEAR(by_strata.evaluate(q, gradient), value, 1e-12 * std::abs(value));
  EXPECT_TRUE(by_strata.likelihood().precise() && by_rows.likelihood().precise());
  for (std::size_t i = 0; i < q.size(); ++i) EXPECT_NEAR(gradient[i], expected[i], 1e-11 * std::abs(expected[i])) << i;
}

}  // namespace
}  // namespace woodbury::density
