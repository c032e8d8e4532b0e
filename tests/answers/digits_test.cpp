// Answers at points that doubles do not tell: known scales many powers of ten apart, against dense algebra in 77
// digits.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"
#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {
namespace {

using Wide =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<256, boost::multiprecision::digit_base_2>,
                                  boost::multiprecision::et_off>;
using Matrix = Eigen::Matrix<Wide, Eigen::Dynamic, Eigen::Dynamic>;
using Vector = Eigen::Matrix<Wide, Eigen::Dynamic, 1>;

struct Scales {
  double g, slope, h, sigma;
};

/// y ~ x + (x || g) + (1 | h) with these scales known.
store::Record with_scales(const frame::Frame& table, const Scales& scales) {
  auto options = test::quick(5);
  options.plan.integrate = "all";
  options.design.priors = {fmt::format("sd(g, Intercept) ~ constant({})", scales.g),
                           fmt::format("sd(g, x) ~ constant({})", scales.slope),
                           fmt::format("sd(h) ~ constant({})", scales.h),
                           fmt::format("sigma ~ constant({})", scales.sigma),
                           "Intercept ~ normal(0, 1e4)",
                           "b ~ normal(0, 1e4)"};
  return test::fitted("y ~ x + (x || g) + (1 | h)", table, options);
}

/// The responses' joint distribution: mean zero, and their covariance with rows of any levels.
struct Joint {
  const frame::Frame& table;
  Scales scales;
  Wide x_mean = 0;
  Matrix precision;
  Vector y;

  Joint(const frame::Frame& fitted, const Scales& known) : table(fitted), scales(known) {
    const auto n = static_cast<Eigen::Index>(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) x_mean += Wide(table.numeric("x")[i]) / static_cast<double>(n);
    Matrix v(n, n);
    y.resize(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      y[i] = table.numeric("y")[static_cast<std::size_t>(i)];
      for (Eigen::Index j = 0; j < n; ++j) v(i, j) = linear(row(i), row(j));
      v(i, i) += Wide(scales.sigma) * scales.sigma;
    }
    precision = v.ldlt().solve(Matrix::Identity(n, n));
  }
  struct Row {
    Wide x;
    int g, h;
  };
  [[nodiscard]] Row row(Eigen::Index i) const {
    const auto n = static_cast<std::size_t>(i);
    return {table.numeric("x")[n], table.factor("g").codes[n], table.factor("h").codes[n]};
  }
  /// Cov of two rows' linear predictors.
  [[nodiscard]] Wide linear(const Row& a, const Row& b) const {
    Wide sum = Wide(1e8) * (1 + (a.x - x_mean) * (b.x - x_mean));
    if (a.g == b.g) sum += Wide(scales.g) * scales.g + a.x * b.x * Wide(scales.slope) * scales.slope;
    if (a.h == b.h) sum += Wide(scales.h) * scales.h;
    return sum;
  }
  [[nodiscard]] std::pair<double, double> predict(const Row& at) const {
    Vector with(y.size());
    for (Eigen::Index i = 0; i < y.size(); ++i) with[i] = linear(row(i), at);
    const Vector gain = precision * with;
    const Wide variance = linear(at, at) - with.dot(gain);
    return {static_cast<double>(gain.dot(y)), static_cast<double>(sqrt(variance))};
  }
  /// log p(y_j | y_−j) by the block of the precision.
  [[nodiscard]] double left_out(const std::vector<Eigen::Index>& rows) const {
    const auto n = static_cast<Eigen::Index>(rows.size());
    Matrix own(n, n);
    Vector pulled(n);
    const Vector all = precision * y;
    for (Eigen::Index i = 0; i < n; ++i) {
      pulled[i] = all[rows[static_cast<std::size_t>(i)]];
      for (Eigen::Index j = 0; j < n; ++j)
        own(i, j) = precision(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(j)]);
    }
    const Eigen::LDLT<Matrix> factor(own);
    const Wide log_determinant = factor.vectorD().array().log().sum();
    return static_cast<double>((log_determinant - Wide(static_cast<double>(n)) * std::log(2 * std::numbers::pi) -
                                pulled.dot(factor.solve(pulled))) /
                               2);
  }
};

