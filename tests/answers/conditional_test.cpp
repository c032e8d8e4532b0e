// Conditional effects against predictions for rows written out, and what there is to see of a formula.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

constexpr std::size_t kRows = 60;

/// x twice as often at its lower half, two crossed factors, f in unequal numbers, g of six levels.
frame::Frame table() {
  frame::Frame result;
  std::vector<double> x, z, y;
  std::vector<std::string> f, g;
  for (std::size_t n = 0; n < kRows; ++n) {
    const auto t = static_cast<double>(n);
    x.push_back(1 + std::pow(t / kRows, 2));
    z.push_back(std::sin(t));
    f.push_back(n % 3 == 0 ? "b" : "a");
    g.push_back("g" + std::to_string(n % 6));
    y.push_back(2 + x.back() + 0.3 * z.back() + 0.2 * std::cos(7 * t) + 0.1 * static_cast<double>(n % 6));
  }
  result.add("x", frame::Numeric{x});
  result.add("z", frame::Numeric{z});
  result.add("y", frame::Numeric{y});
  result.add("f", frame::make_factor(f));
  result.add("g", frame::make_factor(g));
  return result;
}

PredictOptions expected(GroupEffects::Kind kind) { return {.quantity = Quantity::mean, .effects = {kind}}; }

std::vector<std::string> seen(const std::string& formula) {
  const store::Record record = test::fitted(formula, table(), test::quick(10));
  std::vector<std::string> names;
  for (const ConditionalQuestion& q : conditional_questions(Bound(record)))
    names.push_back(q.by.empty() ? q.along : q.along + " by " + q.by);
  return names;
}

TEST(Conditional, ShowsVariablesAloneUnlessTheyInteract) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(seen("y ~ x + f + (1 | g)"), (Names{"x", "f"}));
  EXPECT_EQ(seen("y ~ f * x + z"), (Names{"x by f", "z"}));
  EXPECT_EQ(seen("y ~ x + I(x^2) + log(z + 2)"), (Names{"x", "log(z + 2)"}));
  EXPECT_EQ(seen("y ~ poly(x, 2) + scale(z)"), (Names{"x", "z"}));
  EXPECT_EQ(seen("y ~ x + z + I(x * z)"), (Names{"x by z"}));
  EXPECT_EQ(seen("y ~ f:z"), (Names{}));  // neither is told by the coded columns
}

TEST(Conditional, IsThePredictionForRowsWrittenOut) {
  const store::Record record = test::fitted("y ~ x + I(x^2) + z + f + (x | g)", table(), test::quick(40));
  const Bound bound(record);
  const auto effect =
      conditional_effects(bound, {{"x", "f", {{"z", "0.25"}, {"g", "g3"}}}}, expected(GroupEffects::Kind::all)).front();
  ASSERT_EQ(effect.lines, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(effect.curve.size(), 82U);
  frame::Frame raw;
  std::vector<double> x;
  std::vector<std::string> f;
  for (const auto& point : effect.curve) {
    x.push_back(point.x);
    f.push_back(effect.lines[point.line]);
  }
  raw.add("x", frame::Numeric{x});
  raw.add("z", frame::Numeric{std::vector<double>(x.size(), 0.25)});
  raw.add("f", frame::make_factor(f));
  raw.add("g", frame::make_factor(std::vector<std::string>(x.size(), "g3")));
  const auto wanted = predict(bound, Rows::of_new(bound, raw, {}), expected(GroupEffects::Kind::all));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(effect.curve[i].expected.mean, wanted[i].mean, 1e-10);
    EXPECT_NEAR(effect.curve[i].expected.sd, wanted[i].sd, 1e-10);
    EXPECT_NEAR(effect.curve[i].expected.upper, wanted[i].upper, 1e-8);
  }
  EXPECT_EQ(x.front(), 1.0);
  EXPECT_EQ(effect.rows.size(), kRows);
  EXPECT_EQ(effect.rows[3].line, 1U);
}

TEST(Conditional, HoldsTheRestAtMeansOfItsCodes) {
  const store::Record record = test::fitted("y ~ x * z + f", table(), test::quick(40));
  const Bound bound(record);
  const auto options = expected(GroupEffects::Kind::none);
  const auto at = [&](const std::string& z, const std::string& f) {
    return conditional_effects(bound, {{"x", "", {{"z", z}, {"f", f}}}}, options).front().curve[9].expected.mean;
  };
  double z = 0;
  for (const double each : bound.data().numeric("z")) z += each / kRows;
  const double mean = conditional_effects(bound, {{"x"}}, options).front().curve[9].expected.mean;
  const std::string text = fmt::format("{}", z);
  EXPECT_NEAR(mean, (2 * at(text, "a") + at(text, "b")) / 3, 1e-10);
}

TEST(Conditional, ErrorsSayWhatThereIs) {
  const store::Record record = test::fitted("y ~ x + f:z + (1 | g)", table(), test::quick(10));
  const Bound bound(record);
  const auto fails = [&](const ConditionalQuestion& question, GroupEffects::Kind kind, const std::string& words) {
    try {
      static_cast<void>(conditional_effects(bound, {question}, expected(kind)));
      FAIL() << words;
    } catch (const base::Error& error) {
      EXPECT_NE(error.describe().find(words), std::string::npos) << error.describe();
    }
  };
  fails({"w"}, GroupEffects::Kind::none, "no variable `w`; it has: x, g");
  fails({"x", "", {{"g", "g9"}}}, GroupEffects::Kind::all, "`g` has no level `g9`");
  fails({"x"}, GroupEffects::Kind::all, "no level of `g` is said");
  fails({"g", "", {{"x", "high"}}}, GroupEffects::Kind::none, "x takes a number");
}

}  // namespace
}  // namespace woodbury::answers
