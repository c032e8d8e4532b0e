// Chains in CmdStan's formats, line by line against the rules of their readers.
#include "woodbury/store/cmdstan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>

#include "tests/store/example.hpp"
#include "tests/store/temporary.hpp"
#include "woodbury/store/names.hpp"

namespace woodbury::store {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
  return fields;
}

double number_of(const std::string& text) {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Csv : public ::testing::Test {
 protected:
  void write(std::size_t chain) {
    write_chain_csv(folder_ / "chain.csv", record_, chain);
    lines_ = lines_of(folder_ / "chain.csv");
    const auto is_comment = [](const std::string& line) { return line.starts_with('#'); };
    header_ = std::ranges::find_if_not(lines_, is_comment) - lines_.begin();
    for (std::size_t i = header_ + 1; i < lines_.size(); ++i)
      if (!is_comment(lines_[i])) rows_.push_back(fields_of(lines_[i]));
  }
  [[nodiscard]] bool has_line(const std::string& line) const { return std::ranges::count(lines_, line) == 1; }

  Temporary folder_;
  Record record_ = example_record({12, 9});
  std::vector<std::string> lines_;
  std::size_t header_ = 0;
  std::vector<std::vector<std::string>> rows_;
};

TEST_F(Csv, SettingsAreThoseOfTheChain) {
  write(1);
  for (const char* line :
       {"# stan_version_major = 2", "# model = woodbury_model", "# method = sample (Default)", "#     num_samples = 9",
        "#     num_warmup = 100", "#     save_warmup = 0 (Default)", "#     thin = 1",
        "#     algorithm = hmc (Default)", "#         engine = nuts (Default)", "#             max_depth = 10",
        "#         metric = diag_e", "# id = 2", "#   seed = 18446744073709551557"})
    EXPECT_TRUE(has_line(line)) << line;
}

TEST_F(Csv, HeaderHasTheSamplersColumnsThenTheVariables) {
  write(0);
  const auto names = fields_of(lines_[header_]);
  const std::vector<std::string> first = {"lp__",         "accept_stat__", "stepsize__", "treedepth__",
                                          "n_leapfrog__", "divergent__",   "energy__",   "b_Intercept",
                                          "b_x",          "b_x_fc",        "b_fu00E9"};
  EXPECT_TRUE(std::equal(first.begin(), first.end(), names.begin()));
  EXPECT_EQ(names.size(), 7 + record_.draws.width());
  EXPECT_EQ(names.back(), "cond.2");
}

TEST_F(Csv, AdaptationFollowsTheHeader) {
  write(1);
  EXPECT_EQ(lines_[header_ + 1], "# Adaptation terminated");
  EXPECT_EQ(lines_[header_ + 2], "# Step size = 0.251");
  EXPECT_EQ(lines_[header_ + 3], "# Diagonal elements of inverse mass matrix:");
  EXPECT_EQ(lines_[header_ + 4], "# 1.5, 1e-07, 0.25");
}

TEST_F(Csv, DenseAndUnitMetrics) {
  record_.draws.chains[0].dense_metric = true;
  record_.draws.chains[0].inverse_metric = {4, 1, 1, 9};
  record_.draws.chains[1].inverse_metric.clear();
  write(0);
  EXPECT_TRUE(has_line("#         metric = dense_e"));
  EXPECT_EQ(lines_[header_ + 3], "# Elements of inverse mass matrix:");
  EXPECT_EQ(lines_[header_ + 4], "# 4, 1");
  EXPECT_EQ(lines_[header_ + 5], "# 1, 9");
  write(1);
  EXPECT_TRUE(has_line("#         metric = unit_e"));
  EXPECT_EQ(lines_[header_ + 3], "# No free parameters for unit metric");
}

TEST_F(Csv, NumbersReadBackToTheBitInColumnMajorOrder) {
  write(0);
  ASSERT_EQ(rows_.size(), 12U);
  const auto& chain = record_.draws.chains[0];
  const std::size_t width = record_.draws.width();
  const std::size_t r = record_.draws.offset(record_.draws.find("r_city"));
  for (std::size_t d = 0; d < rows_.size(); ++d) {
    ASSERT_EQ(rows_[d].size(), 7 + width);
    EXPECT_EQ(number_of(rows_[d][0]), chain.stats.lp[d]);
    EXPECT_EQ(number_of(rows_[d][7]), chain.values[d * width]);
    for (std::size_t level = 0; level < 5; ++level)
      for (std::size_t coef = 0; coef < 2; ++coef)
        EXPECT_EQ(number_of(rows_[d][7 + r + coef * 5 + level]), chain.values[d * width + r + level * 2 + coef]);
  }
}

TEST_F(Csv, CountsAndFlagsArePlainIntegers) {
  write(1);
  for (std::size_t d = 0; d < rows_.size(); ++d) {
    EXPECT_EQ(rows_[d][3], std::to_string(record_.draws.chains[1].stats.tree_depth[d]));
    EXPECT_EQ(rows_[d][4], std::to_string(record_.draws.chains[1].stats.n_leapfrog[d]));
    EXPECT_EQ(rows_[d][5], d == 1 ? "1" : "0");
  }
}

TEST_F(Csv, NoRowBeginsWithALetter) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  auto& lp = record_.draws.chains[0].stats.lp;
  lp[0] = std::numeric_limits<double>::quiet_NaN();
  lp[1] = infinite;
  lp[2] = -infinite;
  write(0);
  EXPECT_EQ(rows_[0][0], "-nan");
  EXPECT_EQ(rows_[1][0], "+inf");
  EXPECT_EQ(rows_[2][0], "-inf");
}

