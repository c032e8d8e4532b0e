// Summaries of all columns and the warnings' words.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/diagnose/series.hpp"

namespace woodbury::diagnose {
namespace {

using testing::chains;

/// Draws with a scalar a column, of these kinds, and statistics without fault.
draws::Draws draws_of(const std::vector<std::string>& kinds, std::size_t count = 4, std::size_t length = 500) {
  std::vector<draws::Variable> variables;
  for (const auto& kind : kinds) variables.push_back({kind, {}, {}});
  draws::Draws made(variables);
  made.chains.resize(count);
  testing::Series series;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const Chains column = series.chains(kinds[k], count, length);
    for (std::size_t c = 0; c < count; ++c) {
      made.chains[c].values.resize(length * kinds.size());
      for (std::size_t i = 0; i < length; ++i) made.chains[c].values[i * kinds.size() + k] = column[c][i];
    }
  }
  const Chains energies = chains("iid", count, length);
  for (std::size_t c = 0; c < count; ++c) {
    made.chains[c].draws = length;
    made.chains[c].stats.energy = energies[c];
    made.chains[c].stats.divergent.assign(length, 0);
    made.chains[c].stats.tree_depth.assign(length, 3);
  }
  return made;
}

bool mentions(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    if (text.find(part) == std::string::npos) return false;
  return true;
}

TEST(Summarize, GivesEveryColumnItsRow) {
  const std::vector<std::string> kinds{"iid", "trend", "heavy", "constant", "slow"};
  std::vector<std::string> many;
  for (int i = 0; i < 9; ++i) many.insert(many.end(), kinds.begin(), kinds.end());  // several blocks
  const draws::Draws draws = draws_of(many);
  const Summary one = summarize(draws, 10, 1), four = summarize(draws, 10, 4);
  ASSERT_EQ(one.parameters.size(), many.size());
  for (std::size_t k = 0; k < many.size(); ++k) {
    const Row &row = one.parameters[k], &again = four.parameters[k];
    const Chains column = draws.column(k);
    EXPECT_EQ(row.variable, many[k]);
    EXPECT_EQ(row.mean, again.mean);
    if (many[k] == "constant") {
      EXPECT_TRUE(std::isnan(row.ess_bulk) && std::isnan(row.rhat) && row.sd == 0);
      continue;
    }
    EXPECT_EQ(row.rhat, rhat(column));
    EXPECT_EQ(row.ess_bulk, ess_bulk(column));
    EXPECT_EQ(row.ess_tail, again.ess_tail);
  }
}

TEST(Summarize, FindsNothingWrongWithGoodDraws) {
  const Summary summary = summarize(draws_of({"iid", "constant", "heavy"}), 10);
  EXPECT_TRUE(summary.ok()) << summary.warnings[0];
  EXPECT_EQ(summary.ebfmi.size(), 4U);
  EXPECT_TRUE(summarize(draws_of({"constant"}), 10).ok());
  EXPECT_TRUE(summarize(draws_of({}), 10).ok());
}

TEST(Summarize, UsesTheDrawsThatAllChainsHave) {
  draws::Draws draws = draws_of({"iid"});
  draws.chains[2].draws = 300;
  draws.chains[2].values.resize(300);
  const Summary summary = summarize(draws, 10);
  EXPECT_EQ(summary.parameters[0].rhat, rhat(draws.column(0)));
  draws.chains[1].draws = 0;
  const Summary none = summarize(draws, 10);
  EXPECT_TRUE(std::isnan(none.parameters[0].mean));
}

TEST(Warnings, CountDivergencesAndSayWhatHelps) {
  draws::Draws draws = draws_of({"iid"});
  draws.chains[1].stats.divergent[5] = draws.chains[3].stats.divergent[7] = 1;
  const Summary summary = summarize(draws, 10);
  EXPECT_EQ(summary.divergences, 2U);
  ASSERT_EQ(summary.warnings.size(), 1U);
  EXPECT_TRUE(mentions(summary.warnings[0], {"2 of 2000 draws diverged (0.1 %)", "--integrate all", "--target-accept"}))
      << summary.warnings[0];
}

TEST(Warnings, CountTreesThatWereCutOff) {
  draws::Draws draws = draws_of({"iid"});
  draws.chains[0].stats.tree_depth[0] = draws.chains[0].stats.tree_depth[9] = 8;
  EXPECT_TRUE(summarize(draws, 10).ok());
  const Summary summary = summarize(draws, 8);
  EXPECT_EQ(summary.max_treedepth_hits, 2U);
  ASSERT_EQ(summary.warnings.size(), 1U);
  EXPECT_TRUE(mentions(summary.warnings[0], {"2 of 2000 draws", "tree depth 8", "--max-depth"}));
}

TEST(Warnings, NameTheWorstParameters) {
  const Summary summary = summarize(draws_of({"iid", "slower", "shifted", "constant"}), 10);
  ASSERT_EQ(summary.warnings.size(), 3U);
  const std::string& rhats = summary.warnings[0];
  EXPECT_TRUE(mentions(rhats, {"R-hat is above 1.01 for 2 of 4 parameters", "`slower`", "`shifted`", "--warmup"}));
  EXPECT_LT(rhats.find("`slower`"), rhats.find("`shifted`"));
  EXPECT_EQ(rhats.find("`constant`"), std::string::npos);
  EXPECT_TRUE(mentions(summary.warnings[1], {"bulk ESS is below 400 (100 a chain) for 2 of 4", "times the --draws"}));
  EXPECT_TRUE(mentions(summary.warnings[2], {"tail ESS is below 400", "`slower`", "quantiles"}));
}

TEST(Warnings, NameThreeAndCountTheRest) {
  const Summary summary = summarize(draws_of({"shifted", "shifted", "shifted", "shifted", "shifted"}), 10);
  EXPECT_TRUE(mentions(summary.warnings[0], {"5 of 5", " and 2 more"})) << summary.warnings[0];
}

TEST(Warnings, TellChainsOfLowEnergyFraction) {
  draws::Draws draws = draws_of({"iid"});
  draws.chains[2].stats.energy = chains("slower", 1, 500)[0];
  const Summary summary = summarize(draws, 10);
  ASSERT_EQ(summary.warnings.size(), 1U);
  EXPECT_TRUE(mentions(summary.warnings[0], {"E-BFMI is below 0.3 in chain 3 (0.0", "integrate more"}));
}

TEST(Warnings, TellChainsThatNeverMoved) {
  draws::Draws draws = draws_of({"iid", "heavy", "constant"});
  for (std::size_t i = 0; i < 500; ++i)
    for (std::size_t k = 0; k < 3; ++k) draws.chains[1].values[3 * i + k] = 3.5;
  const Summary summary = summarize(draws, 10);
  ASSERT_FALSE(summary.ok());
  EXPECT_TRUE(mentions(summary.warnings[0], {"chain 2 never moved", "--seed"})) << summary.warnings[0];
}

TEST(Warnings, NameColumnsThatAreNotFinite) {
  draws::Draws draws = draws_of({"iid", "heavy"});
  draws.chains[0].values[1] = std::numeric_limits<double>::infinity();
  const Summary summary = summarize(draws, 10);
  ASSERT_EQ(summary.warnings.size(), 1U);
  EXPECT_TRUE(mentions(summary.warnings[0], {"draws of `heavy` are not finite"}));
}

}  // namespace
}  // namespace woodbury::diagnose
