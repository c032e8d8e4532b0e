// The compiled density of many models under many plans: gradients by differences, values against a dense normal.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

struct Case {
  std::string name;
  std::function<void(Builder&)> build;
  std::vector<std::string> integrate;
};

Expr correlated(Builder& m, const std::string& g, double eta = 1) {
  const Expr cor = m.lkj("cor_" + g, eta, {"Intercept", "x"}, g + "__coef");
  const Expr sd0 = m.half_student_t("sd_" + g + "__Intercept", 3, 1), sd1 = m.half_normal("sd_" + g + "__x", 1);
  const Expr r =
      m.effects("r_" + g, {sd0, sd1}, {.over = g, .cor = cor, .columns = {"Intercept", "x"}, .dim = g + "__coef"});
  return r.component(0)[g] + r.component(1)[g] * m.col("x");
}

std::vector<Case> cases() {
  std::vector<Case> list;
  list.push_back({"one factor, slopes",
                  [](Builder& m) {
                    const Expr a = m.normal("Intercept", 1, 2), b = m.normal("b_x", 0, 2);
                    const Expr u = correlated(m, "g");
                    m.observe_normal("y", a + b * m.col("x") + u, m.half_cauchy("sigma", 1));
                  },
                  {"all", "none", "g", "fixed", "auto"}});
  list.push_back({"crossed, slopes, weights",
                  [](Builder& m) {
                    const Expr a = m.normal("Intercept", 1, 2), b = m.student_t("b_x", 4, 0, 2);
                    const Expr u = correlated(m, "g", 2), v = correlated(m, "h");
                    m.observe_normal("y", a + b * m.col("x") + u + v, m.gamma("sigma", 2, 2) / sqrt(m.col("w")));
                  },
                  {"all", "none", "g", "h", "g,fixed", "auto"}});
  list.push_back({"hierarchical means, nested, no intercept",
                  [](Builder& m) {
                    const Expr mu = m.normal("mu", 0, 1), tau = m.half_cauchy("tau", 1);
                    const Expr top = m.normal("top", mu, m.half_normal("top_sd", 1), over("i"));
                    const Expr u = m.normal("u", top.at("g"), tau, over("g"));
                    m.observe_normal("y", u["g"] + m.normal("beta", 0, 1) * m.col("x"), m.lognormal("sigma", 0, 1));
                  },
                  {"all", "none", "auto"}});
  list.push_back({"lognormal, independent columns, flat slope",
                  [](Builder& m) {
                    const Expr a = m.flat("Intercept"), b = m.flat("b_x");
                    const Expr r = m.effects("r_g", {m.exponential("s0", 1), m.exponential("s1", 1)},
                                             {.over = "g",
                                              .columns = {"Intercept", "x"},
                                              .means = {m.normal("m0", 0, 1), m.normal("m1", 0, 1)},
                                              .dim = "g__coef"});
                    m.observe_lognormal("z",
                                        a + b * m.col("x") + r.component(0)["g"] + r.component(1)["g"] * m.col("x"),
                                        m.uniform("sigma", 0.1, 3));
                  },
                  {"all", "none", "g,m0,m1", "auto"}});
  list.push_back({"sigma by rows with its own effects",
                  [](Builder& m) {
                    const Expr a = m.normal("Intercept", 0, 2), u = correlated(m, "g");
                    const Expr s = m.normal("s", 0, m.half_normal("sd_s", 1), over("h"));
                    m.observe_normal("y", a + u, exp(m.normal("b_sigma", 0, 1) + s["h"] + 0.1 * m.col("x")));
                  },
                  {"all", "none", "g", "auto"}});
  list.push_back({"a mean that is not linear",
                  [](Builder& m) {
                    const Expr k = m.half_normal("k", 1), a = m.normal("a", 0, 1);
                    const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
                    m.observe_normal("y", a + u["g"] + exp(-k * square(m.col("x"))), m.half_normal("sigma", 1));
                  },
                  {"all", "none", "auto"}});
  list.push_back({"loadings: scalar, over another factor, in a prior mean",
                  [](Builder& m) {
                    const Expr k = m.half_normal("k", 1), l = m.normal("l", 1, 0.5, over("h")), x = m.col("x");
                    const Expr m0 = m.normal("m0", 0.2, 1), b = m.normal("b", 0, 1);
                    const Expr u = m.normal("u", k * m0, m.half_normal("tau", 1), over("g"));
                    const Expr v = m.normal("v", 0, m.half_normal("omega", 1), over("g"));
                    m.observe_normal("y", b * x + k * x * u["g"] + l["h"] * v["g"] + v["g"], m.half_normal("sigma", 1));
                  },
                  {"all", "none", "u,v", "v", "auto"}});
  list.push_back({"loadings of correlated columns and of a flat slope",
                  [](Builder& m) {
                    const Expr cor = m.lkj("cor", 1, {"p", "q"}, "g__coef"), s = m.half_normal("s", 1);
                    const Expr r = m.effects("r", {s, m.half_normal("t", 1)},
                                             {.over = "g", .cor = cor, .columns = {"p", "q"}, .dim = "g__coef"});
                    const Expr l = m.half_normal("l", 1, over("i")), k = m.half_normal("k", 1);
                    m.observe_normal("y",
                                     k * m.flat("f") * m.col("x") + r.component(0)["g"] +
                                         (l["i"] - 1) * r.component(1)["g"] + k * r.component(1)["g"],
                                     m.half_normal("sigma", 1));
                  },
                  {"all", "none", "g", "fixed", "auto"}});
  list.push_back({"loadings where the rows are weighed",
                  [](Builder& m) {
                    const Expr k = m.half_normal("k", 1), l = m.half_normal("l", 1, over("h"));
                    const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
                    m.observe_normal("y", m.normal("a", 0, 2) + (k + m.col("x") * l["h"]) * u["g"],
                                     exp(m.normal("s", 0, 1) + 0.3 * m.normal("t", 0, 1) * m.col("x")));
                  },
                  {"all", "g", "auto"}});
  list.push_back({"known sds",
                  [](Builder& m) {
                    const Expr a = m.normal("Intercept", 0, 2);
                    const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
                    m.observe_normal("y", a + u["g"], m.col("w"));
                  },
                  {"all", "none", "auto"}});
  return list;
}

