// Integrated effects times sampled expressions that vary by row, against the dense oracle: the log density, its
// gradient and the conditional of the effects, by rows and by cells, of copies as of the first.
#include <cmath>
#include <functional>
#include <string>

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

/// What a row's coefficients are worked from: g, h and c of the row, and variables' values by name and level.
struct At {
  std::size_t g, h;
  double c;
  std::function<double(const std::string&, std::size_t)> of;
};

/// A mean a + Σ …, with a row of A over g's effects, then h's, then the intercept and what else there is, and their
/// prior sds; correlated pairs of effects over g stand side by side.
struct Case {
  std::string name;
  std::function<Expr(Builder&)> mean;
  std::function<Eigen::VectorXd(const At&)> row;
  std::function<Eigen::MatrixXd(const std::function<double(const std::string&, std::size_t)>&)> prior;
  std::function<Expr(Builder&)> sd = [](Builder& m) { return m.half_normal("sigma", 1); };
  std::function<double(const At&)> noise = [](const At& at) { return at.of("sigma", 0); };
  int flat = 0;  ///< of the last columns
};

using Value = std::function<double(const std::string&, std::size_t)>;

Eigen::MatrixXd diagonal(std::initializer_list<std::pair<int, double>> sds) {
  std::vector<double> variances;
  for (const auto& [count, sd] : sds)
    for (int i = 0; i < count; ++i) variances.push_back(sd * sd);
  return Eigen::Map<Eigen::VectorXd>(variances.data(), static_cast<Eigen::Index>(variances.size())).asDiagonal();
}

std::vector<Case> cases() {
  std::vector<Case> list;
  const auto effects = [](Builder& m, const std::string& name, const std::string& factor) {
    return m.normal(name, 0, m.half_normal("tau_" + name, 1), over(factor));
  };
  const auto crossed = [](const Value& of) { return diagonal({{5, of("tau_u", 0)}, {4, of("tau_v", 0)}, {1, 2}}); };
  const auto unit_row = [](std::size_t size, std::initializer_list<std::pair<std::size_t, double>> entries) {
    Eigen::VectorXd row = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(size));
    for (const auto& [i, x] : entries) row[static_cast<Eigen::Index>(i)] += x;
    return row;
  };
  list.push_back({"a curve times effects",
                  [=](Builder& m) {
                    const Expr u = effects(m, "u", "g"), v = effects(m, "v", "h"), k = m.half_normal("k", 1);
                    return m.normal("a", 0, 2) + u["g"] * exp(-k * m.col("c")) + v["h"];
                  },
                  [=](const At& at) {
                    return unit_row(10, {{at.g, std::exp(-at.of("k", 0) * at.c)}, {5 + at.h, 1}, {9, 1}});
                  },
                  crossed});
  list.push_back(
      {"rates by another group, and an sd that varies",
       [=](Builder& m) {
         const Expr u = effects(m, "u", "g"), v = effects(m, "v", "h"), c = m.col("c");
         const Expr k = m.student_t("k", 4, 0, 0.5, over("h"));
         return m.normal("a", 0, 2) * (c + exp(k["h"] * c)) + u["g"] / (1 + exp(k["h"] + c)) + v["h"] * c;
       },
       [=](const At& at) {
         const double k = at.of("k", at.h);
         return unit_row(10, {{at.g, 1 / (1 + std::exp(k + at.c))}, {5 + at.h, at.c}, {9, at.c + std::exp(k * at.c)}});
       },
       crossed, [](Builder& m) { return exp(m.normal("s", 0, 1) * m.col("c")); },
       [](const At& at) { return std::exp(at.of("s", 0) * at.c); }});
  list.push_back({"loadings over the effects' own group",
                  [=](Builder& m) {
                    const Expr u = effects(m, "u", "g"), v = effects(m, "v", "h");
                    return m.normal("a", 0, 2) + u["g"] * m.lognormal("l", 0, 0.5, over("g"))["g"] + v["h"];
                  },
                  [=](const At& at) {
                    return unit_row(10, {{at.g, at.of("l", at.g)}, {5 + at.h, 1}, {9, 1}});
                  },
                  crossed});
  list.push_back({"loadings over two groups",
                  [=](Builder& m) {
                    const Expr s = m.lognormal("s", 0, 0.5, over("g")), t = m.lognormal("t", 0, 0.5, over("h"));
                    return m.normal("a", 0, 2) * s["g"] * t["h"];
                  },
                  [=](const At& at) {
                    return unit_row(1, {{0, at.of("s", at.g) * at.of("t", at.h)}});
                  },
                  [](const Value&) {
                    return diagonal({{1, 2}});
                  }});
  list.push_back({"a hierarchical mean, and a flat coefficient",
                  [=](Builder& m) {
                    const Expr mu = m.normal("mu", 0, 1.5), k = m.normal("k", 0, 1);
                    const Expr u = m.normal("u", mu, m.half_normal("tau_u", 1), over("g"));
                    return u["g"] * tanh(k * m.col("c") + 0.3) + m.flat("f") * exp(k * m.col("c"));
                  },
                  [=](const At& at) {
                    const double k = at.of("k", 0), x = std::tanh(k * at.c + 0.3);
                    return unit_row(7, {{at.g, x}, {5, x}, {6, std::exp(k * at.c)}});
                  },
                  [](const Value& of) {
                    return diagonal({{5, of("tau_u", 0)}, {1, 1.5}});
                  }});
  list.back().flat = 1;
  list.push_back(
      {"correlated heights and slopes of a curve",
       [=](Builder& m) {
         const Expr cor = m.lkj("cor", 1, {"height", "slope"}, "e"), k = m.half_normal("k", 1);
         const std::vector<Expr> sds{m.half_normal("t0", 1), m.half_normal("t1", 1)};
         const Expr r = m.effects("r", sds, {.over = "g", .cor = cor, .columns = {"height", "slope"}, .dim = "e"});
         return m.normal("a", 0, 2) + r.component(0)["g"] * exp(-k * m.col("c")) + r.component(1)["g"] * m.col("c");
       },
       [=](const At& at) {
         return unit_row(11, {{2 * at.g, std::exp(-at.of("k", 0) * at.c)}, {2 * at.g + 1, at.c}, {10, 1}});
       },
       [](const Value& of) {
         Eigen::MatrixXd prior = diagonal({{10, 0}, {1, 2}});
         Eigen::Matrix2d c;  // the correlation's factor is kept column-major
         c << of("t0", 0) * of("cor", 0), 0, of("t1", 0) * of("cor", 1), of("t1", 0) * of("cor", 3);
         for (int j = 0; j < 5; ++j) prior.block(2 * j, 2 * j, 2, 2) = c * c.transpose();
         return prior;
       }});
  return list;
}

