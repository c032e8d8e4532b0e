// Predictions against brute force: draws of effects and noise, and dense Gaussian conditioning.
#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

using Labels = std::vector<std::string>;

/// A record with hyperparameters that do not vary: closed forms then have exact counterparts.
store::Record fixed_scales(const std::string& formula, const frame::Frame& table,
                           fit::Options options = test::quick(40)) {
  options.design.priors = {"sd(g) ~ constant(0.7)", "sigma ~ constant(0.5)"};
  return test::fitted(formula, table, options);
}

frame::Frame rows(const std::vector<double>& x, const Labels& g, const std::vector<double>& y = {}) {
  frame::Frame table;
  table.add("x", frame::Numeric{x});
  table.add("g", frame::make_factor(g));
  if (y.size() == x.size()) table.add("y", frame::Numeric{y});
  return table;
}

/// y ~ x + (1 | g) with all scales known, by dense algebra: (Intercept at the mean, b, u of levels and of one new).
struct Dense {
  Eigen::MatrixXd a;
  Eigen::VectorXd prior_mean, mean;
  Eigen::MatrixXd covariance;
  double x_mean = 0;

  Dense(const store::Record& record, const frame::Frame& table, const frame::Frame& more) {
    const auto& x = table.numeric("x");
    const auto& g = table.factor("g");
    for (const double each : x) x_mean += each / static_cast<double>(x.size());
    const auto n = static_cast<Eigen::Index>(table.rows()), k = static_cast<Eigen::Index>(more.rows());
    const auto levels = static_cast<Eigen::Index>(g.levels.size());
    a = Eigen::MatrixXd::Zero(n + k, levels + 3);
    Eigen::VectorXd y(n + k);
    for (Eigen::Index i = 0; i < n + k; ++i) {
      const bool extra = i >= n;
      const auto row = static_cast<std::size_t>(extra ? i - n : i);
      a(i, 0) = 1;
      a(i, 1) = (extra ? more : table).numeric("x")[row] - x_mean;
      a(i, 2 + (extra ? levels : g.codes[row])) = 1;
      y[i] = (extra ? more : table).numeric("y")[row];
    }
    Eigen::VectorXd variances(levels + 3);
    variances.setConstant(0.49);
    prior_mean = Eigen::VectorXd::Zero(levels + 3);
    const model::Model model = model::from_json(record.model);
    for (const auto& [name, at] : {std::pair{"Intercept", 0}, std::pair{"b_x", 1}}) {
      const auto& args = model.variable(model.find(name)).distribution.args;
      prior_mean[at] = model.node(args[0]).value;
      variances[at] = std::pow(model.node(args[1]).value, 2);
    }
    const Eigen::MatrixXd precision = Eigen::MatrixXd(variances.cwiseInverse().asDiagonal()) + a.transpose() * a / 0.25;
    covariance = precision.inverse();
    mean = covariance * (variances.cwiseInverse().cwiseProduct(prior_mean) + a.transpose() * y / 0.25);
  }
  [[nodiscard]] Conditional at(double x, Eigen::Index level) const {
    Eigen::VectorXd row = Eigen::VectorXd::Zero(mean.size());
    row[0] = 1;
    row[1] = x - x_mean;
    if (level >= 0) row[2 + level] = 1;
    return {row.dot(mean), row.dot(covariance * row)};
  }
};

double cell(const Table& table, std::size_t row, std::size_t column) {
  return std::get<double>(table.rows[row][column]);
}

