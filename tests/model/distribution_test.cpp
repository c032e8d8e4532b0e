// The registry of distributions; priors as text, there and back, and what is wrong with a bad one.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/model/distribution.hpp"

namespace woodbury::model {
namespace {

std::string complaint(const std::string& text) {
  try {
    static_cast<void>(parse_prior(text));
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "no error";
}

TEST(Distributions, TheRegistryIsIndexedByKind) {
  for (const auto& each : distributions()) EXPECT_EQ(info(each.kind).name, each.name);
  EXPECT_EQ(info(DistributionKind::student_t).arguments, (std::vector<std::string>{"nu", "m", "s"}));
  EXPECT_EQ(info(DistributionKind::half_cauchy).support, Support::positive);
  EXPECT_EQ(info(DistributionKind::uniform).support, Support::interval);
  EXPECT_EQ(info(DistributionKind::lkj).support, Support::correlation);
}

TEST(Distributions, UsersCannotWriteTheModelsOwn) {
  const auto names = prior_names();
  EXPECT_EQ(names.size(), 15U);
  for (const auto& name : names) EXPECT_NE(name, "multi_normal");
}

TEST(ParsePrior, ReadsEveryDistributionAndPrintsItBack) {
  const std::vector<std::string> texts{
      "normal(0, 2.5)",          "student_t(3, 0, 2.5)", "cauchy(-1, 5)", "half_normal(0.1)", "half_cauchy(5)",
      "half_student_t(3, 0, 9)", "exponential(1e-07)",   "gamma(2, 0.1)", "lognormal(0, 1)",  "inverse_gamma(0.4, 0.3)",
      "uniform(-2, 5)",          "beta(1.5, 2)",         "lkj(2)",        "flat()",           "constant(-0.25)"};
  for (const auto& text : texts) EXPECT_EQ(to_string(parse_prior(text)), text);
}

TEST(ParsePrior, ToleratesSpacesAndSigns) {
  EXPECT_EQ(parse_prior("  normal ( -1 ,+2.5e1 ) "), (Prior{DistributionKind::normal, {-1, 25}}));
  EXPECT_EQ(parse_prior("flat( )"), (Prior{DistributionKind::flat, {}}));
}

TEST(ParsePrior, KeepsTheHalfStudentTWithoutItsLocation) {
  EXPECT_EQ(parse_prior("half_student_t(3, 0, 2.5)"), (Prior{DistributionKind::half_student_t, {3, 2.5}}));
}

TEST(ParsePrior, PrintsNumbersThatReadBackTheSame) {
  const Prior prior{DistributionKind::normal, {1.0 / 3, 1e-300}};
  EXPECT_EQ(parse_prior(to_string(prior)), prior);
}

TEST(ParsePrior, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint("norml(0, 1)"), "unknown distribution `norml`; did you mean `normal`?\n  norml(0, 1)\n  ^~~~~");
  EXPECT_EQ(complaint("normal(0)"), "`normal` takes 2 arguments, not 1; write normal(m, s)\n  normal(0)\n  ^~~~~~~~~");
  EXPECT_EQ(complaint("normal(0, -1)"), "argument `s` of `normal` must be positive\n  normal(0, -1)\n            ^~");
  EXPECT_EQ(complaint("uniform(2, 1)"),
            "the lower bound of `uniform` must be below the upper\n  uniform(2, 1)\n          ^~~~");
  EXPECT_EQ(complaint("half_student_t(3, 1, 2)"),
            "the location of `half_student_t` must be 0; student_t with a location is truncated at 0 on a positive "
            "target\n  half_student_t(3, 1, 2)\n                    ^");
}

TEST(ParsePrior, RefusesWhatIsNoNumber) {
  for (const std::string bad : {"x", "1x", "inf", "nan", "1e999", "--1", "+-1"})
    EXPECT_NE(complaint("constant(" + bad + ")").find("`" + bad + "` is not a finite number"), std::string::npos)
        << bad << ": " << complaint("constant(" + bad + ")");
}

TEST(ParsePrior, RefusesBrokenText) {
  EXPECT_NE(complaint("").find("expected the name of a distribution"), std::string::npos);
  EXPECT_NE(complaint("flat").find("expected `(` after `flat`"), std::string::npos);
  EXPECT_NE(complaint("normal(0, 1").find("expected `,` or `)`"), std::string::npos);
  EXPECT_NE(complaint("normal(0, 1) x").find("nothing may follow"), std::string::npos);
  EXPECT_NE(complaint("multi_normal(0)").find("unknown distribution"), std::string::npos);
}

TEST(ParsePrior, PlacesTheCaretInTheLongerText) {
  const std::string whole = "b(x) ~ cauchi(0, 1)";
  try {
    static_cast<void>(parse_prior(whole.substr(7), whole, 7));
    FAIL();
  } catch (const base::Error& error) {
    ASSERT_TRUE(error.place());
    EXPECT_EQ(error.place()->text, whole);
    EXPECT_EQ(error.place()->begin, 7U);
    EXPECT_EQ(error.place()->end, 13U);
  }
}

}  // namespace
}  // namespace woodbury::model