/// Sampled effects' levels 0, 2, 4, … centred, the others not.
void centre_every_other(plan::Plan& plan, const frame::Frame& table) {
  for (auto& [v, action] : plan.actions) {
    const auto& dims = plan.model.variable(v).dims;
    if (action == plan::Action::integrate || dims.empty() || !table.has(dims[0])) continue;
    action = plan::Action::sample_by_level;
    std::vector<bool>& centred = plan.centred_levels[v];
    centred.clear();
    for (std::size_t j = 0; j < table.factor(dims[0]).levels.size(); ++j) centred.push_back(j % 2 == 0);
  }
}

TEST(Density, GradientsUnderEveryPlan) {
  const frame::Frame table = test::crossed_table(5, 40);
  for (const Case& each : cases()) {
    Builder builder;
    each.build(builder);
    for (const std::string& integrate : each.integrate)
      for (const std::string parametrisation : {"centred", "noncentred", "by level"}) {
        plan::Options options{.integrate = integrate, .parametrisation = {}};
        for (const model::RandomVariable& v : builder.model().variables())
          if (plan::is_gaussian(v) && !v.dims.empty() && parametrisation != "by level")
            options.parametrisation[v.name] = parametrisation;
        plan::Plan plan = plan::make_plan(builder.model(), table, options);
        if (parametrisation == "by level") centre_every_other(plan, table);
        Density density(plan, table);
        EXPECT_EQ(density.dimension(), plan.sampled_dims);
        for (std::uint64_t draw = 0; draw < 3; ++draw) {
          base::Stream stream(draw, 0, 0, base::Purpose::test);
          std::vector<double> q(density.dimension()), gradient(q.size()), unused(q.size());
          for (double& value : q) value = 0.7 * stream.normal();
          const double value = density.evaluate(q, gradient);
          ASSERT_TRUE(std::isfinite(value)) << each.name << ": " << density.failure();
          testing::expect_gradient([&](std::span<const double> at) { return density.evaluate(at, unused); }, q,
                                   gradient, 1e-6, each.name + ", integrate " + integrate + ", " + parametrisation);
        }
      }
  }
}

