// The grammar: help, version, completions, the manual page, and usage errors.
#include <set>

#include <fmt/format.h>

#include "tests/cli/program.hpp"

namespace woodbury::cli {
namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Every long option that the help of a command shows.
std::set<std::string> options_of(const std::string& command) {
  const auto help = run_program({command, "--help"}).out;
  std::set<std::string> options;
  for (auto at = help.find("--"); at != std::string::npos; at = help.find("--", at + 2)) {
    const auto end = help.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    options.insert(help.substr(at, end - at));
  }
  return options;
}

TEST(Usage, HelpAndVersionAreResults) {
  const auto version = run_program({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(version.out.starts_with("woodbury 0.")) << version.out;
  EXPECT_EQ(version.err, "");
  for (const auto& words :
       {Words{"--help"}, Words{"fit", "--help"}, Words{"explain", "-h"}, Words{"summary", "--help"}}) {
    const auto help = run_program(words);
    EXPECT_EQ(help.status, 0);
    EXPECT_TRUE(has(help.out, "Usage: woodbury"));
    EXPECT_EQ(help.err, "");
  }
  EXPECT_TRUE(has(run_program({"--help"}).out, "explain"));
}

struct Case {
  Words words;
  std::string said;
};

TEST(Usage, ErrorsSayWhatWouldBeRightAndExitWith2) {
  const std::vector<Case> cases{
      {{}, "a command is missing"},
      {{"fitt"}, "no command `fitt`; did you mean `fit`?"},
      {{"--versoin"}, "no option `--versoin`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--chain", "3"}, "no option `--chain`; did you mean `--chains`?"},
      {{"fit", "y ~ x", "--data", "d.csv", "--iter", "3"}, "no option `--iter`; see `woodbury fit --help`"},
      {{"fit", "y", "~", "x", "--data", "d.csv"}, "unexpected argument `~`; put the formula in quotes"},
      {{"fit", "--data", "d.csv"}, "FORMULA is missing"},
      {{"fit", "y ~ x"}, "--data is required"},
      {{"fit", "y ~ x", "--data"}, "--data takes one value"},
      {{"fit", "y ~ x", "--data", "d.csv", "--chains", "two"}, "--chains takes a whole number, not `two`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--chains", "-1"}, "--chains takes a whole number, not `-1`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--draws", "1e3"}, "--draws takes a whole number, not `1e3`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--target-accept", "high"}, "--target-accept takes a number, not `high`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--parametrisation", "g"}, "--parametrisation takes GROUP=WAY, not `g`"},
      {{"fit", "y ~ x", "--data", "d.csv", "--overwrite"}, "--overwrite requires --out"},
      {{"fit", "y ~ x", "--data", "d.csv", "--model", "m.json"}, "FORMULA excludes --model"},
      {{"fit", "--model", "m.json", "--data", "d.csv", "--prior", "b ~ flat()"}, "--model excludes --prior"},
      {{"summary"}, "DIR is required"},
      {{"explain", "y ~ x", "--data", "d.csv", "--seed", "1"}, "no option `--seed`"},
      {{"predict", "fit"}, "--data is required"},
      {{"fitted", "fit", "--effects", "some"}, "--effects takes all, none or new:FACTOR, not `some`"},
  };
  for (const auto& [words, said] : cases) {
    const auto outcome = run_program(words);
    const auto line = fmt::format("{}", fmt::join(words, " "));
    EXPECT_EQ(outcome.status, 2) << line;
    EXPECT_EQ(outcome.out, "") << line;
    EXPECT_TRUE(outcome.err.starts_with("error: " + said)) << line << "\n" << outcome.err;
  }
}

TEST(Usage, ValuesOutOfRangeExitWith1) {
  const std::vector<Case> cases{
      {{"--chains", "0"}, "--chains must be at least 1; it is 0"},
      {{"--draws", "0"}, "--draws must be at least 1; it is 0"},
      {{"--target-accept", "1"}, "--target-accept must lie between 0 and 1; it is 1"},
      {{"--init", "-2"}, "--init must be at least 0; it is -2"},
      {{"--max-depth", "0"}, "--max-depth must be at least 1; it is 0"},
      {{"--family", "gausian"}, "--family has no `gausian`; did you mean `gaussian`?"},
      {{"--defaults", "stan"}, "--defaults has no `stan`; it takes `woodbury`, `brms`"},
      {{"--algorithm", "mnuts"}, "--algorithm has no `mnuts`; did you mean `nuts`?"},
      {{"--parametrisation", "g=noncentered"}, "--parametrisation has no `noncentered`; did you mean `noncentred`?"},
      {{"--keep", "some"}, "--keep has no `some`; it takes `all`, `hyper`"},
  };
  for (const auto& [words, said] : cases) {
    Words all{"fit", "y ~ x", "--data", "d.csv"};
    all.insert(all.end(), words.begin(), words.end());
    const auto outcome = run_program(all);
    EXPECT_EQ(outcome.status, 1) << words[0];
    EXPECT_EQ(outcome.err, "error: " + said + "\n");
  }
}

TEST(Usage, CompletionsOfBashPropose) {
  const Folder folder;
  const auto script = run_program({"completions", "bash"});
  ASSERT_EQ(script.status, 0);
  const auto path = folder.file("woodbury.bash", script.out);
  const auto proposals = [&](const std::string& words, int current) {
    const auto reply = folder.path("reply");
    const auto command =
        fmt::format("bash -c 'source {}; COMP_WORDS=({}); COMP_CWORD={}; _woodbury; echo \"${{COMPREPLY[@]}}\" > {}'",
                    path, words, current, reply);
    EXPECT_EQ(std::system(command.c_str()), 0);
    return contents(reply);
  };
  EXPECT_EQ(proposals("woodbury e", 1), "explain\n");
  EXPECT_EQ(proposals("woodbury fit --ch", 2), "--chains\n");
  EXPECT_EQ(proposals("woodbury fit --family \"\"", 3), "gaussian lognormal\n");
  EXPECT_EQ(proposals("woodbury fit --warmup \"\"", 3), "auto\n");
  EXPECT_EQ(proposals("woodbury completions f", 2), "fish\n");
}

TEST(Usage, CompletionsAndManualKnowEveryOption) {
  const auto manual = contents(WOODBURY_MANUAL);
  const auto bash = run_program({"completions", "bash"}).out;
  const auto zsh = run_program({"completions", "zsh"}).out;
  const auto fish = run_program({"completions", "fish"}).out;
  EXPECT_TRUE(zsh.starts_with("#compdef woodbury"));
  for (const std::string command : {"fit", "explain", "priors", "summary", "ranef", "coef", "varcorr", "predict",
                                    "fitted", "residuals", "loo", "compare", "simulate", "report"}) {
    EXPECT_TRUE(has(manual, "woodbury " + command)) << command;
    for (const auto& option : options_of(command)) {
      EXPECT_TRUE(has(bash, option)) << option;
      EXPECT_TRUE(has(zsh, option)) << option;
      EXPECT_TRUE(has(fish, fmt::format("from {}' -l {} ", command, option.substr(2))) ||
                  has(fish, fmt::format("from {}' -l {}\n", command, option.substr(2))))
          << option;
      std::string troff;
      for (const char c : option) troff += c == '-' ? std::string("\\-") : std::string(1, c);
      EXPECT_TRUE(has(manual, troff)) << option << " is not in the manual";
    }
  }
}

}  // namespace
}  // namespace woodbury::cli
