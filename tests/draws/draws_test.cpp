// Names, offsets and columns of draws.
#include "woodbury/draws/draws.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace woodbury::draws {
namespace {

using Names = std::vector<std::string>;

std::vector<Variable> example() {
  return {{"b_x", {}, {}}, {"r_g", {"g", "g__coef"}, {{"308", "309", "310"}, {"Intercept", "x"}}}, {"sigma", {}, {}}};
}

Draws filled() {
  Draws draws(example());
  for (std::size_t c = 0; c < 2; ++c) {
    Chain chain;
    chain.draws = c == 0 ? 3 : 2;
    for (std::size_t i = 0; i < chain.draws * draws.width(); ++i)
      chain.values.push_back(static_cast<double>(1000 * c + i));
    draws.chains.push_back(chain);
  }
  return draws;
}

TEST(Variable, NamesItsElementsWithTheLastDimFastest) {
  const auto variables = example();
  EXPECT_EQ(variables[0].size(), 1U);
  EXPECT_EQ(variables[0].element_names(), Names{"b_x"});
  EXPECT_EQ(variables[1].size(), 6U);
  EXPECT_EQ(variables[1].element_names(), (Names{"r_g[308,Intercept]", "r_g[308,x]", "r_g[309,Intercept]", "r_g[309,x]",
                                                 "r_g[310,Intercept]", "r_g[310,x]"}));
}

TEST(Variable, AnEmptyDimHasNoElements) {
  const Variable none{"r_g", {"g"}, {{}}};
  EXPECT_EQ(none.size(), 0U);
  EXPECT_TRUE(none.element_names().empty());
}

TEST(Draws, CountsColumnsInOrder) {
  const Draws draws(example());
  EXPECT_EQ(draws.width(), 8U);
  EXPECT_EQ(draws.offset(1), 1U);
  EXPECT_EQ(draws.offset(2), 7U);
  EXPECT_EQ(draws.column_names().size(), 8U);
  EXPECT_EQ(draws.column_names()[2], "r_g[308,x]");
  EXPECT_EQ(draws.column_names()[7], "sigma");
}

TEST(Draws, FindsVariablesAndSuggestsTheNearest) {
  const Draws draws(example());
  EXPECT_EQ(draws.find("sigma"), 2U);
  EXPECT_TRUE(draws.has("r_g"));
  EXPECT_FALSE(draws.has("sgma"));
  try {
    static_cast<void>(draws.find("sgma"));
    FAIL() << "found what is not there";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.suggestion(), "did you mean `sigma`?");
  }
}

TEST(Draws, AColumnStopsAtTheShortestChain) {
  const Draws draws = filled();
  EXPECT_EQ(draws.common_draws(), 2U);
  EXPECT_EQ(draws.column(7), (std::vector<std::vector<double>>{{7, 15}, {1007, 1015}}));
  EXPECT_EQ(Draws(example()).common_draws(), 0U);
}

TEST(Draws, RejectsDimsWithoutCoordinates) {
  const std::vector<Variable> broken{{"r_g", {"g"}, {}}};
  EXPECT_THROW(Draws{broken}, std::logic_error);
}

TEST(Draws, ByColumnHoldsEachColumnWholeUpToTheShortestChain) {
  const Draws draws = filled();
  const std::vector<double> values = draws.by_column();
  ASSERT_EQ(values.size(), draws.width() * 2 * 2);
  std::size_t at = 0;
  for (std::size_t column = 0; column < draws.width(); ++column)
    for (const auto& chain : draws.column(column))
      for (const double value : chain) EXPECT_EQ(values[at++], value);
}

}  // namespace
}  // namespace woodbury::draws
