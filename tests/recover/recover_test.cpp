// From unconstrained draws to draws of everything: names, folding in of means, threads, and the exact conditional.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::recover {
namespace {

using model::Builder;
using model::Expr;
using model::over;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Names = std::vector<std::string>;

/// Chains of random coordinates, or of one point repeated.
draws::Draws coordinates(const density::Density& density, std::size_t chains, std::size_t count,
                         const std::vector<double>& point = {}) {
  draws::Draws result({{"q", {"q__dim"}, {std::vector<std::string>(density.dimension())}}});
  for (std::size_t c = 0; c < chains; ++c) {
    draws::Chain chain;
    chain.draws = count;
    base::Stream stream(1, c, 0, base::Purpose::test);
    for (std::size_t i = 0; i < count * density.dimension(); ++i)
      chain.values.push_back(point.empty() ? 0.4 * stream.normal() : point[i % density.dimension()]);
    chain.stats.lp.assign(count, static_cast<double>(c));
    result.chains.push_back(std::move(chain));
  }
  return result;
}

struct Fitted {
  plan::Plan plan;
  frame::Frame table;
  density::Density density;

  Fitted(const std::function<void(Builder&)>& build, const frame::Frame& data, const plan::Options& options)
      : plan(make(build, data, options)), table(data), density(plan, data) {}

  [[nodiscard]] draws::Draws recovered(const draws::Draws& q, const Options& options = {}) const {
    return whole(q, options).draws;
  }
  [[nodiscard]] Recovered whole(const draws::Draws& q, const Options& options = {}) const {
    return recover(plan, density, table, q, options);
  }

 private:
  static plan::Plan make(const std::function<void(Builder&)>& build, const frame::Frame& data,
                         const plan::Options& options) {
    Builder m;
    build(m);
    return plan::make_plan(m.model(), data, options);
  }
};

/// y ~ x + (x | g) as a formula makes it: a centred intercept that is not reported, b_Intercept derived from it.
void as_a_formula(Builder& m) {
  const Expr a = m.variable("Intercept", model::parse_prior("normal(1, 2)"), false, false);
  const Expr b = m.normal("b_x", 0, 2), sd0 = m.half_normal("sd_g__Intercept", 1), sd1 = m.half_normal("sd_g__x", 1);
  const Expr cor = m.lkj("cor_g", 1, {"Intercept", "x"}, "g__coef");
  const Expr r = m.effects("r_g", {sd0, sd1},
                           {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .dim = "g__coef"}),
             x = m.col("x");
  const Expr sigma = m.half_normal("sigma", 1);
  m.observe_normal("y", a + b * (x - 0.3) + r.component(0)["g"] + r.component(1)["g"] * x, sigma);
  m.derive("b_Intercept", a - b * 0.3);
}

TEST(Recover, NamesDimsAndCoords) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const Fitted fit(as_a_formula, table, {"all", {}});
  const draws::Draws draws = fit.recovered(coordinates(fit.density, 2, 5));
  Names names;
  for (const draws::Variable& variable : draws.variables()) names.push_back(variable.name);
  EXPECT_EQ(names, (Names{"b_Intercept", "b_x", "sd_g__Intercept", "sd_g__x", "cor_g__Intercept__x", "sigma", "r_g"}));
  const draws::Variable& r = draws.variables().back();
  EXPECT_EQ(r.dims, (Names{"g", "g__coef"}));
  EXPECT_EQ(r.coords, (std::vector<Names>{{"g0", "g1", "g2"}, {"Intercept", "x"}}));
  EXPECT_EQ(draws.column_names().back(), "r_g[g2,x]");
  EXPECT_EQ(draws.chains.size(), 2U);
  EXPECT_EQ(draws.chains[1].stats.lp, std::vector<double>(5, 1));  // carried over
  Names alone;
  for (const draws::Variable& variable : variables(fit.plan, table, true)) alone.push_back(variable.name);
  EXPECT_EQ(alone, names);
}

TEST(Recover, OnlyWhatWasSampled) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const auto names = [&](const plan::Options& options) {
    const Fitted fit(as_a_formula, table, options);
    const draws::Draws draws = fit.recovered(coordinates(fit.density, 1, 3), {.seed = 1, .keep_integrated = false});
    for (const double value : draws.chains[0].values) EXPECT_TRUE(std::isfinite(value));
    Names list;
    for (const draws::Variable& variable : draws.variables()) list.push_back(variable.name);
    return list;
  };
  EXPECT_EQ(names({"all", {}}), (Names{"sd_g__Intercept", "sd_g__x", "cor_g__Intercept__x", "sigma"}));
  // b_Intercept depends on sampled variables alone here.
  EXPECT_EQ(names({"g", {}}),
            (Names{"b_Intercept", "b_x", "sd_g__Intercept", "sd_g__x", "cor_g__Intercept__x", "sigma"}));
}

