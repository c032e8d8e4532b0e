// The page: self-contained, under a policy that allows its own scripts alone, bounded, and true to the fit.
#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/fit/fit.hpp"
#include "woodbury/report/report.hpp"

namespace woodbury::report {
namespace {

store::Record fitted(const std::string& formula, const frame::Frame& table, bool keep_hyper = false) {
  fit::Options options;
  options.sampler.seed = 1;
  options.sampler.chains = 2;
  options.sampler.draws = 100;
  options.sampler.threads = 1;
  options.keep_hyper = keep_hyper;
  return fit::run(fit::prepare(formula, table, options), options);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Report, IsOneFileThatAsksNothingOfTheNetwork) {
  const store::Record record = fitted("y ~ x + (x | g) + (1 | h)", test::crossed_table(3, 60));
  const std::string page = html(record, {});
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_TRUE(has(page, "default-src 'none'; script-src 'sha256-"));
  EXPECT_FALSE(has(page, "@DATA@") || has(page, "@TITLE@") || has(page, "@PLOT@"));
  for (const char* asked : {" src=\"", "<link", "@import", "url(http"}) EXPECT_FALSE(has(page, asked)) << asked;
  EXPECT_TRUE(has(page, "<title>y ~ x + (x | g) + (1 | h)</title>"));
}

TEST(Report, DataCannotEndTheirScript) {
  frame::Frame table = test::crossed_table(3, 60);
  std::vector<std::string> labels;
  for (std::size_t n = 0; n < table.rows(); ++n)
    labels.push_back(n % 2 ? "</script><b>" : "other" + std::to_string(n % 5));
  table.add("k", frame::make_factor(labels));
  const std::string page = html(fitted("y ~ x + (1 | k)", table), {});
  EXPECT_FALSE(has(page, "</script><b>"));
  EXPECT_TRUE(has(page, "\\u003c/script>\\u003cb>"));
}

TEST(Report, ContentsAreThoseOfTheFit) {
  const store::Record record = fitted("y ~ x + (x | g) + (1 | h)", test::crossed_table(3, 60));
  const auto json = contents(record, {.prob = 0.9});
  EXPECT_EQ(json["percent"], 90);
  ASSERT_EQ(json["groups"].size(), 3U);
  EXPECT_EQ(json["groups"][0]["factor"], "g");
  EXPECT_EQ(json["groups"][0]["rows"].size(), 5U);
  std::size_t rows = 0;
  for (const auto& level : json["groups"][0]["rows"]) {
    rows += level["n"].get<std::size_t>();
    // Shrinkage: pooled estimates of intercepts lie between zero and the level's own, or nearly.
    EXPECT_LT(level["lower"].get<double>(), level["mean"].get<double>());
    EXPECT_GT(level["upper"].get<double>(), level["mean"].get<double>());
  }
  EXPECT_EQ(rows, 60U);
  ASSERT_EQ(json["conditional"].size(), 1U);
  EXPECT_EQ(json["conditional"][0]["name"], "x");
  EXPECT_EQ(json["conditional"][0]["points"].size(), 60U);
  EXPECT_EQ(json["traces"][0]["chains"].size(), 2U);
  EXPECT_EQ(json["predictive"]["copies"], 50);
  double area = 0;
  for (const auto& bin : json["predictive"]["bins"])
    area += (bin[1].get<double>() - bin[0].get<double>()) * bin[2].get<double>();
  EXPECT_NEAR(area, 1, 1e-4);
  EXPECT_EQ(json["plan"]["terms"].size(), 4U);
}

/// Labels of levels, and lines by level where variables interact; medians against sums of coefficients' draws.
TEST(Report, ConditionalEffectsNameLevelsAndLines) {
  const store::Record record = fitted("y ~ x * h + i + (1 | g)", test::crossed_table(3, 80));
  const auto json = contents(record, {})["conditional"];
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["name"], "x");
  EXPECT_EQ(json[0]["by"], "h");
  EXPECT_EQ(json[0]["lines"], (std::vector<std::string>{"h0", "h1", "h2", "h3"}));
  EXPECT_EQ(json[0]["grid"].size(), 4U * 41U);
  EXPECT_EQ(json[1]["name"], "i");
  EXPECT_EQ(json[1]["levels"], (std::vector<std::string>{"i0", "i1", "i2"}));
  EXPECT_EQ(json[1]["grid"].size(), 3U);
  const auto draws = [&](const char* name) {
    std::vector<double> all;
    for (const auto& chain : record.draws.column(record.draws.offset(record.draws.find(name))))
      all.insert(all.end(), chain.begin(), chain.end());
    return all;
  };
  // From i0 to i2 the median of the difference is that of b_ii2; along x by h1 the slope is b_x + b_x:hh1.
  const auto level = [&](std::size_t i) { return json[1]["grid"][i][1].get<double>(); };
  EXPECT_NEAR(level(2) - level(0), diagnose::quantile(draws("b_ii2"), 0.5), 0.15);
  auto slope = draws("b_x");
  const auto more = draws("b_x:hh1");
  for (std::size_t t = 0; t < slope.size(); ++t) slope[t] += more[t];
  const auto at = [&](std::size_t i, std::size_t k) { return json[0]["grid"][41 + i][k].get<double>(); };
  EXPECT_NEAR((at(40, 1) - at(0, 1)) / (at(40, 0) - at(0, 0)), diagnose::quantile(slope, 0.5), 0.1);
  std::vector<std::size_t> rows(3, 0), expected(3, 0);
  for (const auto& point : json[1]["points"]) ++rows[static_cast<std::size_t>(point[0].get<double>())];
  for (const auto code : record.data.factor("g").codes) ++expected[static_cast<std::size_t>(code) / 2];
  EXPECT_EQ(rows, expected);
}

/// An unshrunken estimate is the mean of a level's residuals where there is an intercept alone.
TEST(Report, UnpooledEstimatesAreLeastSquaresByLevel) {
  const frame::Frame table = test::crossed_table(3, 60);
  const store::Record record = fitted("y ~ 1 + (1 | g)", table);
  const auto json = contents(record, {});
  const double intercept = record.summary.parameters[record.draws.offset(record.draws.find("b_Intercept"))].mean;
  for (const auto& level : json["groups"][0]["rows"]) {
    double sum = 0, count = 0;
    for (std::size_t n = 0; n < table.rows(); ++n)
      if (table.factor("g").levels[static_cast<std::size_t>(table.factor("g").codes[n])] == level["level"]) {
        sum += table.numeric("y")[n] - intercept;
        ++count;
      }
    EXPECT_NEAR(level["raw"].get<double>(), sum / count, 1e-4);
  }
}

TEST(Report, AFitThatKeptLittleReadsTheSame) {
  const frame::Frame table = test::crossed_table(3, 60);
  const auto all = contents(fitted("y ~ x + (1 | g)", table), {}),
             hyper = contents(fitted("y ~ x + (1 | g)", table, true), {});
  EXPECT_EQ(all["groups"], hyper["groups"]);
  EXPECT_EQ(all["summary"], hyper["summary"]);
}

TEST(Report, ManyLevelsAreBounded) {
  const std::string page = html(fitted("y ~ x + (1 | g)", test::crossed_table(3, 3000, 1000)), {});
  EXPECT_LT(page.size(), 1'000'000U);
}

}  // namespace
}  // namespace woodbury::report
