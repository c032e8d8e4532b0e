// Points where doubles do not reach, seen through the likelihood: with reductions that the wider numbers go without,
// with columns sampled, and over cells of rows; against the dense oracle in 77 digits.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <boost/multiprecision/eigen.hpp>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/kernels/wide.hpp"

namespace woodbury::density {
namespace {

using kernels::Wide;
using model::Builder;
using model::Expr;
using model::over;
using Oracle = test::DenseOracle<Wide>;
using Matrix = Oracle::Matrix;
using Vector = Oracle::Vector;

/// Next to such a slope both whitened effects look alike.
Expr slopes(Builder& m) {
  const Expr cor = m.lkj("cor", 1, {"Intercept", "x"}, "g__coef");
  const std::vector<Expr> sds{m.half_normal("tau0", 1), m.half_normal("tau1", 1) * 1e9};
  const Expr u = m.effects("u", sds, {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .dim = "g__coef"});
  return u.component(0)["g"] + u.component(1)["g"] * m.col("x");
}

struct Case {
  std::string name, integrate;
  std::function<void(Builder&)> build;
  /// Of a row, given its x, σ and s.
  std::function<Wide(double, double, double)> variance;
  std::string rule;  ///< a reduction that is to be had
  std::set<std::string, std::less<>> without = {};
};

const auto kPlain = [](double, double sigma, double) { return Wide(sigma) * sigma; };

const auto kVarying = [](double x, double sigma, double s) {
  const Wide sd = sigma * std::exp(s * x);
  return Wide(sd * sd);
};

void crossed(Builder& m) {
  m.observe_normal("y", m.normal("a", 0, 2) + slopes(m) + m.normal("v", 0, m.half_normal("s", 1), over("h"))["h"],
                   m.half_normal("sigma", 1) * 1e-3);
}

void varying_scale(Builder& m) {
  m.observe_normal("y", m.normal("a", 0, 2) + slopes(m),
                   m.half_normal("sigma", 1) * exp(m.normal("s", 0, 1) * m.col("x")));
}

void curved_coefficients(Builder& m) {
  m.observe_normal("y", m.normal("a", 0, 2) + slopes(m) * exp(m.normal("s", 0, 1) * m.col("x")),
                   m.half_normal("sigma", 1));
}

const std::vector<Case> kCases{{"levels alike", "all", crossed, kPlain, "equal-levels"},
                               {"another factor sampled", "u", crossed, kPlain, ""},
                               {"strata", "all", varying_scale, kVarying, ""},
                               {"cells", "all", varying_scale, kVarying, "cells", {"strata"}},
                               {"coefficients by row", "all", curved_coefficients, kPlain, "cells"}};

/// From the design and the point that the likelihood works at, a row each.
Oracle reference(const Density& by_rows, const frame::Frame& table, const Case& of, double sigma, double s) {
  const Likelihood& likelihood = by_rows.likelihood();
  const moments::Design& design = likelihood.design();
  const kernels::Point& point = likelihood.point();
  const auto rows = static_cast<Eigen::Index>(design.rows());
  Vector r(rows), noise(rows);
  Matrix a(rows, 0), prior(0, 0);
  for (Eigen::Index n = 0; n < rows; ++n) {
    r[n] = table.numeric("y")[static_cast<std::size_t>(n)];
    noise[n] = of.variance(table.numeric("x")[static_cast<std::size_t>(n)], sigma, s);
  }
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const moments::Block& block = design.blocks()[k];
    const auto d = static_cast<Eigen::Index>(block.columns.size()), levels = static_cast<Eigen::Index>(block.levels);
    Matrix columns = Matrix::Zero(rows, levels * d);
    for (Eigen::Index n = 0; n < rows; ++n)
      for (Eigen::Index c = 0; c < d; ++c) {
        const auto& column = block.columns[static_cast<std::size_t>(c)];
        columns(n, (block.codes ? block.codes[n] : 0) * d + c) = column ? (*column)[static_cast<std::size_t>(n)] : 1;
      }
    if (!likelihood.linear().blocks[k].integrated) {
      const double* theta = &point.coefficients[design.offset(k)];
      for (Eigen::Index i = 0; i < columns.cols(); ++i) {
        const double origin = likelihood.origin(k, static_cast<std::size_t>(i % d));
        r -= columns.col(i) * (Wide(theta[i]) + origin);
      }
      continue;
    }
    const std::vector<double>& factor = point.factor[k];
    Matrix c = Matrix::Zero(d, d);
    for (Eigen::Index i = 0; i < d * d; ++i)
      if (factor.size() == static_cast<std::size_t>(d * d))
        c(i / d, i % d) = factor[static_cast<std::size_t>(i)];
      else if (i < d)
        c(i, i) = factor[static_cast<std::size_t>(i)];
    const Matrix square = c * c.transpose();
    const Eigen::Index before = a.cols();
    a.conservativeResize(Eigen::NoChange, before + columns.cols());
    a.rightCols(columns.cols()) = columns;
    prior.conservativeResizeLike(Matrix::Zero(a.cols(), a.cols()));
    for (Eigen::Index j = 0; j < levels; ++j) prior.block(before + j * d, before + j * d, d, d) = square;
  }
  return {r, a, prior, Matrix(rows, 0), noise};
}

std::size_t coordinate_of(const Density& density, const plan::Plan& plan, const std::string& name) {
  const auto& all = plan.model.variables();
  const auto found = std::ranges::find(all, name, [](const auto& variable) { return variable.name; });
  return density.coordinate(static_cast<model::VariableId>(found - all.begin()));
}

class MoreDigitsOf : public ::testing::TestWithParam<std::size_t> {};

TEST_P(MoreDigitsOf, ValueGradientMeansAndVariances) {
  const Case& of = kCases[GetParam()];
  const frame::Frame table = test::designed_table(3);
  Builder m;
  of.build(m);
  plan::Options options;
  options.integrate = of.integrate;
  options.without = of.without;
  const plan::Plan plan = plan::make_plan(m.model(), table, options);
  if (!of.rule.empty()) {
    EXPECT_TRUE(std::ranges::any_of(plan.reductions, [&](const auto& each) { return each.rule == of.rule; }))
        << of.name;
  }
  plan::Plan unmerged = plan;
  unmerged.without = {"cells", "equal-levels", "strata"};
  Density density(plan, table), by_rows(unmerged, table);
  std::vector<double> q(density.dimension()), gradient(q.size()), unused(q.size());
  base::Stream stream(1, 0, 0, base::Purpose::test);
  for (double& value : q) value = 0.3 * stream.normal();
  const double value = density.locate(q);
  ASSERT_TRUE(density.likelihood().precise()) << of.name << ": doubles do";
  by_rows.locate(q);
  const double precision = by_rows.likelihood().point().precision;
  const bool varies = of.name == "cells" || of.name == "strata";
  const double sigma = varies ? std::exp(q[coordinate_of(density, plan, "sigma")]) : 1 / std::sqrt(precision);
  const Oracle oracle = reference(by_rows, table, of, sigma, varies ? q[coordinate_of(density, plan, "s")] : 0);
  EXPECT_NEAR(value, static_cast<double>(oracle.log_density), 1e-9 * (1 + std::abs(value))) << of.name;

  density.evaluate(q, gradient);
  ASSERT_TRUE(density.likelihood().precise());
  testing::expect_gradient([&](std::span<const double> at) { return density.evaluate(at, unused); }, q, gradient, 1e-5);

  density.locate(q);
  const auto size = static_cast<std::size_t>(oracle.mean.size());
  std::vector<double> mean(density.likelihood().effects()), variances(mean.size());
  density.likelihood().conditional_mean(mean);
  const kernels::Variances by_doubles(density.likelihood().reduction(), density.likelihood().kernel().structure());
  density.likelihood().variances(by_doubles, variances);
  std::size_t i = 0;
  for (std::size_t k = 0; k < density.likelihood().linear().blocks.size(); ++k) {
    if (!density.likelihood().linear().blocks[k].integrated) continue;
    const std::size_t begin = density.likelihood().effects_of(k),
                      end = k + 1 < density.likelihood().linear().blocks.size() ? density.likelihood().effects_of(k + 1)
                                                                                : mean.size();
    for (std::size_t at = begin; at < end; ++at, ++i) {
      const double expected = static_cast<double>(oracle.mean[static_cast<Eigen::Index>(i)]);
      const double variance =
          static_cast<double>(oracle.covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)));
      EXPECT_NEAR(mean[at], expected, 1e-6 * (std::sqrt(variance) + 1e-6 * std::abs(expected))) << of.name << ", " << i;
      EXPECT_NEAR(variances[at], variance, 1e-6 * variance) << of.name << ", " << i;
    }
  }
  EXPECT_EQ(i, size);
}

