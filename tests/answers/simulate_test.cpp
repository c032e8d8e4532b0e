// Replicated tables against the moments that they must have.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

struct Moments {
  double mean = 0, sd = 0;
};

Moments of_row(const std::vector<std::vector<double>>& copies, std::size_t row) {
  Moments m;
  for (const auto& copy : copies) m.mean += copy[row] / static_cast<double>(copies.size());
  for (const auto& copy : copies) m.sd += std::pow(copy[row] - m.mean, 2) / static_cast<double>(copies.size());
  m.sd = std::sqrt(m.sd);
  return m;
}

TEST(Simulate, RowsHaveTheMomentsOfTheirPredictions) {
  const frame::Frame table = test::crossed_table(3, 60);
  const store::Record record = test::fitted("y ~ x + (x | g) + (1 | h)", table, test::quick(2000));
  const Bound bound(record);
  frame::Frame data;
  data.add("x", frame::Numeric{{0.5, -1, 1}});
  data.add("g", frame::make_factor(std::vector<std::string>{"g1", "new", "new"}));
  data.add("h", frame::make_factor(std::vector<std::string>{"h0", "h1", "h2"}));
  const GroupEffects effects{GroupEffects::Kind::fresh, "g"};
  const Rows rows = Rows::of_new(bound, data, effects);
  const auto copies = simulate(bound, rows, {.copies = 4000, .seed = 3});
  ASSERT_EQ(copies.size(), 4000U);
  const auto predictions = predict(bound, rows, {.effects = effects});
  for (std::size_t n = 0; n < 3; ++n) {
    const Moments m = of_row(copies, n);
    EXPECT_NEAR(m.mean, predictions[n].mean, 5 * predictions[n].sd / std::sqrt(4000)) << n;
    EXPECT_NEAR(m.sd / predictions[n].sd, 1, 0.12) << n;
  }
  // Rows of one new level share its effects: the variance of their sum is more than the sum of variances less noise.
  double covariance = 0;
  const Moments a = of_row(copies, 1), b = of_row(copies, 2);
  for (const auto& copy : copies) covariance += (copy[1] - a.mean) * (copy[2] - b.mean) / 4000;
  EXPECT_GT(std::abs(covariance), 0.01);
  EXPECT_EQ(simulate(bound, rows, {.copies = 10, .seed = 3, .threads = 1}),
            simulate(bound, rows, {.copies = 10, .seed = 3, .threads = 3}));
}

TEST(Simulate, TheCheckComparesStatisticsWithTheData) {
  const frame::Frame table = test::crossed_table(3, 60);
  const store::Record record = test::fitted("y ~ x + (1 | g)", table, test::quick(100));
  const Bound bound(record);
  const std::vector<std::vector<double>> copies(20, table.numeric("y").copy());
  const Table check = predictive_check(bound, copies);
  for (const auto& row : check.rows) {
    EXPECT_EQ(std::get<double>(row[1]), std::get<double>(row[2]));
    EXPECT_EQ(std::get<double>(row[4]), 0);
  }
}

/// Priors given by numbers: moments of a row in closed form.
TEST(Simulate, PriorTablesHaveThePriorsMoments) {
  auto options = test::quick(10);
  options.design.priors = {"Intercept ~ normal(2, 1)", "b ~ normal(0.5, 0.3)", "sd(g, Intercept) ~ constant(0.7)",
                           "sd(g, x) ~ constant(0.4)", "cor(g) ~ lkj(3)",      "sigma ~ constant(0.5)"};
  const frame::Frame table = test::crossed_table(3, 60);
  const store::Record record = test::fitted("y ~ x + (x | g)", table, options);
  const Bound bound(record);
  const auto copies = simulate_prior(bound, {.copies = 20000, .seed = 2});
  double mean_x = 0;
  for (const double x : table.numeric("x")) mean_x += x / 60;
  for (std::size_t n = 0; n < 5; ++n) {
    const double x = table.numeric("x")[n];
    const Moments m = of_row(copies, n);
    // E[ρ] = 0 under lkj.
    const double variance = 1 + 0.09 * std::pow(x - mean_x, 2) + 0.49 + 0.16 * x * x + 0.25;
    EXPECT_NEAR(m.mean, 2 + 0.5 * (x - mean_x), 5 * std::sqrt(variance / 20000)) << n;
    EXPECT_NEAR(m.sd * m.sd / variance, 1, 0.06) << n;
  }
}

TEST(Simulate, AFlatPriorIsRefused) {
  auto options = test::quick(10);
  options.design.priors = {"b ~ flat()"};
  const store::Record record = test::fitted("y ~ x + (1 | g)", test::crossed_table(3, 60), options);
  const Bound bound(record);
  try {
    (void)simulate_prior(bound, {});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("`b_x` has a flat prior"), std::string::npos);
  }
}

}  // namespace
}  // namespace woodbury::answers
