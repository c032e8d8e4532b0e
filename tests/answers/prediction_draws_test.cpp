// Draws of predictions against the closed forms of the same quantities.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

frame::Frame rows_of(const std::vector<double>& x, const std::vector<std::string>& g,
                     const std::vector<std::string>& h) {
  frame::Frame data;
  data.add("x", frame::Numeric{x});
  data.add("g", frame::make_factor(g));
  data.add("h", frame::make_factor(h));
  return data;
}

std::vector<double> all(const PredictionDraws& draws) {
  std::vector<double> values(draws.draws() * draws.rows());
  draws.fill(0, values);
  return values;
}

std::vector<double> column(const std::vector<double>& values, std::size_t rows, std::size_t row) {
  std::vector<double> one;
  for (std::size_t i = row; i < values.size(); i += rows) one.push_back(values[i]);
  return one;
}

double cell(const Table& table, std::size_t row, std::size_t column) {
  return std::get<double>(table.rows[row][column]);
}

/// Quantiles of draws and of the mixture, on each scale, a new level and rows given of it included.
TEST(PredictionDraws, HaveTheQuantilesOfTheMixtures) {
  const frame::Frame data = rows_of({0.5, -1, 1}, {"g1", "new", "other"}, {"h0", "h1", "h2"});
  for (const bool lognormal : {false, true}) {
    auto fitting = test::quick(4000, 3);
    if (lognormal) fitting.design.family = model::FamilyKind::lognormal;
    const std::string response = lognormal ? "z" : "y";
    const store::Record record =
        test::fitted(response + " ~ x + (x | g) + (1 | h)", test::crossed_table(3, 80), fitting);
    const Bound bound(record);
    frame::Frame given = rows_of({0.5, 0, -0.5}, {"new", "new", "new"}, {"h1", "h0", "h3"});
    given.add(response, frame::Numeric{lognormal ? std::vector<double>{9, 12, 7} : std::vector<double>{3, 3.5, 2.5}});
    for (const bool known : {false, true})
      for (const Quantity quantity : {Quantity::response, Quantity::mean, Quantity::median, Quantity::linpred}) {
        PredictOptions options{.quantity = quantity, .effects = {GroupEffects::Kind::fresh, "g"}, .prob = 0.8};
        if (known) options.given = given;
        const Table exact = predict_table(bound, data, options);
        const std::vector<double> drawn = all(PredictionDraws(bound, data, options, {.seed = 5}));
        for (std::size_t n = 0; n < 3; ++n) {
          const std::vector<double> own = column(drawn, 3, n);
          ASSERT_EQ(own.size(), 8000U);
          const double low = cell(exact, n, 3), high = cell(exact, n, 4);
          const double below = diagnose::quantile(own, 0.1), above = diagnose::quantile(own, 0.9);
          EXPECT_NEAR(below, low, 0.05 * (high - low)) << response << known << static_cast<int>(quantity) << n;
          EXPECT_NEAR(above, high, 0.08 * (high - low)) << response << known << static_cast<int>(quantity) << n;
        }
      }
  }
}

/// Rows given twice as rows to predict: the mean's draws of both are the same, and near what was seen where it is
/// exact.
TEST(PredictionDraws, OfALevelSeenExactlyAreWhatWasSeen) {
  auto options = test::quick(100);
  options.design.priors = {"sigma ~ constant(0.001)", "sd ~ constant(2)"};
  const store::Record record = test::fitted("y ~ x + (1 | g)", test::crossed_table(3, 60), options);
  const Bound bound(record);
  frame::Frame data = rows_of({0.5, 0.5, 2}, {"new", "new", "new"}, {"h0", "h0", "h0"}),
               given = rows_of({0.5}, {"new"}, {"h0"});
  given.add("y", frame::Numeric{{7}});
  const PredictOptions asked{.quantity = Quantity::mean, .effects = {GroupEffects::Kind::fresh, "g"}, .given = given};
  const std::vector<double> drawn = all(PredictionDraws(bound, data, asked, {}));
  for (std::size_t i = 0; i < drawn.size(); i += 3) {
    EXPECT_NEAR(drawn[i], 7, 0.01);
    EXPECT_NEAR(drawn[i], drawn[i + 1], 1e-12);
  }
}

TEST(PredictionDraws, AreTheSameInAnyPiecesByAnyThreads) {
  const store::Record record = test::fitted("y ~ x + (x | g)", test::crossed_table(3, 60), test::quick(50));
  const Bound bound(record);
  const frame::Frame data = rows_of({0.5, -1}, {"g1", "new"}, {"h0", "h0"});
  const GroupEffects fresh{GroupEffects::Kind::fresh, "g"};
  const PredictionDraws one(bound, data, {.effects = fresh, .threads = 1}, {.draws = 30, .seed = 7}),
      other(bound, data, {.effects = fresh, .threads = 3}, {.draws = 30, .seed = 7});
  const std::vector<double> whole = all(one);
  std::vector<double> pieces(60);
  other.fill(0, std::span(pieces).first(14));
  other.fill(7, std::span(pieces).subspan(14));
  EXPECT_EQ(whole, pieces);
  EXPECT_NE(whole, all(PredictionDraws(bound, data, {.effects = fresh}, {.draws = 30, .seed = 8})));
  EXPECT_THROW(PredictionDraws(bound, data, {.effects = fresh}, {.draws = 101}), base::Error);
}

TEST(PredictionDraws, ResidualsAreResponsesLessTheFitted) {
  const frame::Frame table = test::crossed_table(3, 60);
  const store::Record record = test::fitted("y ~ x + (x | g)", table, test::quick(50));
  const Bound bound(record);
  const PredictOptions options{.quantity = Quantity::mean};
  const std::vector<double> fitted = all(PredictionDraws::of_fit(bound, options, {}, false)),
                            residuals = all(PredictionDraws::of_fit(bound, options, {}, true));
  for (std::size_t i = 0; i < fitted.size(); ++i)
    EXPECT_NEAR(fitted[i] + residuals[i], table.numeric("y")[i % 60], 1e-12);
}

}  // namespace
}  // namespace woodbury::answers
