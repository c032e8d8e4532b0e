// The façade from end to end on the barley trial: names, equal draws however they are asked for, models replayed.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

const std::string kBarley = WOODBURY_TEST_DATA "/barley.csv";
const std::string kFormula = "yield ~ year + (year | site) + (1 | variety)";

Options small(std::uint64_t seed = 1) {
  Options options;
  options.design.factors = {"year"};
  options.sampler.seed = seed;
  options.sampler.chains = 2;
  options.sampler.warmup = 200;
  options.sampler.draws = 100;
  return options;
}

std::vector<double> all_values(const store::Record& record) {
  std::vector<double> values;
  for (const auto& chain : record.draws.chains) values.insert(values.end(), chain.values.begin(), chain.values.end());
  return values;
}

double mean_of(const store::Record& record, const std::string& name) {
  for (const diagnose::Row& row : record.summary.parameters)
    if (row.variable == name) return row.mean;
  ADD_FAILURE() << "no parameter " << name;
  return NAN;
}

TEST(Fit, NamesWhatBrmsNames) {
  const Prepared prepared = prepare(kFormula, kBarley, small());
  const store::Record record = run(prepared, small());
  for (const char* name : {"b_Intercept", "b_year1932", "sd_site__Intercept", "sd_site__year1932",
                           "cor_site__Intercept__year1932", "sd_variety__Intercept", "sigma"})
    EXPECT_TRUE(record.draws.has(name)) << name;
  const draws::Variable& site = record.draws.variables()[record.draws.find("r_site")];
  EXPECT_EQ(site.dims, (std::vector<std::string>{"site", "site__coef"}));
  EXPECT_EQ(site.coords[1], (std::vector<std::string>{"Intercept", "year1932"}));
  EXPECT_EQ(site.element_names()[1], "r_site[" + site.coords[0][0] + ",year1932]");
  EXPECT_EQ(record.declared_dims, 29U);
}

TEST(Fit, DrawsDependOnTheSeedAloneNotOnThreads) {
  Options one = small(), two = small();
  one.sampler.threads = 1;
  two.sampler.threads = 2;
  const Prepared prepared = prepare(kFormula, kBarley, one);
  const auto first = all_values(run(prepared, one));
  EXPECT_EQ(first, all_values(run(prepared, two)));
  EXPECT_NE(first, all_values(run(prepared, small(2))));
}

TEST(Fit, AModelFileReplaysTheFit) {
  const auto path = std::filesystem::temp_directory_path() / "woodbury_fit_test_model.json";
  const Prepared prepared = prepare(kFormula, kBarley, small());
  const store::Record record = run(prepared, small());
  std::ofstream(path) << record.model.dump();
  const Prepared again = prepare_model_file(path.string(), kBarley, small());
  EXPECT_EQ(all_values(record), all_values(run(again, small())));
  std::filesystem::remove(path);
}

TEST(Fit, PlansAgreeOnThePosterior) {
  Options options = small();
  options.sampler.draws = 3000;
  options.sampler.warmup = 1000;
  options.sampler.target_accept = 0.95;
  std::vector<store::Record> records;
  for (const char* integrate : {"all", "site,fixed", "none"}) {
    options.plan.integrate = integrate;
    records.push_back(run(prepare(kFormula, kBarley, options), options));
  }
  for (const diagnose::Row& row : records[0].summary.parameters)
    for (std::size_t i = 1; i < records.size(); ++i) {
      double mcse = 0;
      for (const diagnose::Row& other : records[i].summary.parameters)
        if (other.variable == row.variable) mcse = std::hypot(row.mcse_mean, other.mcse_mean);
      EXPECT_NEAR(mean_of(records[i], row.variable), row.mean, 5 * mcse) << row.variable << ", plan " << i;
    }
}

TEST(Fit, KeepsOnlyWhatWasSampledIfAsked) {
  Options options = small();
  options.keep_hyper = true;
  const store::Record record = run(prepare(kFormula, kBarley, options), options);
  EXPECT_FALSE(record.draws.has("r_site"));
  EXPECT_FALSE(record.draws.has("b_Intercept"));
  EXPECT_TRUE(record.draws.has("sigma"));
}

TEST(Fit, NothingToSampleGivesIndependentDraws) {
  const frame::Frame table = test::crossed_table(3, 40);
  model::Builder m;
  const model::Expr a = m.normal("a", 0, 1);
  m.observe_normal("y", a, m.constant("sigma", 1));
  Options options = small();
  options.sampler.draws = 2000;
  const store::Record record = run(prepare(m.model(), table, options), options);
  // a | y ~ N(Σy / (n + 1), 1 / (n + 1)).
  double sum = 0;
  for (const double y : table.numeric("y")) sum += y;
  const double sd = 1 / std::sqrt(41.0);
  EXPECT_NEAR(mean_of(record, "a"), sum / 41, 5 * sd / std::sqrt(4000.0));
  EXPECT_EQ(record.sampled_dims, 0U);
}

TEST(Fit, SummaryTellsPlanRowsSeedPriorsAndTimes) {
  const store::Record record = run(prepare(kFormula, kBarley, small()), small());
  const std::string text = summary_text(record);
  for (const char* part : {"Formula: yield ~ year", "120 rows used", "seed 1", "29 declared dimensions",
                           "Group-Level Effects: ~site (Number of levels: 6)", "cor(Intercept,year1932)",
                           "Population-Level Effects:", "l-95% CI", "half_student_t(3, 0,", "Seconds: read"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Fit, MissingRowsAreDroppedAndCounted) {
  const frame::Frame table = frame::parse_csv("y,x,g\n1,0,a\n2,,a\n3,1,b\n2.5,2,b\nNA,1,a\n1.5,0.5,b\n0.5,0.25,a\n");
  Options options = small();
  options.design.factors.clear();
  const Prepared prepared = prepare("y ~ x + (1 | g)", table, options);
  EXPECT_EQ(prepared.dropped_rows, 2U);
  EXPECT_EQ(prepared.data.rows(), 5U);
  EXPECT_NE(summary_text(run(prepared, options)).find("2 with missing values dropped"), std::string::npos);
}

TEST(Fit, TooManyDrawsToKeepNamesTheChoice) {
  Options options = small();
  options.sampler.draws = 100'000'000;
  try {
    static_cast<void>(run(prepare(kFormula, kBarley, options), options));
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_NE(error.describe().find("--keep hyper"), std::string::npos) << error.describe();
  }
}

}  // namespace
}  // namespace woodbury::fit
