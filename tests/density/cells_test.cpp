// Rows merged into cells: the same density and gradient as row by row, and the dense normal's value.
#include <cmath>
#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// Crossed factors g and h with g nested in i; x of two values, so that rows are alike; weights w and an offset of
/// many.
frame::Frame repeated_table(std::size_t rows) {
  frame::Frame table = test::crossed_table(3, rows);
  std::vector<double> x, offset;
  base::Stream stream(4, 0, 0, base::Purpose::test);
  for (std::size_t n = 0; n < rows; ++n) {
    x.push_back(stream.below(2) == 0 ? -1 : 1);
    offset.push_back(stream.normal());
  }
  table.add("x", frame::Numeric{x});
  table.add("offset", frame::Numeric{offset});
  return table;
}

/// As `sigma ~ x + (x | g)` with correlated effects on both sides.
void varying_slopes(Builder& m) {
  const auto effects = [&](const std::string& name) {
    const Expr cor = m.lkj("cor_" + name, 1, {"Intercept", "x"}, "g__" + name);
    const std::vector<Expr> sds{m.half_normal("sd0_" + name, 1), m.half_normal("sd1_" + name, 1)};
    const Expr r =
        m.effects("r_" + name, sds, {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .dim = "g__" + name});
    return r.component(0)["g"] + r.component(1)["g"] * m.col("x");
  };
  const Expr mean = m.normal("a", 0, 2) + m.normal("b", 0, 1) * m.col("x") + effects("u");
  m.observe_lognormal("z", mean, exp(m.normal("s", 0, 1) + m.normal("t", 0, 1) * m.col("x") + effects("v")));
}

void sigma_by_group(Builder& m) {
  const Expr u = m.normal("u", m.normal("mu", 0, 1), m.half_normal("tau", 1), over("g"));
  const Expr top = m.normal("top", 0, m.half_normal("omega", 1), over("i"));
  const Expr log_sd = m.normal("log_sd", m.normal("m", 0, 1), 1, over("h"));
  m.observe_normal("y", m.flat("a") + u["g"] + top["i"] + m.col("offset"), exp(log_sd["h"]) / sqrt(m.col("x") + 2));
}

void curved_mean(Builder& m) {
  const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
  const Expr curve = exp(-m.half_normal("k", 1) * square(m.col("x") + 0.5));
  m.observe_normal("y", m.normal("a", 0, 1) + u["g"] + curve + m.col("offset"),
                   m.half_normal("sigma", 1) / sqrt(m.col("w")));
}

struct Case {
  std::string name;
  std::function<void(Builder&)> build;
  std::size_t most_cells;  ///< levels of the factors × values of x
  std::size_t strata;      ///< at most, of one residual scale; 0: the mean asks for the rows
};

const std::vector<Case> kCases{{"slopes of mean and sigma", varying_slopes, 10, 10},
                               {"sigma by group", sigma_by_group, 40, 8},
                               {"curved mean with known weights and offset", curved_mean, 10, 0}};

TEST(DensityByCells, ValueAndGradientAreThoseOfTheRows) {
  const frame::Frame table = repeated_table(300);
  for (const Case& each : kCases) {
    Builder m;
    each.build(m);
    for (const char* integrate : {"all", "none", "auto"}) {
      const plan::Plan by_rule = plan::make_plan(m.model(), table, {.integrate = integrate, .parametrisation = {}});
      ASSERT_EQ(by_rule.reductions.size(), 1U) << each.name;
      EXPECT_EQ(by_rule.reductions[0].rule, each.strata > 0 ? "strata" : "cells") << each.name;
      EXPECT_LE(by_rule.reductions[0].left, each.strata > 0 ? each.strata : each.most_cells) << each.name;
      const plan::Plan merged = plan::make_plan(
          m.model(), table, {.integrate = integrate, .parametrisation = {}, .reduce = true, .without = {"strata"}});
      ASSERT_EQ(merged.reductions.size(), 1U) << each.name;
      EXPECT_EQ(merged.reductions[0].rule, "cells");
      EXPECT_LE(merged.reductions[0].left, each.most_cells) << each.name;
      plan::Plan rows = merged;
      rows.without = {"cells", "strata"};
      // With strata also over rows that are not merged.
      plan::Plan split = merged;
      split.without = {"cells"};
      Density by_cells(merged, table), by_rows(rows, table), by_strata(split, table);
      EXPECT_EQ(by_cells.likelihood().design().rows(), merged.reductions[0].left);
      EXPECT_EQ(by_rows.likelihood().design().rows(), 300U);
      ASSERT_EQ(by_cells.dimension(), by_rows.dimension());
      for (std::uint64_t draw = 0; draw < 5; ++draw) {
        base::Stream stream(draw, 0, 0, base::Purpose::test);
        std::vector<double> q(by_cells.dimension()), gradient(q.size()), expected(q.size());
        for (double& value : q) value = 0.7 * stream.normal();
        const double value = by_rows.evaluate(q, expected);
        EXPECT_NEAR(by_cells.evaluate(q, gradient), value, 1e-12 * std::abs(value)) << each.name << ", " << integrate;
        double scale = 1;
        for (const double slope : expected) scale = std::max(scale, std::abs(slope));
        for (std::size_t i = 0; i < q.size(); ++i)
          EXPECT_NEAR(gradient[i], expected[i], 1e-11 * scale) << each.name << ", " << integrate << ", " << i;
        EXPECT_NEAR(by_strata.evaluate(q, gradient), value, 1e-12 * std::abs(value)) << each.name << ", " << integrate;
        for (std::size_t i = 0; i < q.size(); ++i)
          EXPECT_NEAR(gradient[i], expected[i], 1e-11 * scale) << each.name << ", " << integrate << ", " << i;
      }
    }
  }
}

