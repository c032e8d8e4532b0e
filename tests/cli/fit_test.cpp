// Fits as users run them: streams, statuses, folders, interrupts, progress.
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace woodbury::cli {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Fit : ::testing::Test {
  Folder folder;
  std::string data = folder.file("data.csv", small_table());

  Outcome fit(const Words& options, const Setting& setting = {}) const {
    Words words{"fit", "y ~ x + (1 | g)", "--data", data, "--chains", "2", "--warmup", "200", "--draws", "100"};
    words.insert(words.end(), options.begin(), options.end());
    return run_program(words, setting);
  }
  /// The draws of a chain's CSV: the lines that are neither comments nor times.
  std::string draws(const std::string& out, int chain) const {
    std::string kept, line;
    std::ifstream file(folder.path(out) + "/chain-" + std::to_string(chain) + ".csv");
    EXPECT_TRUE(file);
    while (std::getline(file, line))
      if (!line.empty() && line[0] != '#') kept += line + "\n";
    return kept;
  }
};

TEST_F(Fit, PrintsTheSummaryAndNothingElseOnStandardOutput) {
  const auto loud = fit({"--seed", "1"});
  ASSERT_EQ(loud.status, 0) << loud.err;
  for (const char* name : {"Population-Level Effects", "b_x", "sd_g__Intercept", "sigma"})
    EXPECT_TRUE(has(loud.out, name)) << name;
  EXPECT_FALSE(has(loud.out, "% of"));
  EXPECT_TRUE(has(loud.err, "100 % of 600 iterations")) << loud.err;
  EXPECT_FALSE(has(loud.err, "\x1b"));
  const auto quiet = fit({"--seed", "1", "--quiet"});
  EXPECT_EQ(quiet.status, 0);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(folder.names(), Words{"data.csv"});
}

TEST_F(Fit, PrintsADrawnSeed) {
  const auto outcome = fit({});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(has(outcome.err, "seed: ")) << outcome.err;
  EXPECT_FALSE(has(fit({"--seed", "5"}).err, "seed: "));
}

TEST_F(Fit, SameSeedSameDrawsForAnyNumberOfThreads) {
  for (const std::string threads : {"1", "2"}) {
    const auto outcome = fit({"--seed", "42", "--threads", threads, "--out", folder.path("fit" + threads)});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }
  const auto other = fit({"--seed", "43", "--out", folder.path("fit3")});
  ASSERT_EQ(other.status, 0) << other.err;
  for (const int chain : {1, 2}) {
    EXPECT_EQ(draws("fit1", chain), draws("fit2", chain));
    EXPECT_NE(draws("fit1", chain), draws("fit3", chain));
  }
  EXPECT_NE(draws("fit1", 1), draws("fit1", 2));
}

TEST_F(Fit, LeavesAFolderThatSummaryReads) {
  const auto out = folder.path("fit");
  const auto first = fit({"--seed", "1", "--json", "--out", out});
  ASSERT_EQ(first.status, 0) << first.err;
  const auto printed = Json::parse(first.out);
  EXPECT_EQ(printed["format"], 1);
  EXPECT_EQ(printed, Json::parse(contents(out + "/summary.json")));
  const auto run = Json::parse(contents(out + "/run.json"));
  EXPECT_EQ(run["command_line"][0], "woodbury");
  EXPECT_EQ(run["command_line"][2], "y ~ x + (1 | g)");

  const auto json = run_program({"summary", out, "--format", "json"});
  EXPECT_EQ(run_program({"summary", out, "--json"}).out, json.out);
  ASSERT_EQ(json.status, 0) << json.err;
  const auto again = Json::parse(json.out);
  ASSERT_EQ(again["parameters"].size(), printed["parameters"].size());
  EXPECT_EQ(again["parameters"][0]["variable"], printed["parameters"][0]["variable"]);
  EXPECT_NEAR(again["parameters"][0]["mean"].get<double>(), printed["parameters"][0]["mean"].get<double>(), 1e-9);
  const auto text = run_program({"summary", out});
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(has(text.out, "sd_g__Intercept"));
  const auto csv = run_program({"summary", out, "--format", "csv"}).out;
  EXPECT_EQ(run_program({"summary", out, "--csv"}).out, csv);
  EXPECT_TRUE(csv.starts_with("variable,mean,median,sd,mad,q5,q95,mcse_mean,rhat,ess_bulk,ess_tail\n"));
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')), printed["parameters"].size() + 1);

  EXPECT_EQ(fit({"--out", out}).status, 1);
  EXPECT_EQ(fit({"--out", out, "--overwrite"}).status, 0);
}

TEST_F(Fit, ReadsItsOwnModelBack) {
  const auto out = folder.path("fit");
  ASSERT_EQ(fit({"--seed", "1", "--out", out}).status, 0);
  const auto explained = run_program({"explain", "--model", out + "/model.json", "--data", data});
  // A formula's model names coded columns; here these are the table's own.
  EXPECT_EQ(explained.status, 0) << explained.err;
}

TEST_F(Fit, StrictExitsWith4WhereDiagnosticsFail) {
  // Without warm-up to speak of and with a handful of draws, no chain passes.
  const Words poor{"--seed", "1", "--warmup", "1", "--draws", "4"};
  Words strict = poor;
  strict.push_back("--strict");
  EXPECT_EQ(fit(poor).status, 0);
  const auto failed = fit(strict);
  EXPECT_EQ(failed.status, 4) << failed.err;
  EXPECT_TRUE(has(failed.out, "b_x"));
  const auto good = fit(
      {"--seed", "1", "--chains", "4", "--warmup", "1000", "--draws", "1000", "--strict", "--target-accept", "0.95"});
  EXPECT_EQ(good.status, 0) << good.out << good.err;
}

TEST_F(Fit, AnInterruptLeavesWhatWasDrawn) {
  const auto out = folder.path("fit");
  const auto outcome =
      fit({"--seed", "1", "--draws", "300000", "--keep", "hyper", "--out", out}, {.interrupt_at = " 25 %"});
  ASSERT_EQ(outcome.status, 130) << outcome.err;
  EXPECT_TRUE(has(outcome.err, "interrupted: ")) << outcome.err;
  EXPECT_TRUE(has(outcome.out, "sigma"));
  const auto summary = run_program({"summary", out, "--format", "json"});
  ASSERT_EQ(summary.status, 0) << summary.err;
  EXPECT_TRUE(std::filesystem::exists(out + "/chain-2.csv"));
}

TEST_F(Fit, ShowsBarsOnlyOnATerminal) {
  if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminals here (/dev/pts)";
  const auto bars = fit({"--seed", "1"}, {.terminal = true, .interrupt_at = {}});
  ASSERT_EQ(bars.status, 0) << bars.err;
  EXPECT_TRUE(has(bars.err, "chain 1 ["));
  EXPECT_TRUE(has(bars.err, "chain 2 ["));
  EXPECT_TRUE(has(bars.err, "300/300"));
  EXPECT_TRUE(has(bars.err, "\x1b[32m"));
  EXPECT_FALSE(has(bars.out, "\x1b"));
  const auto grey = fit({"--seed", "1"}, {.terminal = true, .interrupt_at = {}, .environment = {{"NO_COLOR", "1"}}});
  EXPECT_TRUE(has(grey.err, "chain 1 ["));
  EXPECT_FALSE(has(grey.err, "\x1b[32m"));
  const auto dumb = fit({"--seed", "1"}, {.terminal = true, .interrupt_at = {}, .environment = {{"TERM", "dumb"}}});
  EXPECT_FALSE(has(dumb.err, "\x1b"));
  EXPECT_TRUE(has(dumb.err, "100 % of"));
}

TEST_F(Fit, ExplainsAndListsPriors) {
  const Words model{"y ~ x + (x | g)", "--data", data};
  const auto command = [&](const std::string& name, const Words& options) {
    Words words{name};
    words.insert(words.end(), model.begin(), model.end());
    words.insert(words.end(), options.begin(), options.end());
    return run_program(words);
  };
  const auto text = command("explain", {});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(has(text.out, "r_g"));
  const auto plan = Json::parse(command("explain", {"--json"}).out);
  EXPECT_EQ(plan["format"], 1);
  const auto priors = command("priors", {"--prior", "b(x) ~ normal(0, 0.125)"});
  ASSERT_EQ(priors.status, 0) << priors.err;
  EXPECT_TRUE(has(priors.out, "normal(0, 0.125)"));
  EXPECT_TRUE(has(priors.out, "sd_g__x"));
  EXPECT_TRUE(has(priors.out, "cor_g"));
  const auto none = command("explain", {"--integrate", "none"});
  EXPECT_EQ(none.status, 0) << none.err;
  EXPECT_NE(none.out, text.out);
}

TEST(FitModel, TakesAModelFile) {
  const Folder folder;
  const auto data = folder.file("data.csv", small_table());
  const auto model = folder.file("model.json", R"({"format": 1, "variables": [
      {"name": "mu", "dims": [], "distribution": "normal", "args": [0, 20]},
      {"name": "tau", "dims": [], "distribution": "half_normal", "args": [10]},
      {"name": "u", "dims": ["g"], "distribution": "normal", "args": [{"variable": "mu"}, {"variable": "tau"}]},
      {"name": "s", "dims": [], "distribution": "half_normal", "args": [5]}],
    "observations": [{"response": "y", "family": "gaussian",
      "mean": {"op": "gather", "factor": "g", "args": [{"variable": "u"}]}, "sd": {"variable": "s"}}]})");
  const auto outcome = run_program({"fit", "--model", model, "--data", data, "--seed", "1", "--warmup", "200",
                                    "--draws", "100", "--json", "--quiet"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(has(outcome.out, "\"mu\""));
  EXPECT_TRUE(has(outcome.out, "\"tau\""));
  const auto broken = folder.file("broken.json", "{\"format\": 1, ");
  const auto refused = run_program({"fit", "--model", broken, "--data", data});
  EXPECT_EQ(refused.status, 1) << refused.err;
  EXPECT_TRUE(has(refused.err, "broken.json")) << refused.err;
}

}  // namespace
}  // namespace woodbury::cli
