// What must not matter: the order of rows, the names of levels, the unit of the response. Log density, gradient and the
// integrated effects' conditional means.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// A model whose priors have the response's unit as their scale.
using Build = std::function<void(Builder&, double)>;

Expr slopes(Builder& m, const std::string& g, double unit) {
  const Expr cor = m.lkj("cor_" + g, 2, {"Intercept", "x"}, g + "__coef");
  const std::vector<Expr> sds{m.half_normal("sd0_" + g, unit), m.half_student_t("sd1_" + g, 3, unit)};
  const Expr r = m.effects("r_" + g, sds, {.over = g, .cor = cor, .columns = {"Intercept", "x"}, .dim = g + "__coef"});
  return r.component(0)[g] + r.component(1)[g] * m.col("x");
}

void crossed(Builder& m, double unit) {
  const Expr fixed = m.normal("a", unit, 2 * unit) + m.student_t("b", 4, 0, unit) * m.col("x");
  m.observe_normal("y", fixed + slopes(m, "g", unit) + slopes(m, "h", unit),
                   m.half_cauchy("sigma", unit) / sqrt(m.col("w")));
}

void nested_flat(Builder& m, double unit) {
  const Expr u = m.normal("u", m.flat("mu"), m.half_normal("tau", unit), over("g"));
  const Expr v = m.normal("v", 0, m.half_normal("omega", unit), over("i"));
  m.observe_normal("y", u["g"] + v["i"] + m.flat("b") * m.col("x"), m.half_normal("sigma", unit));
}

/// By cells: sd by level and condition.
void varying_sigma(Builder& m, double unit) {
  const Expr s = m.normal("s", m.constant("log_unit", std::log(unit)), 1, over("h"));
  m.observe_normal("y", m.normal("a", 0, 2 * unit) + slopes(m, "g", unit),
                   exp(s["h"] + m.normal("t", 0, 1) * m.col("x")));
}

const std::vector<std::pair<std::string, Build>> kModels{
    {"crossed slopes with weights", crossed}, {"nested, flat priors", nested_flat}, {"varying sigma", varying_sigma}};
const std::vector<std::string> kPlans{"all", "none", "auto"};

/// 90 rows with x of three values.
frame::Frame table() {
  frame::Frame result = test::crossed_table(12, 90);
  std::vector<double> x;
  for (const double value : result.numeric("x")) x.push_back(std::clamp(std::round(value), -1.0, 1.0));
  result.add("x", frame::Numeric{x});
  return result;
}

struct Answer {
  double value = 0, likelihood = 0;
  std::vector<double> gradient, effects;
};

/// Coordinates from a seed, in a unit of the response: of scales on the log, others multiplied.
struct Point {
  std::uint64_t seed = 1;
  double unit = 1;
};

Answer answer(const model::Model& model, const frame::Frame& data, const std::string& integrate, const Point& point) {
  plan::Options options{.integrate = integrate, .parametrisation = {}};
  for (const model::RandomVariable& v : model.variables())
    if (plan::is_gaussian(v) && !v.dims.empty()) options.parametrisation[v.name] = "noncentred";
  const plan::Plan plan = plan::make_plan(model, data, options);
  Density density(plan, data);
  base::Stream stream(point.seed, 0, 0, base::Purpose::test);
  std::vector<double> q(density.dimension()), gradient(q.size());
  for (const SampledVariable& sampled : density.sampled()) {
    const model::RandomVariable& v = model.variable(sampled.variable());
    const bool scale = v.distribution.positive || v.distribution.kind == model::DistributionKind::half_normal ||
                       v.distribution.kind == model::DistributionKind::half_student_t ||
                       v.distribution.kind == model::DistributionKind::half_cauchy;
    const bool coefficient = v.dims.empty() && !scale && v.name != "t";  // t is of log sigma
    for (std::size_t i = 0; i < sampled.coordinates(); ++i) {
      double& value = q[sampled.first() + i];
      value = 0.5 * stream.normal();
      if (scale) value += std::log(point.unit);
      if (coefficient) value *= point.unit;
    }
  }
  Answer result;
  result.value = density.evaluate(q, gradient);
  result.gradient = gradient;
  EXPECT_TRUE(std::isfinite(result.value)) << density.failure();
  result.likelihood = density.log_likelihood();
  result.effects.resize(density.likelihood().effects());
  density.likelihood().conditional_mean(result.effects);
  return result;
}