TEST(DensityByCells, RecoveredEffectsAreThoseOfTheRows) {
  const frame::Frame table = repeated_table(200);
  Builder m;
  varying_slopes(m);
  plan::Plan plan = plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}});
  Density by_cells(plan, table);
  plan.without = {"cells", "strata"};
  Density by_rows(plan, table);
  const std::vector<double> q(by_cells.dimension(), 0.2);
  by_cells.locate(q);
  by_rows.locate(q);
  std::vector<double> ours(by_cells.likelihood().design().size()), expected(ours.size());
  base::Stream one(1, 0, 0, base::Purpose::recover), two(1, 0, 0, base::Purpose::recover);
  by_cells.likelihood().recover(one, ours);
  by_rows.likelihood().recover(two, expected);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 1e-11);
}

/// The value against a dense normal that has never heard of cells: sd by level of g and by x, effects of g integrated.
TEST(DensityByCells, TheDenseNormalsValue) {
  const frame::Frame table = repeated_table(120);
  Builder m;
  const Expr u = m.normal("u", 0, m.constant("tau", 0.8), over("g"));
  const Expr s = m.normal("s", 0, 1, over("g"));
  m.observe_normal("y", m.normal("a", 0.5, 2) + u["g"], exp(s["g"] + m.normal("t", 0, 1) * m.col("x")));
  Density density(plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {{"s", "noncentred"}}}),
                  table);
  std::vector<double> q{0.1, -0.3, 0.2, 0.4, -0.1, 0.3};  // s, then t
  ASSERT_EQ(density.dimension(), q.size());
  density.locate(q);
  const auto rows = static_cast<Eigen::Index>(table.rows());
  const auto& codes = table.factor("g").codes;
  const auto levels = static_cast<Eigen::Index>(table.factor("g").levels.size());
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(rows, levels + 1),
                  prior = Eigen::MatrixXd::Identity(levels + 1, levels + 1);
  Eigen::VectorXd r(rows), noise(rows);
  for (Eigen::Index n = 0; n < rows; ++n) {
    const auto row = static_cast<std::size_t>(n);
    a(n, codes[row]) = a(n, levels) = 1;
    r[n] = table.numeric("y")[row] - 0.5;
    noise[n] = std::exp(2 * (q[static_cast<std::size_t>(codes[row])] + q[5] * table.numeric("x")[row]));
  }
  prior *= 0.8 * 0.8;
  prior(levels, levels) = 4;
  const test::DenseOracle<> oracle(r, a, prior, Eigen::MatrixXd(rows, 0), noise);
  EXPECT_NEAR(density.log_likelihood(), oracle.log_density, 1e-10 * std::abs(oracle.log_density));
}

TEST(DensityByCells, OneRowACellIsNoReduction) {
  const frame::Frame table = test::crossed_table(3, 50);
  Builder m;
  sigma_by_group(m);
  frame::Frame with_offset = table;
  with_offset.add("offset", frame::Numeric{std::vector<double>(50)});
  with_offset.add("x", frame::Numeric{[] {
                    std::vector<double> x;
                    for (int n = 0; n < 50; ++n) x.push_back(n);
                    return x;
                  }()});
  const plan::Plan plan = plan::make_plan(m.model(), with_offset, {});
  EXPECT_TRUE(plan.reductions.empty());
  EXPECT_EQ(plan.data_path.find("cells"), std::string::npos) << plan.data_path;
}

}  // namespace
}  // namespace woodbury::density
