// Densities by name: the same for a formula and for the program that says it, there and back, with exact gradients; and
// of several responses against the dense covariance of all of them.
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

using model::Builder;
using model::Expr;
using model::over;

Prepared built(const std::function<void(Builder&)>& build, const frame::Frame& table, const Options& options = {}) {
  Builder m;
  build(m);
  return prepare(m.model(), table, options);
}

std::vector<double> some_point(std::size_t dimension, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  std::vector<double> q(dimension);
  for (double& value : q) value = 0.5 * stream.normal();
  return q;
}

// ---------------------------------------------------------------------------------------- formulas and their programs

/// A formula with its priors, and the program of the same names.
struct Pair {
  std::string formula;
  std::function<void(Builder&)> program;
  std::string sigma = {}, weights = {};
  model::FamilyKind family = model::FamilyKind::gaussian;
};

/// Of the classes that the formula has.
std::vector<std::string> priors_of(const Pair& pair) {
  std::vector<std::string> priors{"b ~ normal(0, 2)"};
  if (pair.formula.find('|') != std::string::npos) priors.emplace_back("sd ~ half_normal(1)");
  if (pair.formula.find("(x | g)") != std::string::npos) priors.emplace_back("cor ~ lkj(2)");
  priors.emplace_back(pair.sigma.empty() ? "sigma ~ half_normal(1)" : "b_sigma ~ normal(0, 1)");
  return priors;
}

Expr fixed(Builder& m) { return m.normal("b_Intercept", 0, 2) + m.normal("b_x", 0, 2) * m.col("x"); }
Expr sigma(Builder& m) { return m.half_normal("sigma", 1); }
Expr intercepts(Builder& m, const std::string& g) {
  return m.normal("r_" + g, 0, m.half_normal("sd_" + g + "__Intercept", 1), over(g))[g];
}
Expr slopes(Builder& m, const std::string& g, bool correlated = true) {
  const std::vector<std::string> coef{"Intercept", "x"};
  const Expr a = m.half_normal("sd_" + g + "__Intercept", 1), b = m.half_normal("sd_" + g + "__x", 1);
  const std::string dim = g + "__coef";
  if (!correlated)
    return m.cols({1, m.col("x")}) * m.effects("r_" + g, {a, b}, {.over = g, .columns = coef, .dim = dim});
  const Expr cor = m.lkj("cor_" + g, 2, coef, dim);
  return m.cols({1, m.col("x")}) * m.effects("r_" + g, {a, b}, {.over = g, .cor = cor, .columns = coef, .dim = dim});
}

