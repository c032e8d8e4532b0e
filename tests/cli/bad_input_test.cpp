// Wrong input: one clear message, exit status 1, nothing on standard output, nothing written.
#include <fmt/format.h>

#include "tests/cli/program.hpp"

namespace woodbury::cli {
namespace {

using Words = std::vector<std::string>;

/// What a fit of `table` says when it is refused; fails where it is not, or leaves anything behind.
std::string refusal(const std::string& formula, const std::string& table, const Words& options = {}) {
  const Folder folder;
  const auto data = folder.file("data.csv", table);
  Words words{"fit", formula, "--data", data, "--out", folder.path("fit"), "--warmup", "50", "--draws", "50"};
  words.insert(words.end(), options.begin(), options.end());
  const auto outcome = run_program(words);
  EXPECT_EQ(outcome.status, 1) << formula << "\n" << outcome.err;
  EXPECT_EQ(outcome.out, "") << formula;
  EXPECT_EQ(folder.names(), Words{"data.csv"}) << formula;
  EXPECT_TRUE(outcome.err.starts_with("error: ")) << outcome.err;
  EXPECT_EQ(outcome.err.find("error: ", 1), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("internal"), std::string::npos) << outcome.err;
  EXPECT_LT(outcome.err.size(), 1000U);
  return outcome.err;
}

#define EXPECT_SAYS(text, part) EXPECT_PRED2(says, text, std::string(part))
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(BadInput, Formula) {
  const auto table = small_table();
  const auto unknown = refusal("y ~ xx + (1 | g)", table);
  EXPECT_SAYS(unknown, "`xx`");
  EXPECT_SAYS(unknown, "did you mean `x`");
  EXPECT_SAYS(refusal("y ~ (x + (1 | g)", table), "^");
  EXPECT_SAYS(refusal("y ~ " + std::string(5000, '(') + "x" + std::string(5000, ')'), table), "nest");
  (void)refusal("y ~ " + std::string(5000, '('), table);
  EXPECT_SAYS(refusal("y ~ x + (1 | h)", table), "`h`");
}

TEST(BadInput, Table) {
  (void)refusal("y ~ x", "");
  (void)refusal("y ~ x", "y,x,g\n");
  EXPECT_SAYS(refusal("y ~ x", "y,x\n1,2\n2,3,4\n3,5\n"), "line 3");
  const auto text = refusal("y ~ x", "y,x\n1,2\n2,3\n3,three\n4,4\n5,6\n", {"--numeric", "x"});
  EXPECT_SAYS(text, "line 4");
  EXPECT_SAYS(text, "three");
  std::string rubbish;
  for (int i = 0; i < 5000; ++i) rubbish += static_cast<char>((i * 7919) % 256);
  (void)refusal("y ~ x", rubbish);
  EXPECT_SAYS(refusal("y ~ x", "y,x\nNA,2\n2,NA\nNA,5\n"), "missing");
}

TEST(BadInput, MissingFile) {
  const auto outcome = run_program({"fit", "y ~ x", "--data", "/nonexistent/table.csv"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_SAYS(outcome.err, "/nonexistent/table.csv");
  const auto model = run_program({"explain", "--model", "/nonexistent/m.json", "--data", "/nonexistent/table.csv"});
  EXPECT_EQ(model.status, 1);
  EXPECT_SAYS(model.err, "/nonexistent/");
  const auto fit = run_program({"summary", "/nonexistent/fit"});
  EXPECT_EQ(fit.status, 1);
  EXPECT_SAYS(fit.err, "/nonexistent/fit");
}

TEST(BadInput, Design) {
  std::string one_level = "y,x,f\n", collinear = "y,x,z\n", constant = "y,x\n", negative = "y,x\n", single = "y,g\n";
  for (int i = 0; i < 12; ++i) {
    one_level += fmt::format("{},{},a\n", i % 5, i);
    collinear += fmt::format("{},{},{}\n", i % 5, i, 2 * i + 1);
    constant += fmt::format("3,{}\n", i);
    negative += fmt::format("{},{}\n", i - 3, i);
    single += fmt::format("{},g{}\n", i % 5, i);
  }
  EXPECT_SAYS(refusal("y ~ f", one_level), "`f`");
  const auto flat = refusal("y ~ x + z", collinear, {"--prior", "b ~ flat()"});
  EXPECT_TRUE(says(flat, "`x`") || says(flat, "`z`")) << flat;
  EXPECT_SAYS(refusal("y ~ x", constant), "`y`");
  EXPECT_SAYS(refusal("y ~ x", negative, {"--family", "lognormal"}), "`y`");
  EXPECT_SAYS(refusal("y ~ 1 + (1 | g)", single), "`g`");
}

TEST(BadInput, Priors) {
  const auto table = small_table();
  EXPECT_SAYS(refusal("y ~ x", table, {"--prior", "b ~ nromal(0, 1)"}), "normal");
  EXPECT_SAYS(refusal("y ~ x", table, {"--prior", "b(xx) ~ normal(0, 1)"}), "x");
  EXPECT_SAYS(refusal("y ~ x", table, {"--prior", "sdd ~ normal(0, 1)"}), "sd");
  EXPECT_SAYS(refusal("y ~ x", table, {"--prior", "b ~ normal(0, -1)"}), "positive");
  EXPECT_SAYS(refusal("y ~ x", table, {"--prior", "b ~ normal(0)"}), "argument");
  (void)refusal("y ~ x", table, {"--prior", "b normal(0, 1)"});
}

TEST(BadInput, OutputFolder) {
  const Folder folder;
  const auto data = folder.file("data.csv", small_table());
  std::filesystem::create_directory(folder.path("taken"));
  const auto precious = folder.file("taken/precious.txt", "kept");
  const auto existing = run_program({"fit", "y ~ x", "--data", data, "--out", folder.path("taken")});
  EXPECT_EQ(existing.status, 1);
  EXPECT_SAYS(existing.err, "taken");
  EXPECT_EQ(existing.out, "");
  const auto foreign = run_program({"fit", "y ~ x", "--data", data, "--out", folder.path("taken"), "--overwrite"});
  EXPECT_EQ(foreign.status, 1);
  EXPECT_EQ(contents(precious), "kept");
  for (const auto& out : Words{"/nonexistent/deep/fit", data + "/fit"}) {
    const auto unwritable = run_program({"fit", "y ~ x", "--data", data, "--out", out});
    EXPECT_EQ(unwritable.status, 1);
    EXPECT_SAYS(unwritable.err, std::filesystem::path(out).parent_path().string());
    EXPECT_FALSE(says(unwritable.err, "iterations")) << "refused only after sampling";
  }
}

}  // namespace
}  // namespace woodbury::cli
