// Which scales the integrated density is even in, and which it is not.
#include "woodbury/plan/even.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::plan {
namespace {

using model::Builder;
using model::Expr;
using model::over;
using Names = std::vector<std::string>;

/// "scale of effects[component]", and " with correlation" where there is one.
Names found(const std::function<void(Builder&)>& build, const std::string& integrate = "all") {
  Builder m;
  build(m);
  const Plan plan = make_plan(m.model(), test::crossed_table(1, 40), {.integrate = integrate, .parametrisation = {}});
  Names names;
  for (const EvenScale& even : even_scales(plan)) {
    std::string text = plan.model.variable(even.scale).name + " of " + plan.model.variable(even.effects).name + "[" +
                       std::to_string(even.component) + "]";
    if (even.correlation >= 0) text += " with " + plan.model.variable(even.correlation).name;
    names.push_back(text);
  }
  return names;
}

/// y ~ N(a + u[g], sigma), u ~ N(0, scale(m)).
std::function<void(Builder&)> one_factor(const std::function<Expr(Builder&)>& scale) {
  return [scale](Builder& m) {
    const Expr u = m.normal("u", 0, scale(m), over("g"));
    m.observe_normal("y", m.normal("a", 0, 1) + u["g"], m.half_normal("sigma", 1));
  };
}

std::function<Expr(Builder&)> positive(const std::string& prior) {
  return [prior](Builder& m) { return m.variable("tau", model::parse_prior(prior), true); };
}

TEST(EvenScales, PriorsThatAreEvenAndSmooth) {
  const Names tau{"tau of u[0]"};
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.half_normal("tau", 1); })), tau);
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.half_student_t("tau", 3, 1); })), tau);
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.half_cauchy("tau", 1); })), tau);
  for (const char* prior : {"normal(0, 1)", "cauchy(0, 1)", "student_t(4, 0, 1)"})
    EXPECT_EQ(found(one_factor(positive(prior))), tau) << prior;
  // A prior whose own scale is sampled is as even.
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.half_normal("tau", m.exponential("s", 1)); })), tau);
}

TEST(EvenScales, PriorsThatAreNot) {
  for (const char* prior : {"normal(0.5, 1)", "cauchy(-1, 1)", "student_t(4, 2, 1)", "flat()"})
    EXPECT_EQ(found(one_factor(positive(prior))), Names()) << prior;
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.exponential("tau", 1); })), Names());
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.gamma("tau", 2, 1); })), Names());
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.inverse_gamma("tau", 2, 1); })), Names());
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.lognormal("tau", 0, 1); })), Names());
  EXPECT_EQ(found(one_factor([](Builder& m) { return m.uniform("tau", 0, 1); })), Names());
}

TEST(EvenScales, ColumnsWithTheirCorrelation) {
  const auto build = [](Builder& m) {
    const Expr cor = m.lkj("cor", 2, {"p", "q"}, "coef");
    const Expr r = m.effects("r", {m.half_normal("s0", 1), m.half_normal("s1", 1)},
                             {.over = "g", .cor = cor, .columns = {"p", "q"}, .dim = "coef"});
    const Expr u = m.effects("u", {m.exponential("t0", 1), m.half_cauchy("t1", 1)},
                             {.over = "h", .columns = {"p", "q"}, .dim = "hcoef"});
    m.observe_normal(
        "y",
        r.component(0)["g"] + r.component(1)["g"] * m.col("x") + u.component(0)["h"] + u.component(1)["h"] * m.col("x"),
        m.half_normal("sigma", 1));
  };
  EXPECT_EQ(found(build), (Names{"s0 of r[0] with cor", "s1 of r[1] with cor", "t1 of u[1]"}));
  // Of effects that are sampled the scale has one sign.
  EXPECT_EQ(found(build, "g"), (Names{"s0 of r[0] with cor", "s1 of r[1] with cor"}));
  EXPECT_EQ(found(build, "none"), Names());
}

TEST(EvenScales, NotWhereUsedTwice) {
  EXPECT_EQ(found([](Builder& m) {
              const Expr tau = m.half_normal("tau", 1);
              const Expr u = m.normal("u", 0, tau, over("g")), v = m.normal("v", 0, tau, over("h"));
              m.observe_normal("y", u["g"] + v["h"], m.half_normal("sigma", 1));
            }),
            Names());
  EXPECT_EQ(found([](Builder& m) {
              const Expr tau = m.half_normal("tau", 1);
              const Expr r = m.effects("r", {tau, tau}, {.over = "g", .columns = {"p", "q"}, .dim = "coef"});
              m.observe_normal("y", r.component(0)["g"] + r.component(1)["g"] * m.col("x"), 1);
            }),
            Names());
  EXPECT_EQ(found([](Builder& m) {
              const Expr tau = m.half_normal("tau", 1);
              m.observe_normal("y", m.normal("u", 0, tau, over("g"))["g"], 1 + tau);
            }),
            Names());
  EXPECT_EQ(found([](Builder& m) {
              const Expr tau = m.half_normal("tau", 1);
              m.observe_normal("y", m.normal("u", 0, tau, over("g"))["g"], m.half_normal("sigma", tau));
            }),
            Names());
}

TEST(EvenScales, NotThroughAnExpression) {
  EXPECT_EQ(found(one_factor([](Builder& m) { return 2 * m.half_normal("tau", 1); })), Names());
  EXPECT_EQ(found([](Builder& m) {
              const Expr u = m.normal("u", 0, 1, over("g"));
              m.observe_normal("y", u["g"] * m.half_normal("tau", 1), m.half_normal("sigma", 1));
            }),
            Names());
}

TEST(EvenScales, TheResidualSdIsNone) {
  EXPECT_EQ(found([](Builder& m) { m.observe_normal("y", m.normal("a", 0, 1), m.half_normal("sigma", 1)); }), Names());
}

TEST(EvenScales, WhatIsReportedBesidesDoesNotCount) {
  EXPECT_EQ(found([](Builder& m) {
              const Expr tau = m.half_normal("tau", 1);
              m.observe_normal("y", m.normal("u", 0, tau, over("g"))["g"], m.half_normal("sigma", 1));
              m.derive("variance", square(tau));
            }),
            Names{"tau of u[0]"});
}

TEST(EvenScales, OfHierarchicalMeans) {
  EXPECT_EQ(found([](Builder& m) {
              const Expr top = m.normal("top", m.normal("mu", 0, 1), m.half_normal("tau_i", 1), over("i"));
              const Expr u = m.normal("u", top.at("g"), m.half_cauchy("tau_g", 1), over("g"));
              m.observe_normal("y", u["g"], m.half_normal("sigma", 1));
            }),
            (Names{"tau_i of top[0]", "tau_g of u[0]"}));
}

}  // namespace
}  // namespace woodbury::plan