TEST(Recover, DerivedAndCorrelationsAreThoseOfTheDraw) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const auto build = [](Builder& m) {
    const Expr cor = m.lkj("cor", 1, {"p", "q", "s"}, "g__coef"), sd = m.half_normal("sd", 1);
    const Expr r =
        m.effects("r", {sd, sd, sd}, {.over = "g", .cor = cor, .columns = {"p", "q", "s"}, .dim = "g__coef"});
    const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), x = m.col("x"), w = m.col("w");
    m.observe_normal("y", a + b * x + r.component(0)["g"] + r.component(1)["g"] * x + r.component(2)["g"] * w, sd);
    m.derive("both", exp(a) * b + sd);
  };
  const Fitted fit(build, table, {"all", {}});
  const draws::Draws q = coordinates(fit.density, 1, 20), draws = fit.recovered(q);
  const auto value = [&](std::size_t draw, const std::string& name) {
    return draws.chains[0].values[draw * draws.width() + draws.offset(draws.find(name))];
  };
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_NEAR(value(i, "both"), std::exp(value(i, "a")) * value(i, "b") + value(i, "sd"), 1e-12);
    // R from canonical partial correlations z: r12 = z1, r13 = z2, r23 = z1 z2 + z3 √(1 − z1²) √(1 − z2²).
    const double* at = &q.chains[0].values[i * fit.density.dimension()];
    const double z1 = std::tanh(at[0]), z2 = std::tanh(at[1]), z3 = std::tanh(at[2]);
    EXPECT_NEAR(value(i, "cor__p__q"), z1, 1e-12);
    EXPECT_NEAR(value(i, "cor__p__s"), z2, 1e-12);
    EXPECT_NEAR(value(i, "cor__q__s"), z1 * z2 + z3 * std::sqrt((1 - z1 * z1) * (1 - z2 * z2)), 1e-12);
    EXPECT_NEAR(value(i, "sd"), std::exp(at[3]), 1e-12);
  }
}

TEST(Recover, ASampledInterceptThatNothingElseTells) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const auto build = [](Builder& m) {
    const Expr a = m.variable("Intercept", model::parse_prior("student_t(3, 1, 2)"), false, false);
    const Expr b = m.normal("b_x", 0, 2), sigma = m.half_normal("sigma", 1);
    m.observe_normal("y", a + b * m.col("x"), sigma);
    m.derive("b_Intercept", a - b * 0.3);
  };
  const Fitted fit(build, table, {"b_x", {}});
  const auto names = [&](bool keep_integrated) {
    Names list;
    for (const draws::Variable& variable : variables(fit.plan, table, keep_integrated)) list.push_back(variable.name);
    return list;
  };
  EXPECT_EQ(names(true), (Names{"b_Intercept", "b_x", "sigma"}));
  EXPECT_EQ(names(false), (Names{"Intercept", "sigma"}));
}

TEST(Recover, TheSameForAnyNumberOfThreads) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const Fitted fit(as_a_formula, table, {"all", {}});
  const draws::Draws q = coordinates(fit.density, 3, 600);
  const draws::Draws one = fit.recovered(q, {.seed = 5, .threads = 1}),
                     three = fit.recovered(q, {.seed = 5, .threads = 3}),
                     other = fit.recovered(q, {.seed = 6, .threads = 3});
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(one.chains[c].values, three.chains[c].values);
    EXPECT_NE(one.chains[c].values, other.chains[c].values);
  }
  // A draw is that of its name (seed, chain, draw), however many there are.
  const draws::Draws fewer = fit.recovered(coordinates(fit.density, 1, 7), {.seed = 5, .threads = 1});
  EXPECT_TRUE(std::equal(fewer.chains[0].values.begin(), fewer.chains[0].values.end(), one.chains[0].values.begin()));
}