/// Both rules of equal levels and loadings: a designed experiment in which the levels of g are alike.
TEST(Density, LoadingsOfLevelsThatAreAlike) {
  const frame::Frame table = test::designed_table(3);
  Builder m;
  const Expr k = m.half_normal("k", 1), l = m.half_normal("l", 1, over("h"));
  const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
  const Expr v = m.normal("v", 0, m.half_normal("omega", 1), over("h"));
  m.observe_normal("y", m.normal("a", 0, 2) + (k + l["h"]) * u["g"] + k * v["h"], m.half_normal("sigma", 1));
  plan::Plan plan = plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}});
  Density reduced(plan, table);
  plan.without = {"equal-levels"};
  Density whole(plan, table);
  ASSERT_NE(reduced.likelihood().reduction(), nullptr);
  EXPECT_LT(reduced.likelihood().kernel().structure().whitened_count, 12U);  // of 21
  base::Stream stream(1, 0, 0, base::Purpose::test);
  std::vector<double> q(reduced.dimension()), gradient(q.size()), same(q.size());
  for (double& value : q) value = 0.5 * stream.normal();
  EXPECT_NEAR(reduced.evaluate(q, gradient), whole.evaluate(q, same), 1e-9);
  for (std::size_t i = 0; i < q.size(); ++i) EXPECT_NEAR(gradient[i], same[i], 1e-8) << i;
}

/// The marginal likelihood must be the same whatever is integrated. What a plan samples is integrated here in closed
/// form: the density is Gaussian in it, so value, gradient and Hessian at one point suffice.
TEST(Density, PlansIntegrateTheSameJointDensity) {
  const frame::Frame table = test::crossed_table(9, 30);
  const auto build = [](Builder& m) {
    const Expr a = m.normal("Intercept", 1, 2);
    const Expr u = m.normal("u", 0, m.constant("tau", 0.7), over("g"));
    const Expr v = m.normal("v", 0.3, m.constant("omega", 0.4), over("h"));
    m.observe_normal("y", a + u["g"] + v["h"], m.constant("sigma", 0.6));
  };
  Builder builder;
  build(builder);
  const auto marginal = [&](const std::string& integrate) {
    const plan::Plan plan = plan::make_plan(builder.model(), table, {.integrate = integrate, .parametrisation = {}});
    Density density(plan, table);
    const auto dim = static_cast<Eigen::Index>(density.dimension());
    Eigen::VectorXd q = Eigen::VectorXd::Zero(dim), gradient(dim), other(dim);
    const double value = density.evaluate({q.data(), density.dimension()}, {gradient.data(), density.dimension()});
    // The log density is quadratic in what is sampled: its Hessian by columns of gradients, exactly.
    Eigen::MatrixXd hessian(dim, dim);
    for (Eigen::Index i = 0; i < dim; ++i) {
      Eigen::VectorXd step = q;
      step[i] = 1;
      density.evaluate({step.data(), density.dimension()}, {other.data(), density.dimension()});
      hessian.col(i) = gradient - other;
    }
    if (dim == 0) return value;
    const Eigen::LDLT<Eigen::MatrixXd> factor(hessian);
    return value + 0.5 * gradient.dot(factor.solve(gradient)) - 0.5 * factor.vectorD().array().log().sum() +
           0.5 * static_cast<double>(dim) * std::log(2 * std::numbers::pi);
  };
  const double all = marginal("all");
  for (const char* integrate : {"none", "g", "h", "g,h", "fixed", "g,fixed", "auto"})
    EXPECT_NEAR(marginal(integrate), all, 1e-9 * std::abs(all)) << integrate;
}