TEST(Predict, KnownScalesAreDenseGaussianAlgebra) {
  const frame::Frame table = test::crossed_table(3, 60);
  for (const std::string integrate : {"all", "fixed", "g"}) {
    auto options = test::quick(integrate == "all" ? 10 : 1500);
    options.plan.integrate = integrate;
    const store::Record record = fixed_scales("y ~ x + (1 | g)", table, options);
    const Bound bound(record);
    const Dense dense(record, table, rows({}, {}, {}));
    const frame::Frame data = rows({0.3, -2, 1}, {"g1", "g4", "new"});
    for (const Quantity quantity : {Quantity::response, Quantity::mean}) {
      const Table table_of =
          predict_table(bound, data, {.quantity = quantity, .effects = {GroupEffects::Kind::fresh, "g"}, .prob = 0.9});
      const double noise = quantity == Quantity::response ? 0.25 : 0;
      const double tolerance = integrate == "all" ? 1e-9 : 0.03;  // the rest is sampled: Monte Carlo error
      for (std::size_t n = 0; n < 3; ++n) {
        const Conditional c = dense.at(data.numeric("x")[n], n == 0 ? 1 : n == 1 ? 4 : 5);
        const double sd = std::sqrt(c.variance + noise);
        EXPECT_NEAR(cell(table_of, n, 1), c.mean, 3 * tolerance) << integrate << n;
        EXPECT_NEAR(cell(table_of, n, 2), sd, 3 * tolerance) << integrate << n;
        EXPECT_NEAR(cell(table_of, n, 3), c.mean - 1.6448536269514722 * sd, 10 * tolerance) << integrate << n;
        EXPECT_NEAR(cell(table_of, n, 4), c.mean + 1.6448536269514722 * sd, 10 * tolerance) << integrate << n;
      }
    }
    const Table zero =
        predict_table(bound, data, {.quantity = Quantity::mean, .effects = {GroupEffects::Kind::none, ""}});
    EXPECT_NEAR(cell(zero, 0, 1), dense.at(0.3, -1).mean, integrate == "all" ? 1e-9 : 0.1);
    EXPECT_NEAR(cell(zero, 0, 2), std::sqrt(dense.at(0.3, -1).variance), integrate == "all" ? 1e-9 : 0.1);
  }
}

/// A new level after observations: as if the fit had held these rows too.
TEST(Predict, ANewLevelIsConditionedOnItsRows) {
  const frame::Frame table = test::crossed_table(3, 60);
  for (const std::size_t k : {1U, 3U}) {
    const std::vector<double> x{0.5, -1, 2}, y{2.5, 2, 3.5};
    const frame::Frame given = rows({x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k)}, Labels(k, "new"),
                                    {y.begin(), y.begin() + static_cast<std::ptrdiff_t>(k)});
    const store::Record record = fixed_scales("y ~ x + (1 | g)", table, test::quick(10));
    const Bound bound(record);
    const Dense dense(record, table, given);
    PredictOptions options{.quantity = Quantity::mean, .effects = {GroupEffects::Kind::fresh, "g"}, .given = given};
    const Table answer = predict_table(bound, rows({0.7, 0.7}, {"new", "other"}), options);
    const Conditional c = dense.at(0.7, 5);
    EXPECT_NEAR(cell(answer, 0, 1), c.mean, 1e-9) << k;
    EXPECT_NEAR(cell(answer, 0, 2), std::sqrt(c.variance), 1e-9) << k;
    EXPECT_GT(cell(answer, 1, 2), 0.69);  // a level of which nothing is known
  }
}

/// With free scales, correlated slopes and crossed factors: closed forms against many draws.
TEST(Predict, MixturesAreThoseOfSimulation) {
  const frame::Frame table = test::crossed_table(3, 80);
  for (const bool lognormal : {false, true}) {
    auto options = test::quick(1000, 3);
    if (lognormal) options.design.family = model::FamilyKind::lognormal;
    const store::Record record =
        test::fitted(std::string(lognormal ? "z" : "y") + " ~ x + (x | g) + (1 | h)", table, options);
    const Bound bound(record);
    frame::Frame data = rows({0.5, -1}, {"g1", "new"});
    data.add("h", frame::make_factor(Labels{"h2", "h0"}));
    const auto names = record.draws.column_names();
    std::map<std::string, std::size_t> columns;
    for (std::size_t c = 0; c < names.size(); ++c) columns[names[c]] = c;
    const auto value = [&](std::size_t draw, const char* name) {
      return record.draws.chains[draw / 1000].values[draw % 1000 * record.draws.width() + columns.at(name)];
    };
    base::Stream stream(1, 0, 0, base::Purpose::test);
    for (const Quantity quantity : {Quantity::response, Quantity::mean, Quantity::median, Quantity::linpred}) {
      std::vector<std::vector<double>> simulated(2);
      for (std::size_t draw = 0; draw < 2000; ++draw)
        for (int copy = 0; copy < 10; ++copy) {
          const double s0 = value(draw, "sd_g__Intercept"), s1 = value(draw, "sd_g__x"),
                       rho = value(draw, "cor_g__Intercept__x"), z0 = stream.normal(), z1 = stream.normal();
          const double u0 = s0 * z0, u1 = s1 * (rho * z0 + std::sqrt(1 - rho * rho) * z1), sigma = value(draw, "sigma");
          const double b0 = value(draw, "b_Intercept"), b1 = value(draw, "b_x");
          const std::vector<double> eta{b0 + value(draw, "r_g[g1,Intercept]") + 0.5 * (b1 + value(draw, "r_g[g1,x]")) +
                                            value(draw, "r_h[h2,Intercept]"),
                                        b0 + u0 - (b1 + u1) + value(draw, "r_h[h0,Intercept]")};
          for (std::size_t n = 0; n < 2; ++n) {
            double out = eta[n];
            if (quantity == Quantity::response) out += sigma * stream.normal();
            if (lognormal && quantity == Quantity::mean) out += 0.5 * sigma * sigma;
            simulated[n].push_back(lognormal && quantity != Quantity::linpred ? std::exp(out) : out);
          }
        }
      const Table answer =
          predict_table(bound, data, {.quantity = quantity, .effects = {GroupEffects::Kind::fresh, "g"}, .prob = 0.8});
      for (std::size_t n = 0; n < 2; ++n) {
        const double scale = diagnose::quantile(simulated[n], 0.9) - diagnose::quantile(simulated[n], 0.1);
        EXPECT_NEAR(cell(answer, n, 3), diagnose::quantile(simulated[n], 0.1), 0.06 * scale) << n;
        EXPECT_NEAR(cell(answer, n, 4), diagnose::quantile(simulated[n], 0.9), 0.06 * scale) << n;
        if (lognormal && n == 1) continue;  // moments of so wide a log-normal are not had by simulation
        double mean = 0;
        for (const double each : simulated[n]) mean += each / static_cast<double>(simulated[n].size());
        EXPECT_NEAR(cell(answer, n, 1), mean, 0.06 * scale) << n;
      }
    }
  }
}

