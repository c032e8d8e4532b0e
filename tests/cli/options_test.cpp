// Options reach the engine: each changes what it says it changes.
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace woodbury::cli {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct Options : ::testing::Test {
  Folder folder;
  std::string data = folder.file("data.csv", small_table());

  Outcome run(const std::string& command, const std::string& formula, const Words& options) const {
    Words words{command, formula, "--data", data};
    words.insert(words.end(), options.begin(), options.end());
    return run_program(words);
  }

  /// Names of the parameters of a short fit.
  std::vector<std::string> parameters(const std::string& formula, Words options) const {
    for (const char* word : {"--json", "--quiet", "--seed", "1", "--chains", "1", "--warmup", "150", "--draws", "50"})
      options.emplace_back(word);
    const auto outcome = run("fit", formula, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<std::string> names;
    if (outcome.status != 0) return names;
    const auto summary = Json::parse(outcome.out);
    for (const auto& row : summary["parameters"]) names.push_back(row["variable"]);
    return names;
  }
};

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST_F(Options, KeepHyperLeavesTheIntegratedEffectsOut) {
  const auto all = parameters("y ~ x + (1 | g)", {});
  const auto hyper = parameters("y ~ x + (1 | g)", {"--keep", "hyper"});
  EXPECT_TRUE(holds(all, "r_g[g0,Intercept]"));
  EXPECT_FALSE(holds(hyper, "r_g[g0,Intercept]"));
  EXPECT_TRUE(holds(hyper, "sd_g__Intercept"));
}

TEST_F(Options, FactorTurnsNumbersIntoLevels) {
  EXPECT_TRUE(holds(parameters("y ~ x", {}), "b_x"));
  const auto levels = parameters("y ~ x", {"--factor", "x"});
  EXPECT_TRUE(holds(levels, "b_x1"));
  EXPECT_TRUE(holds(levels, "b_x4"));
  EXPECT_FALSE(holds(levels, "b_x"));
}

TEST_F(Options, SigmaAndSeReplaceTheResidualSd) {
  const auto predicted = parameters("y ~ x", {"--sigma", "~ x"});
  EXPECT_TRUE(holds(predicted, "b_sigma_x"));
  EXPECT_FALSE(holds(predicted, "sigma"));
  const auto known = folder.file("known.csv", "y,s\n1,0.5\n2,0.4\n1.5,0.3\n3,0.6\n");
  const auto meta = run_program({"priors", "y ~ 1", "--data", known, "--se", "s"});
  EXPECT_EQ(meta.status, 0) << meta.err;
  EXPECT_EQ(meta.out.find("sigma"), std::string::npos) << meta.out;
}

TEST_F(Options, ContrastsAndDefaultsShowInPriors) {
  const auto sum = run("priors", "y ~ f", {"--contrasts", "f=sum"});
  EXPECT_EQ(sum.status, 0) << sum.err;
  EXPECT_NE(sum.out.find("b_f1"), std::string::npos) << sum.out;
  const auto brms = run("priors", "y ~ f", {"--defaults", "brms"});
  EXPECT_EQ(brms.status, 0) << brms.err;
  EXPECT_NE(brms.out.find("flat()"), std::string::npos) << brms.out;
  EXPECT_NE(brms.out.find("b_fb"), std::string::npos) << brms.out;
  // The later of two priors of one rank wins, and of an option given twice the later.
  const auto later = run("priors", "y ~ f", {"--prior", "b ~ normal(0, 1)", "--prior", "b ~ normal(0, 3)"});
  EXPECT_NE(later.out.find("normal(0, 3)"), std::string::npos) << later.out;
  const auto twice = run("priors", "y ~ f", {"--defaults", "woodbury", "--defaults", "brms"});
  EXPECT_EQ(twice.out, brms.out);
}

TEST_F(Options, NaErrorRefusesWhatNaDropDrops) {
  const auto holes = folder.file("holes.csv", "y,x\n1,1\n2,NA\n3,2\n2,3\n4,5\n");
  EXPECT_EQ(run_program({"priors", "y ~ x", "--data", holes}).status, 0);
  const auto refused = run_program({"priors", "y ~ x", "--data", holes, "--na", "error"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("`x`"), std::string::npos) << refused.err;
}

TEST_F(Options, ParametrisationAndIntegrateChangeThePlan) {
  const auto integrated = run("explain", "y ~ x + (1 | g)", {});
  const auto centred = run("explain", "y ~ x + (1 | g)", {"--integrate", "none", "--parametrisation", "g=centred"});
  const auto other = run("explain", "y ~ x + (1 | g)", {"--integrate", "none", "--parametrisation", "g=noncentred"});
  ASSERT_EQ(centred.status, 0) << centred.err;
  ASSERT_EQ(other.status, 0) << other.err;
  EXPECT_NE(integrated.out, centred.out);
  EXPECT_NE(centred.out, other.out);
}

TEST_F(Options, APlanIsReplayedOrRefused) {
  const auto wanted = run("explain", "y ~ x + (1 | g)", {"--integrate", "fixed", "--json"});
  ASSERT_EQ(wanted.status, 0) << wanted.err;
  const std::string plan = folder.file("plan.json", wanted.out);
  const auto replayed = run("explain", "y ~ x + (1 | g)", {"--plan", plan, "--json"});
  ASSERT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_EQ(Json::parse(replayed.out)["decisions"], Json::parse(wanted.out)["decisions"]);
  const auto other = run("explain", "y ~ x", {"--plan", plan});
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("the model has no variable `r_g`"), std::string::npos) << other.err;
  EXPECT_EQ(run("explain", "y ~ x", {"--plan", folder.path("none.json")}).status, 1);
  EXPECT_EQ(run("explain", "y ~ x + (1 | g)", {"--plan", plan, "--integrate", "all"}).status, 2);
}

TEST_F(Options, RulesAreSwitchedOffByName) {
  const auto without = run("explain", "y ~ x + (1 | g)", {"--without", "equal-levels,conditioning"});
  ASSERT_EQ(without.status, 0) << without.err;
  EXPECT_NE(without.out.find("switched off: equal-levels, conditioning"), std::string::npos) << without.out;
  const auto unknown = run("explain", "y ~ x + (1 | g)", {"--without", "equal-level"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.err.find("equal-levels"), std::string::npos) << unknown.err;
}

TEST_F(Options, TuneTimesTheCandidates) {
  const auto tuned = run("explain", "y ~ x + (1 | g)", {"--tune"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  EXPECT_NE(tuned.out.find("timed on this machine"), std::string::npos) << tuned.out;
}

TEST_F(Options, AFullDiskIsNoticed) {
  const auto command = "'" WOODBURY_PROGRAM "' --version > /dev/null && '" WOODBURY_PROGRAM "' priors 'y ~ x' --data " +
                       data + " > /dev/full 2> " + folder.path("said");
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(contents(folder.path("said")).find("standard output"), std::string::npos);
}

TEST_F(Options, AnInterruptDuringWarmUpWritesNothing) {
  const auto outcome = run_program({"fit", "y ~ x + (1 | g)", "--data", data, "--warmup", "2000000", "--draws", "1000",
                                    "--seed", "1", "--chains", "1", "--out", folder.path("fit")},
                                   {.interrupt_at = " 25 %"});
  EXPECT_EQ(outcome.status, 130) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("nothing is written"), std::string::npos) << outcome.err;
  EXPECT_EQ(folder.names(), Words{"data.csv"});
}

}  // namespace
}  // namespace woodbury::cli
