// Plans that agree: whatever is integrated, however the rest is parametrised, with reductions and without, a model has
// one posterior. Long runs, compared within their Monte Carlo errors.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// A formula, or a program, on a table.
struct Case {
  std::string name;
  std::string formula;
  std::function<void(Builder&)> build;
  std::vector<std::string> terms;  ///< each to be integrated alone
  design::Options options;
  bool designed = false;
};

/// Scales that the data tell: where one may be zero, plans that sample its effects are funnels, and no test of answers.
std::vector<std::string> priors() { return {"sd ~ lognormal(-0.7, 0.5)", "sigma ~ lognormal(-0.7, 0.5)"}; }

design::Options with(const std::function<void(design::Options&)>& change = {}) {
  design::Options options;
  options.priors = priors();
  if (change) change(options);
  return options;
}

std::vector<Case> cases() {
  const auto difficult = [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1);
    const Expr top = m.normal("top", mu, m.lognormal("top_sd", -0.7, 0.5), over("i"));
    const Expr u = m.normal("u", top.at("g"), m.lognormal("tau", -0.7, 0.5), over("g"));
    m.observe_normal("y", u["g"] + m.normal("beta", 0, 1) * m.col("x"), m.lognormal("sigma", -0.7, 0.5));
  };
  return {
      {"one_factor", "y ~ x + (1 | g)", {}, {"g", "fixed"}, with()},
      {"slopes", "y ~ x + (x | g)", {}, {"g", "fixed"}, with()},
      {"crossed", "y ~ x + (1 | g) + (1 | h)", {}, {"g", "h", "fixed"}, with()},
      {"nested", "y ~ x + (1 | i/g)", {}, {"i", "i:g", "fixed"}, with()},
      {"three_factors", "y ~ 1 + (1 | g) + (1 | h) + (1 | i)", {}, {"g", "h", "i"}, with()},
      {"designed", "y ~ x + (x | g) + (1 | h)", {}, {"g", "h", "fixed"}, with(), true},
      {"double_bar", "y ~ x + (x || g)", {}, {"g", "fixed"}, with()},
      {"lognormal", "z ~ x + (1 | g)", {}, {"g"}, with([](auto& o) { o.family = model::FamilyKind::lognormal; })},
      {"weights", "y ~ x + (1 | g)", {}, {"g"}, with([](auto& o) { o.weights = "w"; })},
      {"unequal_sd", "y ~ x + (1 | g)", {}, {"g"}, with([](auto& o) {
         o.sigma = "~ x";
         o.priors = {"sd ~ lognormal(-0.7, 0.5)"};
       })},
      {"known_scale", "y ~ x + (1 | g)", {}, {"g"}, with([](auto& o) { o.priors = {"sd ~ constant(0.7)"}; }), true},
      {"hierarchical_means", {}, difficult, {}, {}},
  };
}

Prepared prepared(const Case& each, Options options) {
  const frame::Frame table = each.designed ? test::designed_table(7, 2) : test::crossed_table(7, 120, 8, 6);
  options.design = each.options;
  if (!each.build) return prepare(each.formula, table, options);
  Builder builder;
  each.build(builder);
  return prepare(builder.model(), table, options);
}

/// Every plan has a seed of its own: equal draws would agree too easily.
store::Record sample(const Case& each, const plan::Options& plan, std::uint64_t seed) {
  Options options;
  options.plan = plan;
  options.sampler.draws = 4000;
  options.sampler.seed = seed;
  options.sampler.target_accept = 0.95;
  return run(prepared(each, options), options);
}

/// Means within 5 Monte Carlo errors of their difference, sds within what their ESS allows.
void expect_agreement(const store::Record& a, const store::Record& b, const std::string& what) {
  ASSERT_EQ(a.summary.parameters.size(), b.summary.parameters.size()) << what;
  for (std::size_t i = 0; i < a.summary.parameters.size(); ++i) {
    const diagnose::Row& x = a.summary.parameters[i];
    const diagnose::Row& y = b.summary.parameters[i];
    ASSERT_EQ(x.variable, y.variable) << what;
    const double ess = std::min(x.ess_bulk, y.ess_bulk);
    if (std::isnan(ess)) continue;  // constant
    EXPECT_GT(ess, 400) << what << ": " << x.variable;
    const double error = std::hypot(x.sd, x.sd) / std::sqrt(ess);
    EXPECT_NEAR(x.mean, y.mean, 5 * error) << what << ": " << x.variable;
    EXPECT_NEAR(std::log(x.sd / y.sd), 0, 0.05 + 8 / std::sqrt(ess)) << what << ": " << x.variable;
  }
}

class PlansAgreeSlow : public ::testing::TestWithParam<Case> {};

TEST_P(PlansAgreeSlow, OnThePosterior) {
  const Case& each = GetParam();
  std::uint64_t seed = 0;
  const store::Record reference = sample(each, {.integrate = "all"}, ++seed);
  const model::Model model = prepared(each, {}).model;
  std::vector<std::string> wishes{"none", "auto"};
  wishes.insert(wishes.end(), each.terms.begin(), each.terms.end());
  expect_agreement(reference, sample(each, {.integrate = "all", .reduce = false}, ++seed), "all, not reduced");
  for (const std::string& wish : wishes) {
    expect_agreement(reference, sample(each, {.integrate = wish}, ++seed), wish);
    for (const char* way : {"centred", "noncentred"}) {
      plan::Options options{.integrate = wish, .reduce = false};
      for (const model::RandomVariable& v : model.variables())
        if (plan::is_gaussian(v) && !v.dims.empty()) options.parametrisation[v.name] = way;
      expect_agreement(reference, sample(each, options, ++seed), wish + ", " + way);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PlansAgreeSlow, ::testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace woodbury::fit
