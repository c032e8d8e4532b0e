// Answers of built models in which integrated effects have loadings: the same as where nothing is integrated, and as
// refits.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

using model::Builder;
using model::Expr;
using model::over;

/// Loadings of one number and over another factor, beside effects without any.
model::Model loaded(bool known) {
  Builder m;
  const Expr k = known ? m.constant("k", 0.7) : m.half_normal("k", 1);
  const Expr l = m.half_normal("l", 1, over("h"));
  const Expr tau = known ? m.constant("tau", 0.8) : m.half_normal("tau", 1);
  const Expr u = m.normal("u", 0, tau, over("g")), v = m.normal("v", 0, 0.5, over("g"));
  const Expr slope = known ? k : l["h"];
  m.observe_normal(
      "y", m.normal("a", 1, 2) + m.normal("b", 0, 1) * m.col("x") + u["g"] + k * m.col("x") * u["g"] + slope * v["g"],
      known ? Expr(0.5) : m.half_normal("sigma", 1));
  return m.model();
}

store::Record fitted(const model::Model& model, const frame::Frame& table, std::size_t draws,
                     const std::string& integrate) {
  auto options = test::quick(draws);
  options.plan.integrate = integrate;
  return fit::run(fit::prepare(model, table, options), options);
}

bool has_loadings(const Bound& bound) {
  return std::ranges::any_of(bound.plan().linear.blocks, [](const auto& block) { return block.loaded(); });
}

std::vector<double> draws_of(const store::Record& record, const std::string& name) {
  const auto names = record.draws.column_names();
  std::vector<double> all;
  for (const auto& chain :
       record.draws.column(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())))
    all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

frame::Frame three_rows() {
  frame::Frame data;
  data.add("x", frame::Numeric{{0.5, -1, 2}});
  data.add("g", frame::make_factor(std::vector<std::string>{"g1", "g3", "new"}));
  data.add("h", frame::make_factor(std::vector<std::string>{"h0", "h2", "h1"}));
  return data;
}

TEST(Loadings, PredictionsAreThoseOfSampledEffects) {
  const frame::Frame table = test::crossed_table(3, 80);
  const store::Record one = fitted(loaded(false), table, 3000, "g, fixed"),
                      other = fitted(loaded(false), table, 3000, "none");
  const Bound integrated(one), sampled(other);
  ASSERT_TRUE(has_loadings(integrated));
  PredictOptions options{.quantity = Quantity::mean, .effects = {GroupEffects::Kind::fresh, "g"}};
  const auto a = predict(integrated, Rows::of_new(integrated, three_rows(), options.effects), options);
  frame::Frame known;
  known.add("x", frame::Numeric{{0.5, -1}});
  known.add("g", frame::make_factor(std::vector<std::string>{"g1", "g3"}));
  known.add("h", frame::make_factor(std::vector<std::string>{"h0", "h2"}));
  const auto b = predict(sampled, Rows::of_new(sampled, known, {}), {.quantity = Quantity::mean});
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_NEAR(a[n].mean, b[n].mean, 0.15 * a[n].sd) << n;
    EXPECT_NEAR(a[n].sd / b[n].sd, 1, 0.1) << n;
  }
  // The new level: its effects' variance through the loadings, beside that of a + b x.
  const auto k = draws_of(one, "k"), l = draws_of(one, "l[h1]"), tau = draws_of(one, "tau"), a0 = draws_of(one, "a"),
             b0 = draws_of(one, "b");
  const auto n = static_cast<double>(k.size());
  double mean = 0, square = 0, variance = 0;
  for (std::size_t t = 0; t < k.size(); ++t) {
    const double eta = a0[t] + 2 * b0[t];
    mean += eta / n;
    square += eta * eta / n;
    variance += (std::pow((1 + 2 * k[t]) * tau[t], 2) + 0.25 * l[t] * l[t]) / n;
  }
  EXPECT_NEAR(a[2].mean, mean, 0.05 * a[2].sd);
  EXPECT_NEAR(a[2].sd * a[2].sd / (variance + square - mean * mean), 1, 0.05);
  // Draws have the same moments.
  const PredictionDraws draws(integrated, three_rows(), options, {});
  std::vector<double> values(draws.draws() * 3);
  draws.fill(0, values);
  for (std::size_t row = 0; row < 3; ++row) {
    std::vector<double> own;
    for (std::size_t i = row; i < values.size(); i += 3) own.push_back(values[i]);
    EXPECT_NEAR(diagnose::quantile(own, 0.5), a[row].mean, 0.1 * a[row].sd) << row;
    EXPECT_NEAR(diagnose::quantile(own, 0.975), a[row].upper, 0.25 * a[row].sd) << row;
  }
}

TEST(Loadings, LeavingOutAgreesWithRefits) {
  const frame::Frame table = test::crossed_table(3, 40);
  const store::Record record = fitted(loaded(true), table, 5, "all");
  ASSERT_TRUE(has_loadings(Bound(record)));
  for (const std::string by : {"row", "g"}) {
    const Loo closed = loo(record, {.by = by}), refits = loo(record, {.by = by, .refits = 1000, .refit_all = true});
    for (std::size_t i = 0; i < closed.units.size(); ++i)
      EXPECT_NEAR(closed.units[i].elpd, refits.units[i].elpd, 1e-8) << by << i;
  }
}

TEST(Loadings, AnUnknownLevelOfTheLoadingsIsRefused) {
  const store::Record record = fitted(loaded(false), test::crossed_table(3, 80), 20, "g, fixed");
  const Bound bound(record);
  frame::Frame data = three_rows();
  data.add("h", frame::make_factor(std::vector<std::string>{"h0", "h9", "h1"}));
  try {
    (void)predict_table(bound, data, {.effects = {GroupEffects::Kind::fresh, ""}});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("loadings over `h` have no value"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace woodbury::answers