TEST(Predict, FittedAndResidualsAddUpToTheResponse) {
  const frame::Frame table = test::crossed_table(3, 60);
  auto options = test::quick(300);
  options.design.weights = "w";
  const store::Record record = test::fitted("y ~ x + (x | g)", table, options);
  const Bound bound(record);
  const Table fitted = fitted_table(bound, {.quantity = Quantity::mean});
  const Table residuals = residuals_table(bound, {.quantity = Quantity::mean});
  for (std::size_t n = 0; n < table.rows(); ++n) {
    EXPECT_NEAR(cell(fitted, n, 1) + cell(residuals, n, 1), table.numeric("y")[n], 1e-9);
    EXPECT_NEAR(cell(fitted, n, 3) + cell(residuals, n, 4), table.numeric("y")[n], 1e-9);
  }
  // The same rows as a new table.
  const Table again = predict_table(bound, table, {.quantity = Quantity::mean});
  for (std::size_t n = 0; n < table.rows(); ++n) EXPECT_NEAR(cell(again, n, 1), cell(fitted, n, 1), 1e-9);
}

TEST(Predict, WhatIsUnknownIsNamed) {
  const store::Record record = test::fitted("y ~ x + h + (1 | g)", test::crossed_table(3, 60), test::quick(20));
  const Bound bound(record);
  const auto said = [&](frame::Frame data, const GroupEffects& effects) -> std::string {
    try {
      (void)predict_table(bound, data, {.effects = effects});
    } catch (const base::Error& error) {
      return error.describe();
    }
    return "nothing";
  };
  frame::Frame data = rows({1.0}, {"g9"});
  data.add("h", frame::make_factor(Labels{"h1"}));
  const GroupEffects all, fresh{GroupEffects::Kind::fresh, "g"}, wrong{GroupEffects::Kind::fresh, "gg"};
  EXPECT_NE(said(data, all).find("`g` has no level `g9`, as row 1 has it; ask for effects `new:g`"), std::string::npos)
      << said(data, all);
  EXPECT_EQ(said(data, fresh), "nothing");
  EXPECT_NE(said(data, wrong).find("no grouping factor `gg`; did you mean `g`?"), std::string::npos);
  data.add("h", frame::make_factor(Labels{"h7"}));
  EXPECT_NE(said(data, fresh).find("`h` has no level `h7`"), std::string::npos) << said(data, fresh);
  frame::Frame bare;
  bare.add("x", frame::Numeric{{1.0}});
  bare.add("h", frame::make_factor(Labels{"h1"}));
  EXPECT_NE(said(bare, all).find("the data have no column `g`"), std::string::npos);
  EXPECT_EQ(said(bare, fresh), "nothing");
}

}  // namespace
}  // namespace woodbury::answers
