// What the planner knows of the data: cross-products selected from one sum, and variances guessed from them.
#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {
namespace {

using model::Builder;
using model::Expr;
using model::over;

moments::Design design_of(const frame::Frame& table) {
  const auto x = std::make_shared<const frame::Numbers>(table.numeric("x"));
  const auto block = [&](const std::string& factor, std::vector<moments::ColumnPtr> columns) {
    const frame::Factor& f = table.factor(factor);
    return moments::Block{factor, f.levels.size(), f.codes.data(), std::move(columns)};
  };
  return {table.rows(), {block("g", {nullptr, x}), block("h", {nullptr}), {"", 1, nullptr, {nullptr, x}}}};
}

Products products_of(const moments::Design& design, const std::vector<double>& response) {
  const moments::CrossProducts products(design);
  Products result{products.layout(), products.layout().zeros()};
  products.accumulate(nullptr, response.data(), result.sums);
  return result;
}

TEST(Select, GivesTheSumsOfTheDesignItNames) {
  const frame::Frame table = test::crossed_table(3, 50);
  const moments::Design whole = design_of(table);
  const std::vector<double> y = table.numeric("y").copy();
  const auto& blocks = whole.blocks();
  // Blocks swapped, one of them split in two, and a column alone.
  moments::Block slope = blocks[0], intercept = blocks[0], border = blocks[2];
  slope.columns = {blocks[0].columns[1]};
  intercept.columns = {blocks[0].columns[0]};
  border.columns = {blocks[2].columns[1], blocks[2].columns[0]};
  const Products expected = products_of({table.rows(), {border, blocks[1], slope, intercept}}, y);
  const Products selected = select(products_of(whole, y), {{2, {1, 0}}, {1, {0}}, {0, {1}}, {0, {0}}});
  ASSERT_EQ(selected.layout.patterns().size(), expected.layout.patterns().size());
  for (std::size_t p = 0; p < expected.layout.patterns().size(); ++p) {
    EXPECT_EQ(selected.layout.patterns()[p].start, expected.layout.patterns()[p].start) << p;
    EXPECT_EQ(selected.layout.patterns()[p].level, expected.layout.patterns()[p].level) << p;
    ASSERT_EQ(selected.sums.pairs[p].size(), expected.sums.pairs[p].size());
    for (std::size_t i = 0; i < expected.sums.pairs[p].size(); ++i)
      EXPECT_NEAR(selected.sums.pairs[p][i], expected.sums.pairs[p][i], 1e-12) << p;
  }
  for (std::size_t k = 0; k < expected.sums.diagonal.size(); ++k)
    for (std::size_t i = 0; i < expected.sums.diagonal[k].size(); ++i)
      EXPECT_NEAR(selected.sums.diagonal[k][i], expected.sums.diagonal[k][i], 1e-12) << k;
  for (std::size_t i = 0; i < expected.sums.rhs.size(); ++i)
    EXPECT_NEAR(selected.sums.rhs[i], expected.sums.rhs[i], 1e-12);
  EXPECT_EQ(selected.sums.square, expected.sums.square);
}

/// Effects of sd 0.8 over 300 levels, noise of sd 1.5, 12 rows a level.
TEST(Estimates, FindTheVariancesOfASimulation) {
  base::Stream stream(8, 0, 0, base::Purpose::test);
  std::vector<std::int32_t> codes;
  std::vector<double> y;
  for (std::int32_t j = 0; j < 300; ++j) {
    const double u = 0.8 * stream.normal();
    for (int i = 0; i < 12; ++i) {
      codes.push_back(j);
      y.push_back(40 + u + 1.5 * stream.normal());
    }
  }
  const Products products =
      products_of({y.size(), {{"g", 300, codes.data(), {nullptr}}, {"", 1, nullptr, {nullptr}}}}, y);
  const double unknown = std::nan(""), none = std::numeric_limits<double>::infinity();
  const Estimates found = estimate_variances(products, {{unknown}, {none}});
  EXPECT_NEAR(std::sqrt(found.residual), 1.5, 0.05);
  EXPECT_NEAR(std::sqrt(found.effects[0][0]), 0.8, 0.1);
  const Estimates given = estimate_variances(products, {{0.25}, {none}});
  EXPECT_EQ(given.effects[0][0], 0.25);
}

/// Two rows a level that hardly tell its effect, n τ²/σ² = 0.18: twenty-five plain sweeps would leave the variance half
/// as large again. In a balanced design without a mean it is known: (SSB/J − σ²)/n with σ² = SSW/(J(n − 1)).
TEST(Estimates, ArriveWhereTheDataHardlyTellAVariance) {
  base::Stream stream(3, 0, 0, base::Purpose::test);
  const std::int32_t levels = 2000;
  std::vector<std::int32_t> codes;
  std::vector<double> y;
  double between = 0, within = 0;
  for (std::int32_t j = 0; j < levels; ++j) {
    const double u = 0.3 * stream.normal(), first = u + stream.normal(), second = u + stream.normal();
    codes.insert(codes.end(), {j, j});
    y.insert(y.end(), {first, second});
    between += (first + second) * (first + second) / 2;
    within += (first - second) * (first - second) / 2;
  }
  const double residual = within / levels, variance = (between / levels - residual) / 2;
  const Products products = products_of({y.size(), {{"g", 2000, codes.data(), {nullptr}}}}, y);
  const Estimates found = estimate_variances(products, {{std::nan("")}});
  EXPECT_NEAR(found.residual / residual, 1, 0.02);
  EXPECT_NEAR(found.effects[0][0] / variance, 1, 0.1);
}

/// Years and a response far from zero give the guesses of the same data moved near zero.
TEST(Survey, GuessesOfColumnsFarFromZeroAreThoseOfCentredOnes) {
  base::Stream stream(5, 0, 0, base::Purpose::test);
  std::vector<std::int32_t> codes;
  std::vector<double> near, far, y, lifted;
  for (std::int32_t j = 0; j < 60; ++j) {
    const double u = 0.8 * stream.normal(), v = 0.5 * stream.normal();
    for (int i = 0; i < 12; ++i) {
      codes.push_back(j);
      near.push_back(i % 4 - 1.5);
      far.push_back(1995 + near.back() + 1.5);
      y.push_back(u + v * near.back() + stream.normal());
      lifted.push_back(1e6 + y.back());
    }
  }
  const auto variances = [&](const std::vector<double>& x, const std::vector<double>& response) {
    frame::Frame table;
    table.add("x", frame::Numeric{x});
    table.add("y", frame::Numeric{response});
    std::vector<std::string> labels;
    for (const std::int32_t code : codes) labels.push_back(std::to_string(code));
    table.add("g", frame::make_factor(labels));
    Builder m;
    const Expr a = m.normal("a", 0, 1e7), b = m.normal("b", 0, 1e4);
    const Expr u = m.normal("u", 0, m.half_normal("s", 1), over("g")),
               v = m.normal("v", 0, m.half_normal("t", 1), over("g"));
    m.observe_normal("y", a + b * m.col("x") + u["g"] + v["g"] * m.col("x"), m.half_normal("sigma", 1));
    model::Model model = m.model();
    const Survey survey(model, table, detect(model, gaussian_variables(model)));
    return std::array{survey.residual_variance(), survey.information(model.find("v"))->variances[0],
                      survey.information(model.find("u"))->variances[0]};
  };
  const auto expected = variances(near, y), found = variances(far, lifted);
  EXPECT_NEAR(found[0], expected[0], 1e-3 * expected[0]);
  EXPECT_NEAR(found[1], expected[1], 1e-2 * expected[1]);
  EXPECT_NEAR(found[2], expected[2] + 1996.5 * 1996.5 * expected[1], 0.02 * found[2]);
}

TEST(Survey, TellsNestedFromCrossed) {
  const frame::Frame table = test::crossed_table(3, 80, 6, 4);
  Builder m;
  const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", 0, 1, over("h")), w = m.normal("w", 0, 1, over("i"));
  m.observe_normal("y", u["g"] + v["h"] + w["i"], m.half_normal("sigma", 1));
  model::Model model = m.model();
  const Survey survey(model, table, detect(model, gaussian_variables(model)));
  EXPECT_TRUE(survey.nested("g", "i"));
  EXPECT_FALSE(survey.nested("i", "g"));
  EXPECT_FALSE(survey.nested("g", "h"));
  EXPECT_FALSE(survey.nested("g", "g"));
  EXPECT_FALSE(survey.nested("g", "nowhere"));
}

}  // namespace
}  // namespace woodbury::plan