std::vector<Pair> pairs() {
  return {
      {"y ~ 0 + Intercept + x", [](Builder& m) { m.observe_normal("y", fixed(m), sigma(m)); }},
      {"y ~ 0 + Intercept + x + (1 | g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + intercepts(m, "g"), sigma(m)); }},
      {"y ~ 0 + Intercept + x + (x | g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + slopes(m, "g"), sigma(m)); }},
      {"y ~ 0 + Intercept + x + (x || g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + slopes(m, "g", false), sigma(m)); }},
      {"y ~ 0 + Intercept + x + (x | g) + (1 | h)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + slopes(m, "g") + intercepts(m, "h"), sigma(m)); }},
      {"y ~ 0 + Intercept + x + (1 | i) + (x | g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + intercepts(m, "i") + slopes(m, "g"), sigma(m)); }},
      {.formula = "z ~ 0 + Intercept + x + (1 | g)",
       .program = [](Builder& m) { m.observe_lognormal("z", fixed(m) + intercepts(m, "g"), sigma(m)); },
       .family = model::FamilyKind::lognormal},
      {.formula = "y ~ 0 + Intercept + x + (1 | g)",
       .program = [](Builder& m) { m.observe_normal("y", fixed(m) + intercepts(m, "g"), sigma(m) / sqrt(m.col("w"))); },
       .weights = "w"},
      {.formula = "y ~ 0 + Intercept + x + (1 | g)",
       .program =
           [](Builder& m) {
             const Expr log_sd = m.normal("b_sigma_Intercept", 0, 1) + m.normal("b_sigma_x", 0, 1) * m.col("x");
             m.observe_normal("y", fixed(m) + intercepts(m, "g"), exp(log_sd));
           },
       .sigma = "~ 0 + Intercept + x"},
  };
}

TEST(Evaluator, GivesFormulasAndTheirProgramsTheSameDensity) {
  const frame::Frame table = test::crossed_table(3, 80);
  for (const Pair& pair : pairs())
    for (const std::string integrate : {"auto", "all", "none"}) {
      Options options;
      options.design.priors = priors_of(pair);
      options.design.sigma = pair.sigma;
      options.design.weights = pair.weights;
      options.design.family = pair.family;
      options.plan.integrate = integrate;
      const Prepared one = prepare(pair.formula, table, options), other = built(pair.program, table, options);
      EXPECT_EQ(one.plan.sampled_dims, other.plan.sampled_dims) << pair.formula;
      Evaluator formula(one), program(other);
      const Values values = formula.constrain(some_point(formula.dimension(), 4));
      const double expected = formula.log_density(values), found = program.log_density(values);
      EXPECT_NEAR(found / expected, 1, 1e-12) << pair.formula << ", integrating " << integrate;
      EXPECT_NEAR(program.log_marginal_likelihood(values) / formula.log_marginal_likelihood(values), 1, 1e-12);
    }
}

// --------------------------------------------------------------------------------------------------- there and back

void everything(Builder& m) {
  const Expr u =
      m.effects("u", {m.half_normal("s0", 1), m.gamma("s1", 2, 2)},
                {.over = "h", .columns = {"one", "two"}, .means = {m.normal("m0", 0, 1), 0}, .dim = "h__coef"});
  const Expr k = m.uniform("k", -2, 3), nu = m.beta("p", 2, 2), t = m.student_t("t", 4, 0, 1, over("i"));
  m.constant("c", 2);
  m.observe_normal("y", slopes(m, "g") + u.component(0)["h"] + exp(k * u.component(1)["h"]) + t["i"] * m["c"],
                   m.lognormal("sd", 0, 1) * (1 + nu));
}

TEST(Evaluator, GoesThereAndBackAndHasExactGradients) {
  const frame::Frame table = test::crossed_table(5, 40);
  for (const std::string way : {"centred", "noncentred"}) {
    Options options;
    options.plan.integrate = "none";
    options.plan.parametrisation = {{"g", way}, {"h", way}};
    const Prepared prepared = built(everything, table, options);
    Evaluator evaluator(prepared);
    const std::vector<double> q = some_point(evaluator.dimension(), 6);
    const Values values = evaluator.constrain(q);
    EXPECT_FALSE(values.contains("c"));
    const std::vector<double> again = evaluator.unconstrain(values);
    for (std::size_t i = 0; i < q.size(); ++i) EXPECT_NEAR(again[i], q[i], 1e-10);
    EXPECT_EQ(evaluator.coordinate_names().size(), q.size());
    std::vector<double> gradient(q.size()), unused(q.size());
    evaluator.log_density(q, gradient);
    testing::expect_gradient([&](std::span<const double> p) { return evaluator.log_density(p, unused); }, q, gradient,
                             1e-8, way);
  }
}

TEST(Evaluator, DrawsDerivedArraysWhole) {
  const frame::Frame table = test::crossed_table(5, 40);
  const Prepared prepared = built(
      [](Builder& m) {
        const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
        m.derive("walk", cumsum(u));
        m.observe_normal("y", u["g"], m.half_normal("sigma", 1));
      },
      table);
  Evaluator evaluator(prepared);
  const std::vector<double> draw = evaluator.draw(some_point(2, 3), 1, 0);
  std::map<std::string, std::span<const double>> by_name;
  std::size_t at = 0;
  for (const draws::Variable& variable : evaluator.variables()) {
    by_name[variable.name] = std::span(draw).subspan(at, variable.size());
    at += variable.size();
  }
  ASSERT_EQ(by_name.at("walk").size(), 5U);
  double sum = 0;
  for (std::size_t j = 0; j < 5; ++j) EXPECT_DOUBLE_EQ(by_name.at("walk")[j], sum += by_name.at("u")[j]);
}

TEST(Evaluator, SaysWhatIsWrong) {
  const frame::Frame table = test::crossed_table(5, 40);
  const Prepared prepared = built(pairs()[2].program, table);
  Evaluator evaluator(prepared);
  const Values good{{"sd_g__Intercept", {1}}, {"sd_g__x", {1}}, {"cor_g", {1, 0.3, 0.3, 1}}, {"sigma", {1}}};
  EXPECT_TRUE(std::isfinite(evaluator.log_density(good)));
  const auto refusal = [&](const std::string& name, std::vector<double> value) {
    Values values = good;
    values[name] = std::move(value);
    try {
      static_cast<void>(evaluator.log_density(values));
    } catch (const base::Error& error) {
      return error.describe();
    }
    return std::string();
  };
  EXPECT_EQ(refusal("r_g", std::vector<double>(10)),
            "`r_g` is integrated out and has no value; leave it out, or say in `integrate` what is to be integrated");
  EXPECT_EQ(refusal("sigma", {-1}), "`sigma` is outside its support; give a value that its prior allows");
  EXPECT_EQ(refusal("sigma", {1, 2}), "`sigma` has 1 value(s), not 2");
  EXPECT_NE(refusal("cor_g", {1, 1.3, 1.3, 1}).find("no correlation matrix"), std::string::npos);
  EXPECT_NE(refusal("cor_g", {1, 0.3, 0.2, 1}).find("no correlation matrix"), std::string::npos);
  EXPECT_NE(refusal("sigmaa", {1}).find("no parameter `sigmaa`"), std::string::npos);
}

// ------------------------------------------------------------------------------------------------- several responses

/// y and log z share u; each has an intercept, the second a slope that u scales with x; sds of their own.
void two_responses(Builder& m) {
  const Expr u = m.normal("u", 0.3, m.half_normal("tau", 1), over("g"))["g"];
  m.observe_normal("y", m.normal("a", 0, 2) + u, m.half_normal("s1", 1));
  m.observe_lognormal("z", m.normal("b", 1, 2) + u * m.col("x"), m.half_normal("s2", 1));
}

/// log N of (y, log z) under everything integrated, less Σ log z.
double dense_two_responses(const frame::Frame& table, double tau, double s1, double s2) {
  const frame::Factor& g = table.factor("g");
  const frame::Numbers &x = table.numeric("x"), &y = table.numeric("y"), &z = table.numeric("z");
  const auto rows = static_cast<Eigen::Index>(y.size()), levels = static_cast<Eigen::Index>(g.levels.size());
  Eigen::VectorXd r(2 * rows), noise(2 * rows);
  Eigen::MatrixXd design = Eigen::MatrixXd::Zero(2 * rows, levels + 2);
  double logs = 0;
  for (Eigen::Index n = 0; n < rows; ++n) {
    const auto i = static_cast<std::size_t>(n);
    r[n] = y[i] - 0.3;
    r[rows + n] = std::log(z[i]) - 1 - 0.3 * x[i];
    noise[n] = s1 * s1;
    noise[rows + n] = s2 * s2;
    design(n, g.codes[i]) = 1;
    design(rows + n, g.codes[i]) = x[i];
    design(n, levels) = design(rows + n, levels + 1) = 1;
    logs += std::log(z[i]);
  }
  Eigen::VectorXd prior = Eigen::VectorXd::Constant(levels + 2, tau * tau);
  prior.tail(2).setConstant(4);
  return test::DenseOracle<>(r, design, prior.asDiagonal(), Eigen::MatrixXd(2 * rows, 0), noise).log_density - logs;
}

TEST(Evaluator, IntegratesWhatSeveralResponsesShare) {
  const frame::Frame table = test::crossed_table(8, 50);
  Options options;
  options.plan.integrate = "all";
  const Prepared prepared = built(two_responses, table, options);
  EXPECT_EQ(prepared.plan.integrated.size(), 3U) << prepared.plan.line();
  Evaluator evaluator(prepared);
  for (const auto& [tau, s1, s2] : {std::array{0.7, 0.5, 0.9}, std::array{1e-3, 2.0, 0.1}}) {
    const double expected = dense_two_responses(table, tau, s1, s2);
    const double found = evaluator.log_marginal_likelihood({{"tau", {tau}}, {"s1", {s1}}, {"s2", {s2}}});
    EXPECT_NEAR(found / expected, 1, 1e-10) << fmt::format("{:.8f} instead of {:.8f}", found, expected);
  }
}

TEST(Evaluator, HasGradientsOfSeveralResponses) {
  const frame::Frame table = test::crossed_table(8, 50);
  for (const std::string integrate : {"all", "none", "u"}) {
    Options options;
    options.plan.integrate = integrate;
    const Prepared prepared = built(two_responses, table, options);
    Evaluator evaluator(prepared);
    const std::vector<double> q = some_point(evaluator.dimension(), 9);
    std::vector<double> gradient(q.size()), unused(q.size());
    evaluator.log_density(q, gradient);
    testing::expect_gradient([&](std::span<const double> p) { return evaluator.log_density(p, unused); }, q, gradient,
                             1e-8, integrate);
  }
}

TEST(Evaluator, MarginalOfSeveralResponsesIsTheIntegralOfTheirJointDensity) {
  // The trapezoidal rule over u of the joint density is the marginal one.
  frame::Frame table;
  table.add("y", frame::Numeric{{0.4, 1.3}});
  table.add("z", frame::Numeric{{1.2, 0.6}});
  table.add("x", frame::Numeric{{0.5, -0.8}});
  table.add("g", frame::make_factor({"only", "only"}));
  Options options;
  options.plan.integrate = "a,b";
  const Prepared joint = built(two_responses, table, options);
  options.plan.integrate = "all";
  const Prepared marginal = built(two_responses, table, options);
  Evaluator of_joint(joint), of_marginal(marginal);
  Values values{{"tau", {0.8}}, {"s1", {0.5}}, {"s2", {0.4}}};
  const double expected = of_marginal.log_density(values);
  double sum = 0;
  constexpr double kStep = 0.02;
  for (double u = -6; u <= 6; u += kStep) {
    values["u"] = {u};
    sum += kStep * std::exp(of_joint.log_density(values) - expected);
  }
  EXPECT_NEAR(sum, 1, 1e-8);
}

}  // namespace
}  // namespace woodbury::fit
