// Group effects, coefficients, variance components and hypotheses, against sums over the draws made by hand.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

const store::Record& record() {
  static const store::Record one =
      test::fitted("y ~ x + (x | g) + (1 | h)", test::crossed_table(3, 60), test::quick(200));
  return one;
}

std::vector<double> draws_of(const std::string& name) {
  std::vector<double> all;
  const auto names = record().draws.column_names();
  const auto column = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  for (const auto& chain : record().draws.column(column)) all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double x : values) sum += x;
  return sum / static_cast<double>(values.size());
}

const std::vector<Cell>& row_of(const std::vector<Table>& tables, const std::string& title, const std::string& first,
                                const std::string& second) {
  for (const Table& table : tables)
    if (table.title == title)
      for (const auto& row : table.rows)
        if (std::get<std::string>(row[0]) == first && std::get<std::string>(row[1]) == second) return row;
  throw std::logic_error("no such row: " + title + " " + first + " " + second);
}

double number(const Cell& cell) { return std::get<double>(cell); }

TEST(Effects, CoefficientsOfALevelAddThePopulations) {
  const auto effects = ranef(record(), 0.9), coefficients = coef(record(), 0.9);
  EXPECT_EQ(effects[0].columns,
            (std::vector<std::string>{"level", "coefficient", "Estimate", "Est.Error", "l-90% CI", "u-90% CI"}));
  EXPECT_EQ(effects[0].rows.size(), 10U);
  EXPECT_EQ(effects[1].rows.size(), 4U);
  const double effect = number(row_of(effects, "g", "g1", "x")[2]);
  EXPECT_NEAR(effect, mean_of(draws_of("r_g[g1,x]")), 0.05);
  std::vector<double> sum = draws_of("r_g[g1,x]");
  const auto population = draws_of("b_x");
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += population[i];
  const auto& row = row_of(coefficients, "g", "g1", "x");
  EXPECT_NEAR(number(row[2]), mean_of(sum), 1e-12);
  EXPECT_NEAR(number(row[4]), diagnose::quantile(sum, 0.05), 1e-12);
  EXPECT_NEAR(number(row[5]), diagnose::quantile(sum, 0.95), 1e-12);
}

TEST(Effects, SharesOfVarianceAreThoseOfASimulationOverRows) {
  const auto tables = varcorr(record(), 0.95);
  const auto s0 = draws_of("sd_g__Intercept"), s1 = draws_of("sd_g__x"), rho = draws_of("cor_g__Intercept__x"),
             sh = draws_of("sd_h__Intercept"), sigma = draws_of("sigma"), b = draws_of("b_x");
  std::vector<double> squares = s1, icc, conditional, marginal;
  for (double& x : squares) x *= x;
  EXPECT_NEAR(number(row_of(tables, "Variances", "g", "x")[2]), mean_of(squares), 1e-12);
  EXPECT_NEAR(number(row_of(tables, "Correlations", "g", "Intercept, x")[2]), mean_of(rho), 1e-12);
  const std::vector<double> x = record().data.numeric("x").copy();
  const double mean = mean_of(x);
  for (std::size_t t = 0; t < s0.size(); ++t) {
    double of_g = 0, fixed = 0;
    for (const double value : x) {
      of_g += (s0[t] * s0[t] + 2 * value * rho[t] * s0[t] * s1[t] + value * value * s1[t] * s1[t]) /
              static_cast<double>(x.size());
      fixed += b[t] * b[t] * (value - mean) * (value - mean) / static_cast<double>(x.size());
    }
    const double residual = sigma[t] * sigma[t], of_h = sh[t] * sh[t];
    icc.push_back(of_g / (of_g + of_h + residual));
    marginal.push_back(fixed / (fixed + of_g + of_h + residual));
    conditional.push_back((fixed + of_g + of_h) / (fixed + of_g + of_h + residual));
  }
  EXPECT_NEAR(number(row_of(tables, "Intraclass correlation", "g", "effects and residual")[2]), mean_of(icc), 1e-10);
  EXPECT_NEAR(number(row_of(tables, "R²", "marginal", "fixed effects")[2]), mean_of(marginal), 1e-10);
  EXPECT_NEAR(number(row_of(tables, "R²", "conditional", "fixed and group effects")[2]), mean_of(conditional), 1e-10);
}

TEST(Effects, HypothesesAreComparedDrawByDraw) {
  const Table table = hypotheses(record(), {"x > 0.5", "2 * (b_x - 0.25) < r_g[g1,x] / -1", "sigma = x"}, 0.9);
  const auto b = draws_of("b_x"), r = draws_of("r_g[g1,x]"), sigma = draws_of("sigma");
  double over = 0, under = 0, difference = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    over += b[i] > 0.5 ? 1 : 0;
    under += 2 * (b[i] - 0.25) < -r[i] ? 1 : 0;
    difference += (sigma[i] - b[i]) / static_cast<double>(b.size());
  }
  const auto n = static_cast<double>(b.size());
  EXPECT_EQ(table.columns[5], "Post.Prob");
  EXPECT_NEAR(number(table.rows[0][5]), over / n, 1e-12);
  EXPECT_NEAR(number(table.rows[0][6]), over / (n - over), 1e-12);
  EXPECT_NEAR(number(table.rows[1][5]), under / n, 1e-12);
  EXPECT_NEAR(number(table.rows[2][1]), difference, 1e-12);
  EXPECT_TRUE(std::isnan(number(table.rows[2][5])));
}

TEST(Effects, WrongHypothesesSayWhere) {
  const auto said = [](const std::string& text) -> std::string {
    try {
      (void)hypotheses(record(), {text}, 0.95);
    } catch (const base::Error& error) {
      return error.describe();
    }
    return "nothing";
  };
  EXPECT_NE(said("sigm > 1").find("no parameter `sigm`; did you mean `sigma`?"), std::string::npos) << said("sigm > 1");
  EXPECT_NE(said("x + 1").find("`<`, `>` or `=` is wanted here"), std::string::npos);
  EXPECT_NE(said("(x > 1").find("this parenthesis is not closed"), std::string::npos);
  EXPECT_NE(said("x > ").find("a number or a parameter is wanted"), std::string::npos);
  EXPECT_NE(said("x > 1 2").find("should end here"), std::string::npos);
}

TEST(Tables, EveryFormatHoldsTheSameCells) {
  const Table table{
      "A title", {"name", "value"}, {{std::string("a|b, \"c\""), 0.123456}, {std::string("d_e"), NAN}}, {"A note."}};
  EXPECT_EQ(print({table}, Format::csv), "name,value\n\"a|b, \"\"c\"\"\",0.123456\nd_e,NA\n");
  EXPECT_EQ(print({table}, Format::text), "A title\nname      value\na|b, \"c\"   0.12\nd_e          NA\nA note.\n");
  EXPECT_NE(print({table}, Format::md).find("| a\\|b, \"c\" |  0.12 |"), std::string::npos)
      << print({table}, Format::md);
  EXPECT_NE(print({table}, Format::latex).find("d\\_e"), std::string::npos);
  const auto json = nlohmann::json::parse(print({table}, Format::json));
  EXPECT_EQ(json["A title"][0]["value"], 0.123456);
  EXPECT_TRUE(json["A title"][1]["value"].is_null());
}

}  // namespace
}  // namespace woodbury::answers