const Scales kScales[] = {{1e8, 1e-3, 1e5, 1e-2}, {1e-6, 1e7, 1e9, 1e-3}};

TEST(Digits, Predictions) {
  const frame::Frame table = test::crossed_table(3, 40);
  for (const Scales& scales : kScales) {
    const store::Record record = with_scales(table, scales);
    const Bound bound(record);
    const Rows rows = Rows::of_fit(bound, {});
    Predictor predictor(bound, rows, true);
    ASSERT_TRUE(predictor.place(0));
    ASSERT_TRUE(predictor.precise());
    const Joint joint(table, scales);
    const Table fitted = fitted_table(bound, {.quantity = Quantity::mean});
    const auto expect_row = [&](const Table& answer, std::size_t n, const Joint::Row& row) {
      const auto [mean, sd] = joint.predict(row);
      EXPECT_NEAR(std::get<double>(answer.rows[n][1]), mean, 1e-7 * std::max(1.0, std::abs(mean)) + 1e-9 * sd) << n;
      EXPECT_NEAR(std::get<double>(answer.rows[n][2]), sd, 1e-6 * sd) << n;
    };
    for (std::size_t n = 0; n < table.rows(); ++n) expect_row(fitted, n, joint.row(static_cast<Eigen::Index>(n)));
    frame::Frame data;
    data.add("x", frame::Numeric{{0.3, -2, 1}});
    data.add("g", frame::make_factor(std::vector<std::string>{"g1", "g4", "new"}));
    data.add("h", frame::make_factor(std::vector<std::string>{"h0", "h3", "h2"}));
    const Table answer =
        predict_table(bound, data, {.quantity = Quantity::mean, .effects = {GroupEffects::Kind::fresh, "g"}});
    expect_row(answer, 0, {0.3, 1, 0});
    expect_row(answer, 1, {-2, 4, 3});
    expect_row(answer, 2, {1, 5, 2});
  }
}

TEST(Digits, RowsLeftOut) {
  const frame::Frame table = test::crossed_table(3, 40);
  for (const Scales& scales : kScales) {
    const store::Record record = with_scales(table, scales);
    const Joint joint(table, scales);
    const Loo rows = loo(record, {});
    for (std::size_t n = 0; n < table.rows(); ++n) {
      const double expected = joint.left_out({static_cast<Eigen::Index>(n)});
      EXPECT_NEAR(rows.units[n].elpd, expected, 1e-6 * std::max(1.0, std::abs(expected))) << n;
    }
  }
}

/// Right, or not there: a level's rows leave all but nothing of the precision that they brought. Residuals are doubles,
/// of which densities as low as exp(−10⁶) keep five digits.
TEST(Digits, GroupsLeftOut) {
  const frame::Frame table = test::crossed_table(3, 40);
  std::size_t told = 0;
  for (const Scales& scales : {kScales[0], kScales[1], Scales{30, 0.1, 3, 0.1}, Scales{1e-9, 1e-6, 1, 1e-3}}) {
    const store::Record record = with_scales(table, scales);
    const Joint joint(table, scales);
    for (const std::string by : {"g", "h"}) {
      const Loo groups = loo(record, {.by = by});
      std::vector<std::vector<Eigen::Index>> levels(groups.units.size());
      for (std::size_t n = 0; n < table.rows(); ++n)
        levels[static_cast<std::size_t>(table.factor(by).codes[n])].push_back(static_cast<Eigen::Index>(n));
      for (std::size_t j = 0; j < levels.size(); ++j) {
        const double expected = joint.left_out(levels[j]);
        if (std::isnan(groups.units[j].elpd)) continue;
        ++told;
        EXPECT_NEAR(groups.units[j].elpd, expected, 3e-5 * std::max(1.0, std::abs(expected))) << by << j;
      }
      EXPECT_EQ(groups.bad() > 0,
                std::ranges::any_of(groups.units, [](const LeftOut& u) { return std::isnan(u.elpd); }));
    }
  }
  EXPECT_GE(told, 18U);
}

}  // namespace
}  // namespace woodbury::answers