TEST_F(Csv, EndsWithTheTimesInFixedNotation) {
  write(0);
  const std::vector<std::string> end = {"# ", "#  Elapsed Time: 0.000010 seconds (Warm-up)",
                                        "#                0.125000 seconds (Sampling)",
                                        "#                0.125010 seconds (Total)", "# "};
  ASSERT_GE(lines_.size(), end.size());
  EXPECT_TRUE(std::equal(end.begin(), end.end(), lines_.end() - static_cast<std::ptrdiff_t>(end.size())));
}

TEST_F(Csv, AFullDiskIsAnErrorThatNamesTheFile) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_THROW(write_chain_csv("/dev/full", record_, 0), base::Error);
  EXPECT_THROW(write_chain_csv(folder_ / "missing/chain.csv", record_, 0), base::Error);
}

TEST(CmdStanJson, ConfigNestsTheArguments) {
  const auto config = chain_config(example_record({12, 9}), 1);
  const auto& sample = config["method"]["sample"];
  EXPECT_EQ(config["method"]["value"], "sample");
  EXPECT_EQ(sample["num_samples"], 9);
  EXPECT_EQ(sample["save_warmup"], false);
  EXPECT_EQ(sample["algorithm"]["hmc"]["engine"]["nuts"]["max_depth"], 10);
  EXPECT_EQ(sample["algorithm"]["hmc"]["metric"]["value"], "diag_e");
  EXPECT_EQ(config["id"], 2);
  EXPECT_EQ(config["output"]["file"], "chain-2.csv");
  EXPECT_EQ(config["format"], 1);
}

TEST(CmdStanJson, MetricIsAVectorOrAMatrix) {
  auto chain = example_chain(0, 1, 5);
  EXPECT_EQ(chain_metric(chain)["inv_metric"], nlohmann::ordered_json({1.5, 1e-7, 0.25}));
  EXPECT_EQ(chain_metric(chain)["metric_type"], "diag_e");
  chain.dense_metric = true;
  chain.inverse_metric = {4, 1, 1, 9};
  const auto metric = chain_metric(chain);
  EXPECT_EQ(metric["inv_metric"].dump(), "[[4.0,1.0],[1.0,9.0]]");
  EXPECT_EQ(metric["metric_type"], "dense_e");
  EXPECT_EQ(metric["stepsize"], 0.25);
}

}  // namespace
}  // namespace woodbury::store