/// Over draws that vary, means and sds are those of the draws but for noise, which the means have less of; a derived
/// intercept included. Whole designs reduce.
TEST(Recover, ConditionalMomentsAverageToThoseOfTheDraws) {
  const std::vector<frame::Frame> tables{test::crossed_table(4, 40, 3), test::designed_table(5)};
  for (const frame::Frame& table : tables) {
    const Fitted fit(as_a_formula, table, {"all", {}});
    const Recovered recovered = fit.whole(coordinates(fit.density, 4, 5000), {.seed = 5, .threads = 2});
    const draws::Draws& draws = recovered.draws;
    std::size_t effects = draws.variables()[draws.find("r_g")].size();
    ASSERT_EQ(recovered.analytic.size(), effects + 2);
    for (const Estimate& estimate : recovered.analytic) {
      double sum = 0, squares = 0, n = 0;
      for (const auto& chain : draws.column(estimate.column))
        for (const double value : chain) {
          ++n;
          sum += value;
          squares += (value - estimate.mean) * (value - estimate.mean);
        }
      const std::string name = draws.column_names()[estimate.column];
      const double noise = estimate.sd / std::sqrt(n);
      EXPECT_NEAR(sum / n, estimate.mean, 5 * noise) << name;
      EXPECT_NEAR(squares / n / (estimate.sd * estimate.sd), 1, 0.1) << name;
      EXPECT_GT(estimate.mcse_mean, 0) << name;
      EXPECT_LT(estimate.mcse_mean, noise) << name;
    }
  }
}

TEST(Recover, WhereTheLikelihoodFailsEffectsAreNotNumbers) {
  const frame::Frame table = test::crossed_table(4, 40, 3);
  const auto build = [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), sigma = m.half_normal("sigma", 1);
    m.observe_normal("y", a, sigma);
  };
  const Fitted fit(build, table, {"all", {}});
  const draws::Draws draws = fit.recovered(coordinates(fit.density, 1, 1, {800.0}));
  EXPECT_TRUE(std::isnan(draws.chains[0].values[draws.offset(draws.find("a"))]));
}

/// Rows × levels of a factor: which level a row has.
Matrix indicators(const frame::Frame& table, const std::string& factor) {
  const frame::Factor& of = table.factor(factor);
  Matrix z = Matrix::Zero(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(of.levels.size()));
  for (std::size_t n = 0; n < table.rows(); ++n) z(static_cast<Eigen::Index>(n), of.codes[n]) = 1;
  return z;
}

