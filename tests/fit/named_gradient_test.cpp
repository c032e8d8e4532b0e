// Gradients by name in the constrained space, by the one check; and that densities by name are in the values
// themselves.
#include <cmath>
#include <functional>
#include <numbers>

#include <gtest/gtest.h>

#include "tests/density/distributions.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

using density::distributions::Case;
using model::Builder;
using model::Expr;
using model::over;

using Evaluate = std::function<double(const Values&)>;

/// The numbers that may move on their own: of a correlation matrix its lower triangle.
class Flat {
 public:
  Flat(const Evaluator& evaluator, Values values) : values_(std::move(values)) {
    for (const draws::Variable& each : evaluator.parameters()) {
      const bool matrix = each.dims.size() == 2 && each.dims[0] == each.dims[1];
      const std::size_t d = matrix ? each.coords[0].size() : 0;
      if (!values_.contains(each.name)) continue;
      for (std::size_t i = 0; i < each.size(); ++i)
        if (!matrix || i / d > i % d) places_.push_back({each.name, i, matrix ? (i % d) * d + i / d : i});
    }
  }
  [[nodiscard]] std::vector<double> of(const Values& values) const {
    std::vector<double> x;
    for (const Place& place : places_) x.push_back(values.at(place.name)[place.index]);
    return x;
  }
  [[nodiscard]] std::vector<double> point() const { return of(values_); }
  [[nodiscard]] Values at(std::span<const double> x) const {
    Values values = values_;
    for (std::size_t i = 0; i < x.size(); ++i)
      values[places_[i].name][places_[i].index] = values[places_[i].name][places_[i].mirrored] = x[i];
    return values;
  }

 private:
  struct Place {
    std::string name;
    std::size_t index, mirrored;
  };
  Values values_;
  std::vector<Place> places_;
};

Prepared planned(const model::Model& model, const frame::Frame& table, const plan::Options& plan) {
  Options options;
  options.plan = plan;
  return prepare(model, table, options);
}

Values some_values(Evaluator& evaluator, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  std::vector<double> q(evaluator.dimension());
  for (double& value : q) value = 0.4 * stream.normal();
  return evaluator.constrain(q);
}

void check(const model::Model& model, const frame::Frame& table, const plan::Options& options,
           const std::string& what) {
  const Prepared prepared = planned(model, table, options);
  Evaluator evaluator(prepared);
  const Values values = some_values(evaluator, 6);
  const Flat flat(evaluator, values);
  Values gradient;
  ASSERT_TRUE(std::isfinite(evaluator.log_density(values, gradient))) << what << ": " << evaluator.failure();
  EXPECT_EQ(gradient.size(), values.size()) << what;
  testing::expect_gradient([&](std::span<const double> x) { return evaluator.log_density(flat.at(x)); }, flat.point(),
                           flat.of(gradient), 1e-8, what + ", joint");
  evaluator.log_marginal_likelihood(values, gradient);
  testing::expect_gradient([&](std::span<const double> x) { return evaluator.log_marginal_likelihood(flat.at(x)); },
                           flat.point(), flat.of(gradient), 1e-8, what + ", likelihood");
}

TEST(NamedGradient, OfEveryDistribution) {
  const frame::Frame table = test::crossed_table(4, 30);
  for (const Case& each : density::distributions::cases())
    for (const char* way : {"centred", "noncentred"}) {
      Builder m;
      density::distributions::build(each, m);
      check(m.model(), table, density::distributions::all_sampled(m.model(), way),
            model::info(each.kind).name + ", " + way);
    }
}

/// Correlated effects of three columns, a factor beside them, a loading and an expression as scale.
void several(Builder& m) {
  const std::vector<std::string> coef{"Intercept", "x", "w"};
  const Expr cor = m.lkj("cor", 1.5, coef, "g__coef");
  const Expr tau = m.half_normal("tau", 1);
  const Expr r =
      m.effects("r", {tau, m.exponential("s1", 1), 0.5 * tau},
                {.over = "g", .cor = cor, .columns = coef, .means = {m.normal("mu", 0, 1), 0, 0}, .dim = "g__coef"});
  const Expr u = m.normal("u", 0, m.gamma("s2", 2, 2), over("h"));
  m.observe_normal("y", m.cols({1, m.col("x"), m.col("w")}) * r + m.normal("k", 1, 0.5) * u["h"] * m.col("w"),
                   exp(m.normal("log_sigma", 0, 1)));
}

TEST(NamedGradient, OfWhatIsLeftByEveryPlan) {
  const frame::Frame table = test::crossed_table(3, 60);
  Builder m;
  several(m);
  for (const char* integrate : {"all", "none", "g", "h", "auto"})
    for (const char* way : {"centred", "noncentred"})
      check(m.model(), table, {.integrate = integrate, .parametrisation = {{"g", way}, {"h", way}}},
            std::string(integrate) + ", " + way);
}

TEST(NamedGradient, OfTheLikelihoodIsOfWhatIsGiven) {
  const frame::Frame table = test::crossed_table(3, 60);
  Builder m;
  const Expr u = m.normal("u", 0, m.half_normal("tau", 1), over("g"));
  m.observe_normal("y", u["g"], m.half_normal("sigma", m.exponential("rate", 1)));
  const Prepared prepared = planned(m.model(), table, {.integrate = "all"});
  Evaluator evaluator(prepared);
  Values gradient;
  evaluator.log_marginal_likelihood({{"tau", {0.7}}, {"sigma", {0.5}}}, gradient);
  EXPECT_EQ(gradient.size(), 2U);
  EXPECT_NE(gradient.at("tau").at(0), 0);
  evaluator.log_density({{"tau", {0.7}}, {"sigma", {0.5}}, {"rate", {2}}}, gradient);
  EXPECT_NEAR(gradient.at("rate").at(0), -1 + 0.25 / 8 - 0.5, 1e-12);  // log-rate prior −rate; half-normal of scale 2
}

/// The joint density less the likelihood is the prior's: known densities of correlations, not of their factors.
TEST(NamedDensity, IsInTheCorrelationsThemselves) {
  const frame::Frame table = test::crossed_table(3, 60);
  const auto prior = [&](double eta, std::size_t d, const std::vector<double>& r) {
    const std::vector<std::string> coef{"a", "b", "c"};
    const std::vector<std::string> labels(coef.begin(), coef.begin() + static_cast<std::ptrdiff_t>(d));
    Builder m;
    const Expr cor = m.lkj("cor", eta, labels, "g__coef");
    const Expr u =
        m.effects("u", std::vector<Expr>(d, 1), {.over = "g", .cor = cor, .columns = labels, .dim = "g__coef"});
    m.observe_normal("y", u.component(0)["g"] + u.component(1)["g"] * m.col("x"), 1);
    const Prepared prepared = planned(m.model(), table, {.integrate = "all"});
    Evaluator evaluator(prepared);
    return evaluator.log_density({{"cor", r}}) - evaluator.log_marginal_likelihood({{"cor", r}});
  };
  const double pi = std::numbers::pi;
  EXPECT_NEAR(prior(2, 2, {1, 0.6, 0.6, 1}), std::log(0.75 * (1 - 0.36)), 1e-12);  // (1 − ρ²) / (4/3)
  // Uniform over the elliptope of volume π²/2.
  EXPECT_NEAR(prior(1, 3, {1, 0.6, -0.2, 0.6, 1, 0.3, -0.2, 0.3, 1}), std::log(2 / (pi * pi)), 1e-12);
}

}  // namespace
}  // namespace woodbury::fit