/// Standardising some levels is a change of variables: x = mean + C z, so that the densities differ by log|C| a level.
TEST(Density, LevelsStandardisedAreAChangeOfVariables) {
  const frame::Frame table = test::crossed_table(6, 40);
  for (const bool slopes : {false, true}) {
    Builder m;
    const Expr tau = m.half_normal("tau", 1);
    const Expr u = slopes ? correlated(m, "g") : m.normal("u", m.normal("mu", 0, 1), tau, over("g"))["g"];
    m.observe_normal("y", m.normal("a", 0, 1) + u, m.half_normal("sigma", 1));
    plan::Plan centred = plan::make_plan(m.model(), table,
                                         {.integrate = "none", .parametrisation = {{slopes ? "r_g" : "u", "centred"}}});
    plan::Plan mixed = centred;
    centre_every_other(mixed, table);
    Density some(mixed, table), all(centred, table);
    base::Stream stream(3, 0, 0, base::Purpose::test);
    std::vector<double> q(some.dimension()), unused(q.size());
    for (double& value : q) value = 0.5 * stream.normal();
    const double value = some.evaluate(q, unused);
    const auto effects = mixed.model.find(slopes ? "r_g" : "u");
    const model::NodeId node = mixed.model.node_of(effects);
    const Tape& tape = some.tape();
    const std::span<const double> x = some.values().subspan(tape.offset(node), tape.size(node));
    std::vector<double> same = q;
    all.unconstrain(effects, x, same);
    double log_c = 0;
    const auto scalar = [&](const char* name) {
      return some.values()[tape.offset(mixed.model.node_of(mixed.model.find(name)))];
    };
    if (slopes) {
      const double* l = &some.values()[tape.offset(mixed.model.node_of(mixed.model.find("cor_g")))];
      log_c = std::log(scalar("sd_g__Intercept") * scalar("sd_g__x") * l[0] * l[3]);
    } else {
      log_c = std::log(scalar("tau"));
    }
    const std::size_t levels = table.factor("g").levels.size();
    EXPECT_NEAR(value, all.evaluate(same, unused) + static_cast<double>(levels / 2) * log_c, 1e-10 * std::abs(value));
    EXPECT_NE(q, same);
  }
}

/// A response far from zero keeps its digits where the intercept is free: shifting y and the intercept changes nothing.
TEST(Density, KeepsTheDigitsOfAResponseFarFromZero) {
  const frame::Frame near = test::crossed_table(4, 60);
  constexpr double kShift = 1 << 30;  // exact in binary, so that the shifted response is y rounded, not another y
  std::vector<double> rounded, far;
  for (const double y : near.numeric("y")) {
    far.push_back(y + kShift);
    rounded.push_back(far.back() - kShift);
  }
  const auto likelihood = [&](const std::vector<double>& y, bool flat, double intercept) {
    frame::Frame table = near;
    table.add("y", frame::Numeric{y});
    Builder m;
    const Expr a = flat ? m.flat("a") : m.student_t("a", 3, intercept, 2);
    const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
    m.observe_normal("y", a + m.normal("b", 0, 1) * m.col("x") + u["g"], m.half_normal("sigma", 1));
    Density density(plan::make_plan(m.model(), table, {.integrate = "all", .parametrisation = {}}), table);
    std::vector<double> q(density.dimension(), 0.1);
    if (!flat) q[0] = intercept;
    return density.locate(q);
  };
  EXPECT_NEAR(likelihood(far, true, 0), likelihood(rounded, true, 0), 1e-7);
  EXPECT_NEAR(likelihood(far, false, kShift + 1), likelihood(rounded, false, 1), 1e-7);
}

TEST(Density, SaysWhatFailed) {
  const frame::Frame table = test::crossed_table(9, 30);
  Builder m;
  m.observe_normal("y", m.normal("a", 0, 1), m.half_normal("sigma", 1));
  Density density(plan::make_plan(m.model(), table, {}), table);
  std::vector<double> q{800}, gradient(1);
  EXPECT_FALSE(std::isfinite(density.evaluate(q, gradient)));
  EXPECT_FALSE(density.failure().empty());
}

}  // namespace
}  // namespace woodbury::density
