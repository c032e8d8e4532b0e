// The builder: a probabilistic program becomes the graph that its text says.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/model/model.hpp"

namespace woodbury::model {
namespace {

template <class Step>
std::string refusal(const Step& step) {
  try {
    step();
  } catch (const base::Error& error) {
    return error.describe();
  }
  return {};
}

TEST(Builder, WritesAHierarchicalMean) {
  Builder m;
  const auto mu = m.normal("mu", 0, 1);
  const auto tau = m.half_cauchy("tau", 5);
  const auto brood = m.normal("brood", mu, tau, over("BROOD"));
  const auto sigma = m.half_cauchy("sigma", 5);
  const auto beta = m.normal("beta", 0, 1);
  m.observe_normal("TICKS", brood["BROOD"] + beta * m.col("cHEIGHT"), sigma);
  m.derive("precision", 1 / square(sigma));
  EXPECT_EQ(to_text(m.model()),
            "mu ~ normal(0, 1)\n"
            "tau ~ half_cauchy(5)\n"
            "brood[BROOD] ~ normal(mu, tau)\n"
            "sigma ~ half_cauchy(5)\n"
            "beta ~ normal(0, 1)\n"
            "TICKS ~ normal(brood[BROOD] + beta * cHEIGHT, sigma)\n"
            "precision = 1 / square(sigma)\n");
  EXPECT_EQ(m.model().data_columns(), (std::vector<std::string>{"TICKS", "cHEIGHT"}));
  EXPECT_EQ(m.model().data_factors(), std::vector<std::string>{"BROOD"});
}

TEST(Builder, WritesCorrelatedAndIndependentEffects) {
  Builder m;
  const auto a = m.variable("sd_a", {DistributionKind::student_t, {3, 0, 2.5}}, true);
  const auto b = m.half_normal("sd_b", 1);
  const auto mean = m.flat("mean");
  const auto cor = m.lkj("cor_g", 2, {"Intercept", "x"}, "g__coef");
  const auto r = m.effects("r_g", {a, b}, {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .dim = "g__coef"});
  const auto s =
      m.effects("r_h", {a, 2}, {.over = "h", .columns = {"Intercept", "x"}, .means = {mean, 0}, .dim = "h__coef"});
  const auto t = m.effects("r_k", {b}, {.over = "k", .columns = {"Intercept"}, .dim = "k__coef"});
  m.observe_lognormal("y", r.component(0)["g"] + r.component(1)["g"] * m.col("x") + t.component(0)["k"],
                      exp(-0.5 * s.component(1)["h"]));
  EXPECT_EQ(to_text(m.model()),
            "sd_a ~ student_t(3, 0, 2.5), positive\n"
            "sd_b ~ half_normal(1)\n"
            "mean ~ flat()\n"
            "cor_g[g__coef, g__coef] ~ lkj(2)\n"
            "r_g[g, g__coef] ~ multi_normal(0, (sd_a, sd_b), cor_g)\n"
            "r_h[h, h__coef] ~ normal((mean, 0), (sd_a, 2))\n"
            "r_k[k, k__coef] ~ normal(0, (sd_b))\n"
            "y ~ lognormal(r_g[g, Intercept] + r_g[g, x] * x + r_k[k, Intercept], exp(-0.5 * r_h[h, x]))\n");
}

TEST(Builder, ReadsAValueAtTheLevelsOfANestedFactor) {
  Builder m;
  const auto grade = m.normal("mu", 0, 1, over("grade"));
  const auto pair = m.normal("a", grade.at("pair"), 0.5, over("pair"));
  m.observe_normal("score", pair["pair"] + grade.at("pair")["pair"], 1);
  EXPECT_EQ(to_text(m.model()),
            "mu[grade] ~ normal(0, 1)\n"
            "a[pair] ~ normal(mu[grade of pair], 0.5)\n"
            "score ~ normal(a[pair] + mu[grade of pair][pair], 1)\n");
  EXPECT_EQ(
      refusal([&] { m.normal("b", grade, 1, over("pair")); }),
      "`m` of `b` does not fit: `mu` has a value for each level of grade, `b` has a value for each level of pair; "
      "if pair nests in grade, write mu.at(\"pair\") to read it at each level of pair");
}

TEST(Builder, BracketsWhereMathematicsNeedsThem) {
  Builder m;
  const auto a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), c = m.normal("c", 0, 1);
  const auto text = [&](const Expr& e) { return to_text(m.model(), m.node(e)); };
  EXPECT_EQ(text(a - (b - c)), "a - (b - c)");
  EXPECT_EQ(text(a - b + c), "a - b + c");
  EXPECT_EQ(text((a + b) * c), "(a + b) * c");
  EXPECT_EQ(text(a / (b * c)), "a / (b * c)");
  EXPECT_EQ(text(-(a + b)), "-(a + b)");
  EXPECT_EQ(text(-a * b), "-a * b");
  EXPECT_EQ(text(tanh(a) + log(b) * sqrt(c)), "tanh(a) + log(b) * sqrt(c)");
  EXPECT_EQ(text(inv_logit(square(a)) * -2.5), "inv_logit(square(a)) * -2.5");
  EXPECT_EQ(text(m.col("log(rt)") + m.col("x:fb")), "`log(rt)` + x:fb");
}

TEST(Builder, MultipliesMatricesOfColumnsAndCoefficients) {
  Builder m;
  const auto beta = m.normal("beta", 0, 1, over("coef", {"x", "w"}));
  const auto cor = m.lkj("cor", 1, {"Intercept", "x"}, "g__coef");
  const auto r = m.effects("r", {1, 2}, {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .dim = "g__coef"});
  const auto mean = m.cols({m.col("x"), log(m.col("w"))}) * beta + m.cols({1, m.col("x")}) * r;
  EXPECT_EQ(to_text(m.model(), m.node(mean)), "beta[x] * x + beta[w] * log(w) + r[g, Intercept] + r[g, x] * x");
  EXPECT_EQ(to_text(m.model(), m.node(r.component("x")["g"])), "r[g, x]");
  EXPECT_EQ(m.node(m["beta"]), m.node(beta));
  EXPECT_EQ(refusal([&] { (void)r.component("xx"); }), "`r` has no column `xx`; did you mean `x`?");
  EXPECT_EQ(refusal([&] { (void)(m.cols({m.col("x")}) * beta); }),
            "1 column(s) times `beta`, which is a vector of 2 coefficients; a coefficient for each column: a variable "
            "over a dim of as many labels, or effects with as many columns");
  EXPECT_NE(refusal([&] { (void)(m.cols({m.col("x")}) * 3); }), "");
  EXPECT_NE(refusal([&] { (void)m["bata"]; }).find("did you mean `beta`?"), std::string::npos);
}

TEST(Builder, TruncatesAtZero) {
  Builder m;
  m.normal("k", 1, 2, {.positive = true});
  m.student_t("nu", 3, 0, 1, {"g", {}, true});
  m.gamma("shape", 2, 1, {.positive = true});
  EXPECT_EQ(to_text(m.model()),
            "k ~ normal(1, 2), positive\nnu[g] ~ student_t(3, 0, 1), positive\nshape ~ gamma(2, 1)\n");
  EXPECT_NE(refusal([&] { m.uniform("u", -1, 1, {.positive = true}); }), "");
}

TEST(Builder, WritesSeriesAlongAFactor) {
  Builder m;
  const auto e = m.normal("e", 0, m.half_normal("tau", 1), over("week"));
  const auto rho = m.uniform("rho", -1, 1);
  const auto mean = cumsum(e)["week"] + ar1(e, rho)["week"] + ar1(2 * e, 0.5)["week"];
  EXPECT_EQ(to_text(m.model(), m.node(mean)), "cumsum(e)[week] + ar1(e, rho)[week] + ar1(2 * e, 0.5)[week]");
  EXPECT_EQ(refusal([&] { (void)cumsum(rho); }),
            "`rho` is one number: a series has a value for each level of one factor; give the variable over=, and read "
            "the series at the rows afterwards");
  EXPECT_NE(refusal([&] { (void)ar1(e, m.col("x")); }), "");
  EXPECT_NE(refusal([&] { (void)cumsum(2); }), "");
  EXPECT_NE(refusal([&] { (void)ar1(e, 1); }).find("a random walk is cumsum()"), std::string::npos);
}

TEST(Builder, WritesLatex) {
  Builder m;
  const auto mu = m.normal("mu_1", 0, 1), k = m.normal("k", 1, 2, {.positive = true});
  const auto u = m.normal("brood", mu, m.half_normal("tau", 1), over("BROOD"));
  const auto r = m.effects("r_g", {1, 1}, {.over = "g", .columns = {"Intercept", "x"}, .dim = "g__coef"});
  m.observe_normal("y", u["BROOD"] / (1 + exp(-k * m.col("log_x"))) + r.component(1)["g"] - (mu - k), square(k + 1));
  EXPECT_EQ(to_latex(m.model()),
            "\\begin{aligned}\n"
            "\\mu_{1} &\\sim \\mathrm{normal}\\left(0, 1\\right) \\\\\n"
            "k &\\sim \\mathrm{normal}^{+}\\left(1, 2\\right) \\\\\n"
            "\\tau &\\sim \\mathrm{half\\_normal}\\left(1\\right) \\\\\n"
            "\\mathrm{brood}_{\\mathrm{BROOD}} &\\sim \\mathrm{normal}\\left(\\mu_{1}, \\tau\\right) \\\\\n"
            "r_{g, g, \\mathrm{g\\_\\_coef}} &\\sim \\mathrm{normal}\\left(0, \\left(1, 1\\right)\\right) \\\\\n"
            "y &\\sim \\mathrm{normal}\\left(\\frac{\\mathrm{brood}_{\\mathrm{BROOD}}}{1 + \\exp\\left(-k \\, "
            "\\mathrm{log\\_x}\\right)} + r_{g, g, x} - \\left(\\mu_{1} - k\\right), {\\left(k + "
            "1\\right)}^{2}\\right) \\\\\n"
            "\\end{aligned}");
}

TEST(Builder, RaisesToPowers) {
  Builder m;
  const auto a = m.normal("a", 0, 1);
  const auto text = [&](double power) { return to_text(m.model(), m.node(pow(a, power))); };
  EXPECT_EQ(text(2), "square(a)");
  EXPECT_EQ(text(3), "square(a) * a");
  EXPECT_EQ(text(4), "square(square(a))");
  EXPECT_EQ(text(-1), "1 / a");
  EXPECT_EQ(text(0.5), "sqrt(a)");
  EXPECT_EQ(text(1), "a");
  EXPECT_EQ(text(1.5), "exp(1.5 * log(a))");
  EXPECT_DOUBLE_EQ(pow(Expr(-2), 5).value(), -32);
  EXPECT_DOUBLE_EQ(pow(Expr(3), 0).value(), 1);
}

TEST(Builder, FoldsNumbersWithoutAModel) {
  const auto value = [](const Expr& e) { return e.value(); };
  EXPECT_DOUBLE_EQ(value(exp(Expr(0)) + sqrt(Expr(9)) * 2 - square(Expr(3)) / 2 + -Expr(1)), 1.5);
  EXPECT_DOUBLE_EQ(value(log(exp(Expr(1.25)))), 1.25);
  EXPECT_DOUBLE_EQ(value(tanh(Expr(0)) + inv_logit(Expr(0))), 0.5);
  EXPECT_DOUBLE_EQ(value(log1p(expm1(Expr(0.75))) + square(sin(Expr(0.4))) + square(cos(Expr(0.4)))), 1.75);
  Builder m;
  EXPECT_EQ(m.model().node(m.node(Expr(2) * Expr(3))).value, 6);
}

TEST(Builder, HasEveryDistribution) {
  Builder m;
  m.student_t("v1", 3, 0, 1);
  m.cauchy("v2", 0, 1);
  m.half_student_t("v3", 3, 1);
  m.exponential("v4", 1);
  m.gamma("v5", 2, 3);
  m.inverse_gamma("v6", 2, 3);
  m.lognormal("v7", 0, 1);
  m.uniform("v8", -1, 1);
  m.beta("v9", 2, 2);
  m.constant("v10", 4);
  m.variable("v11", parse_prior("half_student_t(3, 0, 2)"), true, false);
  m.variable("v12", parse_prior("normal(0, 2)"), true);
  EXPECT_EQ(to_text(m.model()),
            "v1 ~ student_t(3, 0, 1)\nv2 ~ cauchy(0, 1)\nv3 ~ half_student_t(3, 1)\nv4 ~ exponential(1)\n"
            "v5 ~ gamma(2, 3)\nv6 ~ inverse_gamma(2, 3)\nv7 ~ lognormal(0, 1)\nv8 ~ uniform(-1, 1)\n"
            "v9 ~ beta(2, 2)\nv10 ~ constant(4)\nv11 ~ half_student_t(3, 2)\nv12 ~ normal(0, 2), positive\n");
  EXPECT_FALSE(m.model().variable(m.model().find("v11")).reported);
  EXPECT_TRUE(m.model().variable(m.model().find("v12")).reported);
  EXPECT_NE(refusal([&] { m.variable("v13", {DistributionKind::lkj, {1}}); }), "");
}

TEST(Builder, RefusesInAModellersWords) {
  Builder m, other;
  const auto mu = m.normal("mu", 0, 1);
  const auto u = m.normal("u", mu, 1, over("g"));
  const auto r = m.effects("r", {1, 1}, {.over = "g", .columns = {"a", "b"}, .dim = "g__coef"});
  const auto x = m.col("x");
  const auto foreign = other.normal("theta", 0, 1);
  EXPECT_EQ(refusal([&] { m.observe_normal("y", u + x, 1); }),
            "`u` has a value for each level of g; write u[\"g\"] to read it at each row");
  EXPECT_EQ(refusal([&] { (void)u["h"]; }), "`u` has a value for each level of g, not of h; write u[\"g\"]");
  EXPECT_EQ(refusal([&] { (void)mu["g"]; }), "`mu` is one number; write it without [\"g\"]");
  EXPECT_EQ(refusal([&] { (void)x["g"]; }), "`x` has a value for each row already; write it without [\"g\"]");
  EXPECT_NE(refusal([&] { (void)Expr(3)["g"]; }), "");
  EXPECT_NE(refusal([&] { (void)Expr(3).component(0); }), "");
  EXPECT_NE(refusal([&] { (void)r["g"]; }).find("take one column"), std::string::npos);
  EXPECT_EQ(refusal([&] { (void)(mu + foreign); }), "`theta` belongs to another model");
  EXPECT_EQ(refusal([&] { (void)m.normal("mu", 0, 1); }), "two variables are named `mu`");
  EXPECT_EQ(refusal([&] { (void)m.half_normal("s", -1); }), "`s` of `s` is -1: it must be positive");
  EXPECT_NE(refusal([&] { (void)m.lkj("c", 1, {"only"}, "d"); }), "");
  EXPECT_NE(refusal([&] { (void)m.lkj("c", 0, {"a", "b"}, "d"); }), "");
  EXPECT_NE(refusal([&] { (void)m.effects("e", {1}, {.over = "g", .columns = {"a", "b"}, .dim = "e__coef"}); }), "");
  EXPECT_NE(refusal([&] {
              (void)m.effects("e", {1, 1}, {.over = "g", .columns = {"a", "b"}, .means = {0}, .dim = "e__coef"});
            }),
            "");
  EXPECT_NE(refusal([&] { (void)m.effects("e", {1}, {.over = "", .columns = {"a"}, .dim = "e__coef"}); }), "");
  EXPECT_NE(refusal([&] {
              (void)m.effects("e", {1, 1}, {.over = "g", .cor = mu, .columns = {"a", "b"}, .dim = "e__coef"});
            }),
            "");
}

}  // namespace
}  // namespace woodbury::model