frame::Frame table() {
  frame::Frame table = test::crossed_table(21, 80);
  std::vector<double> c;
  for (const double x : table.numeric("x")) c.push_back(x > 0.5 ? 1 : x > -0.5 ? 0.25 : -0.5);
  table.add("c", frame::Numeric{c});
  return table;
}

/// Variances by subtraction, as the oracle has them, want more digits than these are compared to.
using Oracle = test::DenseOracle<long double>;

/// At the density's last point.
Oracle oracle_at(const Case& of, const plan::Plan& plan, const Density& density, const frame::Frame& table) {
  const Value value = [&](const std::string& name, std::size_t i) {
    return density.values()[density.tape().offset(plan.model.node_of(plan.model.find(name))) + i];
  };
  const Eigen::MatrixXd prior = of.prior(value);
  const auto rows = static_cast<Eigen::Index>(table.rows());
  Eigen::MatrixXd a(rows, prior.rows() + of.flat);
  Eigen::VectorXd r(rows), noise(rows);
  for (Eigen::Index n = 0; n < rows; ++n) {
    const auto row = static_cast<std::size_t>(n);
    const At at{static_cast<std::size_t>(table.factor("g").codes[row]),
                static_cast<std::size_t>(table.factor("h").codes[row]), table.numeric("c")[row], value};
    a.row(n) = of.row(at);
    r[n] = table.numeric("y")[row];
    noise[n] = std::pow(of.noise(at), 2);
  }
  const auto wide = [](const auto& matrix) { return matrix.template cast<long double>(); };
  return {wide(r), wide(a.leftCols(prior.rows())), wide(prior), wide(a.rightCols(of.flat)), wide(noise)};
}

class RowColumnsOf : public ::testing::TestWithParam<std::tuple<std::size_t, bool>> {};

TEST_P(RowColumnsOf, AgreeWithTheDenseOracle) {
  const auto [number, by_cells] = GetParam();
  const Case of = cases()[number];
  const frame::Frame data = table();
  Builder m;
  m.observe_normal("y", of.mean(m), of.sd(m));
  plan::Options options;
  options.integrate = "all";
  if (!by_cells) options.without = {"cells"};
  const plan::Plan plan = plan::make_plan(m.model(), data, options);
  ASSERT_TRUE(plan.linear.has_row_columns()) << of.name;
  Density density(plan, data);
  std::vector<double> q(density.dimension()), gradient(q.size()), unused(q.size());
  base::Stream stream(7, 0, 0, base::Purpose::test);
  for (int point = 0; point < 3; ++point) {
    for (double& value : q) value = (point == 2 ? 1.5 : 0.4) * stream.normal();
    density.evaluate(q, gradient);
    const Oracle oracle = oracle_at(of, plan, density, data);
    const auto expected = static_cast<double>(oracle.log_density);
    EXPECT_NEAR(density.log_likelihood(), expected, 1e-10 * std::abs(expected)) << of.name;
    testing::expect_gradient([&](std::span<const double> at) { return density.evaluate(at, unused); }, q, gradient,
                             1e-7, of.name);

    // What a copy does elsewhere is its own affair.
    density.evaluate(q, gradient);
    Density copy(density);
    copy.evaluate(std::vector<double>(q.size(), -0.3), unused);
    std::vector<double> mean(density.likelihood().effects());
    density.likelihood().conditional_mean(mean);
    ASSERT_EQ(static_cast<Eigen::Index>(mean.size()), oracle.mean.size()) << of.name;
    for (std::size_t i = 0; i < mean.size(); ++i)
      EXPECT_NEAR(mean[i], static_cast<double>(oracle.mean[static_cast<Eigen::Index>(i)]), 1e-9)
          << of.name << ", effect " << i;
    const kernels::Variances by_doubles(nullptr, density.likelihood().kernel().structure());
    std::vector<double> variances(mean.size());
    density.likelihood().variances(by_doubles, variances);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      EXPECT_NEAR(variances[i], static_cast<double>(oracle.covariance(at, at)), 1e-9) << of.name << ", effect " << i;
    }
    copy = density;
    EXPECT_EQ(copy.evaluate(q, unused), density.evaluate(q, gradient)) << of.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Density, RowColumnsOf,
                         ::testing::Combine(::testing::Range<std::size_t>(0, cases().size()), ::testing::Bool()));

}  // namespace
}  // namespace woodbury::density