void expect_same(const std::vector<double>& ours, const std::vector<double>& theirs, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  double scale = 1e-300;
  for (const double each : theirs) scale = std::max(scale, std::abs(each));
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], tolerance * scale) << what << ", " << i;
}

model::Model built(const Build& build, double unit) {
  Builder m;
  build(m, unit);
  return m.model();
}

TEST(Invariance, UnderPermutedRows) {
  const frame::Frame data = table();
  std::vector<std::size_t> order(data.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  base::Stream stream(77, 0, 0, base::Purpose::test);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
  const frame::Frame permuted = data.take(data.names(), order);
  for (const auto& [name, build] : kModels)
    for (const std::string& integrate : kPlans) {
      const std::string what = name + ", integrate " + integrate;
      const Answer expected = answer(built(build, 1), data, integrate, {}),
                   found = answer(built(build, 1), permuted, integrate, {});
      EXPECT_NEAR(found.value, expected.value, 1e-12 * std::abs(expected.value)) << what;
      expect_same(found.gradient, expected.gradient, 1e-10, what);
      expect_same(found.effects, expected.effects, 1e-10, what);
    }
}

/// Levels in another order: what is one a level moves, all else stays.
TEST(Invariance, UnderRelabelledLevels) {
  const frame::Frame data = table();
  frame::Frame relabelled = data;
  for (const std::string name : {"g", "h", "i"}) {
    frame::Factor factor = data.factor(name);
    const auto last = static_cast<std::int32_t>(factor.levels.size()) - 1;
    for (std::int32_t& code : factor.codes) code = last - code;
    relabelled.add(name, factor);
  }
  for (const auto& [name, build] : kModels) {
    const model::Model model = built(build, 1);
    const auto levels_in_prior = [&] {  // of sampled effects a coordinate each would move, too
      return std::ranges::any_of(model.variables(), [](const auto& v) { return v.name == "s"; });
    }();
    if (levels_in_prior) continue;
    const Answer expected = answer(model, data, "all", {}), found = answer(model, relabelled, "all", {});
    EXPECT_NEAR(found.value, expected.value, 1e-12 * std::abs(expected.value)) << name;
    expect_same(found.gradient, expected.gradient, 1e-10, name);
    std::vector<double> ours = found.effects, theirs = expected.effects;
    std::ranges::sort(ours);
    std::ranges::sort(theirs);
    expect_same(ours, theirs, 1e-10, name);
  }
}

/// y → c y with priors and coordinates to match: the density falls by c a row, effects grow by c.
TEST(Invariance, UnderARescaledResponse) {
  const frame::Frame data = table();
  for (const double unit : {1000.0, 1 / 8.0}) {
    frame::Frame rescaled = data;
    std::vector<double> y;
    for (const double value : data.numeric("y")) y.push_back(unit * value);
    rescaled.add("y", frame::Numeric{y});
    for (const auto& [name, build] : kModels)
      for (const std::string& integrate : kPlans) {
        // Flat coefficients are measured in the unit, too: their volume stays in the integral.
        const bool flat = name == "nested, flat priors";
        if (flat && integrate != "all") continue;
        const std::string what = name + ", integrate " + integrate;
        const Answer expected = answer(built(build, 1), data, integrate, {}),
                     found = answer(built(build, unit), rescaled, integrate, {.unit = unit});
        const double rows = static_cast<double>(data.rows()) - (flat ? 2 : 0);
        EXPECT_NEAR(found.likelihood, expected.likelihood - rows * std::log(unit),
                    1e-10 * std::abs(expected.likelihood))
            << what;
        std::vector<double> effects = expected.effects;
        for (double& value : effects) value *= unit;
        expect_same(found.effects, effects, 1e-9, what);
      }
  }
}

}  // namespace
}  // namespace woodbury::density