Vector column(const frame::Frame& table, const std::string& name) {
  const auto& values = table.numeric(name);
  return Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// w ~ N(mean, prior) with columns A, then flat coefficients with columns X: what the draws must look like.
struct Exact {
  Names order;  ///< variables, whose elements in turn are the coefficients
  Vector response, prior_mean;
  Matrix A, prior, X;
  Vector noise;
};

void expect_exact(const Fitted& fit, const std::vector<double>& point, const Exact& exact, const std::string& what,
                  const Names& by_draws = {}) {
  constexpr int kDraws = 20000;
  const test::DenseOracle<> oracle(exact.response - exact.A * exact.prior_mean, exact.A, exact.prior, exact.X,
                                   exact.noise);
  Vector mean = oracle.mean;
  mean.head(exact.prior_mean.size()) += exact.prior_mean;
  const Recovered recovered = fit.whole(coordinates(fit.density, 1, kDraws, point), {.seed = 3, .threads = 1});
  const draws::Draws& draws = recovered.draws;
  std::vector<std::size_t> places;
  for (const std::string& name : exact.order) {
    const std::size_t v = draws.find(name);
    for (std::size_t i = 0; i < draws.variables()[v].size(); ++i) places.push_back(draws.offset(v) + i);
  }
  ASSERT_EQ(static_cast<Eigen::Index>(places.size()), mean.size()) << what;
  // All draws are at one point: the averages of conditional moments are these themselves.
  std::size_t expected = 0;
  for (const std::string& name : exact.order)
    if (std::ranges::count(by_draws, name) == 0) expected += draws.variables()[draws.find(name)].size();
  EXPECT_EQ(recovered.analytic.size(), expected) << what;
  for (const Estimate& estimate : recovered.analytic) {
    const auto i = std::ranges::find(places, estimate.column) - places.begin();
    ASSERT_LT(i, mean.size()) << what;
    EXPECT_NEAR(estimate.mean, mean[i], 1e-9) << what << ", " << i;
    EXPECT_NEAR(estimate.sd, std::sqrt(oracle.covariance(i, i)), 1e-9) << what << ", " << i;
    EXPECT_LT(estimate.mcse_mean, 1e-9) << what << ", " << i;
  }
  Matrix centred(kDraws, mean.size());
  for (int d = 0; d < kDraws; ++d)
    for (std::size_t i = 0; i < places.size(); ++i)
      centred(d, static_cast<Eigen::Index>(i)) =
          draws.chains[0].values[static_cast<std::size_t>(d) * draws.width() + places[i]] -
          mean[static_cast<Eigen::Index>(i)];
  const Vector average = centred.colwise().mean().transpose();
  const Matrix covariance = centred.transpose() * centred / kDraws;
  for (Eigen::Index i = 0; i < mean.size(); ++i) {
    const double sd = std::sqrt(oracle.covariance(i, i));
    EXPECT_LT(std::abs(average[i]), 5 * sd / std::sqrt(kDraws)) << what << ", mean of " << i;
    for (Eigen::Index j = 0; j <= i; ++j)
      EXPECT_NEAR(covariance(i, j), oracle.covariance(i, j),
                  6 * std::sqrt(2) * sd * std::sqrt(oracle.covariance(j, j)) / std::sqrt(kDraws))
          << what << ", covariance of " << i << " and " << j;
  }
}

void crossed(Builder& m) {
  const Expr a = m.normal("a", 1, 2), b = m.normal("b", 0.5, 1);
  const Expr tau = m.constant("tau", 0.7), omega = m.constant("omega", 0.4), sigma = m.constant("sigma", 0.6);
  const Expr u = m.normal("u", 0, tau, over("g")), v = m.normal("v", 0.3, omega, over("h"));
  m.observe_normal("y", a + b * m.col("x") + u["g"] + v["h"], sigma / sqrt(m.col("w")));
}

TEST(Recover, ExactConditionalCrossedWithWeights) {
  const frame::Frame table = test::crossed_table(11, 40);
  Exact exact;
  exact.order = {"a", "b", "u", "v"};
  exact.response = column(table, "y");
  exact.A.resize(40, 11);
  exact.A << Vector::Ones(40), column(table, "x"), indicators(table, "g"), indicators(table, "h");
  exact.prior_mean = Vector::Zero(11);
  exact.prior_mean.head(2) << 1, 0.5;
  exact.prior_mean.tail(4).setConstant(0.3);
  Vector variances(11);
  variances << 4, 1, Vector::Constant(5, 0.49), Vector::Constant(4, 0.16);
  exact.prior = variances.asDiagonal();
  exact.X.resize(40, 0);
  exact.noise = 0.36 * column(table, "w").cwiseInverse();
  expect_exact(Fitted(crossed, table, {"all", {}}), {}, exact, "all");
  // With h sampled, at a point: the rest given it.
  Exact given = exact;
  const std::vector<double> v{0.1, -0.4, 0.8, 0.2};
  given.order = {"a", "b", "u"};
  given.response -= indicators(table, "h") * Eigen::Map<const Vector>(v.data(), 4);
  given.A = exact.A.leftCols(7);
  given.prior_mean = exact.prior_mean.head(7);
  given.prior = exact.prior.topLeftCorner(7, 7);
  expect_exact(Fitted(crossed, table, {"g, fixed", {{"h", "centred"}}}), v, given, "given h");
  // Non-centred: coordinates are (v − 0.3) / 0.4.
  std::vector<double> z;
  for (const double value : v) z.push_back((value - 0.3) / 0.4);
  expect_exact(Fitted(crossed, table, {"g, fixed", {{"h", "noncentred"}}}), z, given, "given h, non-centred");
}

TEST(Recover, ExactConditionalOfADeepHierarchyWithAFlatSlope) {
  const frame::Frame table = test::crossed_table(12, 40);
  const auto build = [](Builder& m) {
    const Expr slope = m.flat("slope"), top = m.normal("top", 0.5, 1);
    const Expr mid = m.normal("mid", top, m.constant("tau_mid", 0.7), over("i"));
    const Expr leaf = m.normal("leaf", mid.at("g"), m.constant("tau_leaf", 0.4), over("g"));
    m.observe_normal("y", leaf["g"] + slope * m.col("x"), m.constant("sigma", 0.6));
  };
  // leaf = top + mid's deviation + leaf's own: (top, mid, leaf) = L e with e ~ N(0, diag(1, 0.7², 0.4²)).
  const Matrix of_i = indicators(table, "i"), of_g = indicators(table, "g");
  Matrix i_of_g = Matrix::Zero(5, 3);
  for (std::size_t n = 0; n < table.rows(); ++n) i_of_g(table.factor("g").codes[n], table.factor("i").codes[n]) = 1;
  Matrix lower = Matrix::Identity(9, 9);
  lower.block(1, 0, 8, 1).setOnes();
  lower.block(4, 1, 5, 3) = i_of_g;
  Vector variances(9);
  variances << 1, Vector::Constant(3, 0.49), Vector::Constant(5, 0.16);
  Exact exact;
  exact.order = {"top", "mid", "leaf", "slope"};
  exact.response = column(table, "y");
  exact.A = Matrix::Zero(40, 9);
  exact.A.rightCols(5) = of_g;
  exact.prior_mean = Vector::Constant(9, 0.5);
  exact.prior = lower * variances.asDiagonal() * lower.transpose();
  exact.X = column(table, "x");
  exact.noise = Vector::Constant(40, 0.36);
  expect_exact(Fitted(build, table, {"all", {}}), {}, exact, "deep", {"mid", "leaf"});
}

TEST(Recover, ExactConditionalLognormalWithCorrelatedSlopes) {
  const frame::Frame table = test::crossed_table(13, 40);
  const auto build = [](Builder& m) {
    const Expr a = m.flat("a"), cor = m.lkj("cor", 1, {"Intercept", "x"}, "g__coef");
    const Expr s0 = m.constant("s0", 0.5), s1 = m.constant("s1", 0.8), x = m.col("x");
    const Expr r = m.effects(
        "r", {s0, s1}, {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .means = {0, 0.5}, .dim = "g__coef"});
    m.observe_lognormal("z", a + r.component(0)["g"] + r.component(1)["g"] * x, m.constant("sigma", 0.6));
  };
  const double q = 0.5, rho = std::tanh(q);
  const Matrix of_g = indicators(table, "g");
  const Vector x = column(table, "x");
  Exact exact;
  exact.order = {"r", "a"};
  exact.response = column(table, "z").array().log();
  exact.A = Matrix::Zero(40, 10);
  exact.prior = Matrix::Zero(10, 10);
  exact.prior_mean = Vector::Zero(10);
  for (int j = 0; j < 5; ++j) {
    exact.A.col(2 * j) = of_g.col(j);
    exact.A.col(2 * j + 1) = of_g.col(j).cwiseProduct(x);
    exact.prior_mean[2 * j + 1] = 0.5;
    exact.prior.block<2, 2>(2 * j, 2 * j) << 0.25, 0.4 * rho, 0.4 * rho, 0.64;
  }
  exact.X = Matrix::Ones(40, 1);
  exact.noise = Vector::Constant(40, 0.36);
  expect_exact(Fitted(build, table, {"all", {}}), {q}, exact, "lognormal");
}

TEST(Recover, ExactConditionalWithLoadings) {
  const frame::Frame table = test::crossed_table(14, 40);
  const auto build = [](Builder& m) {
    const Expr k = m.half_normal("k", 1), l = m.half_normal("l", 1, over("h")), x = m.col("x");
    const Expr m0 = m.normal("m0", 0.2, 1);
    const Expr u = m.normal("u", k * m0, m.constant("tau", 0.7), over("g"));
    const Expr v = m.normal("v", 0, m.constant("omega", 0.4), over("g"));
    m.observe_normal("y", k * x * u["g"] + l["h"] * v["g"] + v["g"], m.constant("sigma", 0.6));
  };
  const std::vector<double> q{0.3, -0.5, 0.2, 0.4, -0.1};  // logs of k and l
  const double k = std::exp(q[0]);
  const Vector x = column(table, "x");
  const Matrix of_g = indicators(table, "g"), of_h = indicators(table, "h");
  const Vector l = of_h * Vector{{std::exp(q[1]), std::exp(q[2]), std::exp(q[3]), std::exp(q[4])}};
  // (m0, u, v) = L e: u = k m0 + its deviation.
  Matrix lower = Matrix::Identity(11, 11);
  lower.block(1, 0, 5, 1).setConstant(k);
  Vector variances(11);
  variances << 1, Vector::Constant(5, 0.49), Vector::Constant(5, 0.16);
  Exact exact;
  exact.order = {"m0", "u", "v"};
  exact.response = column(table, "y");
  exact.A = Matrix::Zero(40, 11);
  exact.A.middleCols(1, 5) = (k * x).asDiagonal() * of_g;
  exact.A.rightCols(5) = (l.array() + 1).matrix().asDiagonal() * of_g;
  exact.prior_mean = Vector::Zero(11);
  exact.prior_mean.head(6) << 0.2, Vector::Constant(5, 0.2 * k);
  exact.prior = lower * variances.asDiagonal() * lower.transpose();
  exact.X.resize(40, 0);
  exact.noise = Vector::Constant(40, 0.36);
  const Fitted fit(build, table, {"all", {}});
  expect_exact(fit, q, exact, "loadings", {"u"});
  const test::DenseOracle<> oracle(exact.response - exact.A * exact.prior_mean, exact.A, exact.prior, exact.X,
                                   exact.noise);
  density::Density density = fit.density;
  EXPECT_NEAR(density.locate(q), oracle.log_density, 1e-9);
}

}  // namespace
}  // namespace woodbury::recover