/// Where σ is tiny beside the residuals, the value has many digits right and its nats none: effects are worked again.
TEST(MoreDigits, EffectsOfAValueFarFromZero) {
  const frame::Frame table = test::designed_table(3);
  Builder m;
  m.observe_normal("y", m.normal("a", 0, 2) + m.normal("v", 0, 1, over("h"))["h"], m.half_normal("sigma", 1) * 1e-7);
  Density density(plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}}), table);
  const std::vector<double> q{0.2};
  const double value = density.locate(q);
  EXPECT_LT(value, -1e14);
  EXPECT_FALSE(density.likelihood().precise()) << "the value does not need it";
  const Oracle oracle = reference(density, table, kCases[0], 1 / std::sqrt(density.likelihood().point().precision), 0);
  EXPECT_NEAR(value, static_cast<double>(oracle.log_density), 1e-9 * std::abs(value));
  std::vector<double> mean(density.likelihood().effects());
  density.likelihood().conditional_mean(mean);
  ASSERT_EQ(static_cast<Eigen::Index>(mean.size()), oracle.mean.size());
  for (Eigen::Index i = 0; i < oracle.mean.size(); ++i) {
    const double sd = std::sqrt(static_cast<double>(oracle.covariance(i, i)));
    EXPECT_NEAR(mean[static_cast<std::size_t>(i)], static_cast<double>(oracle.mean[i]), 1e-4 * sd) << i;
  }
}

/// A first trial step can meet scales that only the prior could bear out, and it does not: no digits are spent there.
TEST(MoreDigits, NoneWhereThePriorsAreZero) {
  const frame::Frame table = test::designed_table(3);
  Builder m;
  crossed(m);
  Density density(plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}}), table);
  std::vector<double> q(density.dimension(), 0), gradient(q.size());
  q[density.coordinate(m.model().find("s"))] = 20;
  EXPECT_EQ(density.evaluate(q, gradient), -std::numeric_limits<double>::infinity());
  EXPECT_NE(density.failure().find("priors' density is practically zero"), std::string::npos) << density.failure();
  EXPECT_TRUE(std::isfinite(density.locate(q))) << "asked without priors, it is told";
}

INSTANTIATE_TEST_SUITE_P(Likelihood, MoreDigitsOf, ::testing::Range<std::size_t>(0, kCases.size()));

}  // namespace
}  // namespace woodbury::density
