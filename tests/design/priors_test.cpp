// Targets: which parameters a prior is for, which prior wins, and what is said of a wrong one.
#include "woodbury/design/priors.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/design/binding.hpp"

namespace woodbury::design {
namespace {

const char* const kTable =
    "y,x,z,f,g,h\n"
    "3.1,1,2,a,p,u\n4.7,2,0,a,p,v\n2.2,3,1,b,p,u\n9.5,4,5,b,q,v\n6.6,5,2,a,q,u\n5.1,6,3,a,q,v\n8.05,7,1,b,r,u\n"
    "7.3,9,2,a,r,v\n";
const char* const kFormula = "y ~ x + z + I(x^2) + (x | g) + (1 | h)";

Bound with(const std::vector<std::string>& priors) { return bound(kFormula, kTable, with_priors(priors)); }
std::string refused(const std::string& text) { return complaint(kFormula, kTable, with_priors({text})); }

TEST(Targets, AClassIsForAllOfIt) {
  const Bound fit = with({"b ~ normal(0, 3)", "sd ~ half_normal(2)", "cor ~ lkj(4)", "sigma ~ exponential(1)",
                          "Intercept ~ student_t(3, 1, 2)"});
  for (const char* name : {"b_x", "b_z", "b_IxE2"}) EXPECT_EQ(prior(fit, name), "normal(0, 3)");
  for (const char* name : {"sd_g__Intercept", "sd_g__x", "sd_h__Intercept"})
    EXPECT_EQ(prior(fit, name), "half_normal(2)");
  EXPECT_EQ(prior(fit, "cor_g"), "lkj(4)");
  EXPECT_EQ(prior(fit, "sigma"), "exponential(1)");
  EXPECT_EQ(prior(fit, "Intercept"), "student_t(3, 1, 2)");
}

TEST(Targets, TheMoreSpecificWinsWhateverTheOrder) {
  const Bound fit = with({"sd(g, x) ~ half_normal(3)", "sd(g) ~ half_normal(2)", "sd ~ half_normal(1)"});
  EXPECT_EQ(prior(fit, "sd_g__x"), "half_normal(3)");
  EXPECT_EQ(prior(fit, "sd_g__Intercept"), "half_normal(2)");
  EXPECT_EQ(prior(fit, "sd_h__Intercept"), "half_normal(1)");
}

TEST(Targets, AtEqualRankTheLaterWins) {
  const Bound fit = with({"b(x) ~ normal(0, 1)", "b(x) ~ normal(0, 2)", "b ~ normal(0, 9)", "b ~ normal(0, 8)"});
  EXPECT_EQ(prior(fit, "b_x"), "normal(0, 2)");
  EXPECT_EQ(prior(fit, "b_z"), "normal(0, 8)");
}

TEST(Targets, TakeNamesAsPrintedOrAsWrittenInR) {
  for (const std::string target : {"b(IxE2)", "b(I(x^2))", "b(`I(x^2)`)", " b ( `IxE2` ) "})
    EXPECT_EQ(prior(with({target + "~ normal(0, 7)"}), "b_IxE2"), "normal(0, 7)") << target;
}

TEST(Targets, OfNestedGroups) {
  const Options options = with_priors({"sd(g:h) ~ half_normal(5)"});
  EXPECT_EQ(prior(bound("y ~ 1 + (1 | g:h)", std::string(kTable) + "1,1,1,a,p,u\n", options), "sd_g:h__Intercept"),
            "half_normal(5)");
}

TEST(Targets, OfTheSigmaPart) {
  Options options = with_priors({"b_sigma(x) ~ normal(0, 0.1)", "Intercept_sigma ~ normal(1, 2)",
                                 "sd_sigma(g, x) ~ half_normal(0.2)", "cor_sigma(g) ~ lkj(3)", "b ~ normal(0, 5)"});
  options.sigma = "~ x + (x | g)";
  const Bound fit = bound("y ~ z", kTable, options);
  EXPECT_EQ(prior(fit, "b_sigma_x"), "normal(0, 0.1)");
  EXPECT_EQ(prior(fit, "Intercept_sigma"), "normal(1, 2)");
  EXPECT_EQ(prior(fit, "sd_g__sigma_x"), "half_normal(0.2)");
  EXPECT_EQ(prior(fit, "cor_g__sigma"), "lkj(3)");
  EXPECT_EQ(prior(fit, "b_z"), "normal(0, 5)");
}

TEST(PriorRows, NameTheMostSpecificTargetAndTheSource) {
  const Bound fit = with({"b(x) ~ normal(0, 1)"});
  std::string text;
  for (const PriorRow& row : fit.priors) text += row.parameter + " <- " + row.target + " <- " + row.source + "\n";
  EXPECT_EQ(text,
            "Intercept <- Intercept <- default\n"
            "b_x <- b(x) <- b(x) ~ normal(0, 1)\n"
            "b_z <- b(z) <- default\n"
            "b_IxE2 <- b(IxE2) <- default\n"
            "sd_g__Intercept <- sd(g, Intercept) <- default\n"
            "sd_g__x <- sd(g, x) <- default\n"
            "sd_h__Intercept <- sd(h, Intercept) <- default\n"
            "cor_g <- cor(g) <- default\n"
            "sigma <- sigma <- default\n");
}

TEST(PriorRows, TargetsReadBack) {
  const Bound fit = with({});
  for (const PriorRow& row : fit.priors) {
    const Bound again = with({row.target + " ~ " + row.prior});
    EXPECT_EQ(prior(again, row.parameter), row.prior);
  }
}

TEST(PriorErrors, NameTheNearest) {
  EXPECT_EQ(refused("bb(x) ~ normal(0, 1)"),
            "this model has no parameter of class `bb`; did you mean `b`?\n  bb(x) ~ normal(0, 1)\n  ^~");
  EXPECT_EQ(refused("b(y) ~ normal(0, 1)"),
            "`b` has no coefficient `y`; known are `x`, `z`, `IxE2`\n  b(y) ~ normal(0, 1)\n    ^");
  EXPECT_EQ(refused("sd(gg) ~ half_normal(1)"),
            "`sd` has no group `gg`; did you mean `g`?\n  sd(gg) ~ half_normal(1)\n     ^~");
  EXPECT_EQ(refused("sd(g, xx) ~ half_normal(1)"),
            "`sd` has no coefficient `xx`; did you mean `x`?\n  sd(g, xx) ~ half_normal(1)\n        ^~");
  EXPECT_EQ(refused("sd(h, x) ~ half_normal(1)").substr(0, 29), "`sd` has no coefficient `x`; ");
  EXPECT_EQ(refused("b(x) ~ norml(0, 1)"),
            "unknown distribution `norml`; did you mean `normal`?\n  b(x) ~ norml(0, 1)\n         ^~~~~");
}

TEST(PriorErrors, OfTheInterceptExplainCentring) {
  EXPECT_EQ(refused("b(Intercept) ~ normal(0, 1)"),
            "the intercept of the centred design is a class of its own; write Intercept ~ …, or put `0 + Intercept` "
            "into the formula\n  b(Intercept) ~ normal(0, 1)\n    ^~~~~~~~~");
  EXPECT_EQ(prior(bound("y ~ 0 + Intercept + x", kTable, with_priors({"b(Intercept) ~ normal(0, 1)"})), "b_Intercept"),
            "normal(0, 1)");
}

TEST(PriorErrors, SayWhichDistributionsFit) {
  EXPECT_EQ(refused("b ~ half_normal(1)"),
            "half_normal(1) does not fit `b(x)`; it may be any number: normal, student_t, cauchy, uniform, flat and "
            "constant fit\n  b ~ half_normal(1)\n      ^~~~~~~~~~~~~~");
  for (const std::string bad : {"b ~ lkj(1)", "b ~ gamma(1, 1)", "cor ~ normal(0, 1)", "sd ~ lkj(1)",
                                "sigma ~ uniform(-1, 1)", "sigma ~ constant(0)", "Intercept ~ beta(1, 1)"})
    EXPECT_NE(refused(bad).find(" does not fit `"), std::string::npos) << bad << ": " << refused(bad);
  EXPECT_NE(refused("cor ~ normal(0, 1)").find("lkj fits"), std::string::npos);
}

TEST(PriorErrors, OfTheGrammar) {
  EXPECT_NE(refused("normal(0, 1)").find("a prior is written TARGET ~ DISTRIBUTION"), std::string::npos);
  EXPECT_NE(refused("~ normal(0, 1)").find("a target is missing"), std::string::npos);
  EXPECT_NE(refused("b(x ~ normal(0, 1)").find("TARGET ~"), std::string::npos);
  EXPECT_NE(refused("b() ~ normal(0, 1)").find("a name is missing"), std::string::npos);
  EXPECT_NE(refused("b(x) y ~ normal(0, 1)").find("expected `~`"), std::string::npos);
  EXPECT_NE(refused("b(g, x) ~ normal(0, 1)").find("`b` takes a coefficient at most"), std::string::npos);
  EXPECT_NE(refused("sigma(x) ~ normal(0, 1)").find("`sigma` takes no name in brackets"), std::string::npos);
  EXPECT_NE(refused("cor(g, x) ~ lkj(1)").find("`cor` takes a group at most"), std::string::npos);
}

TEST(Priors, ReachTheModel) {
  const Bound fit = with({"b(z) ~ constant(2)", "sigma ~ normal(1, 2)", "sd(g) ~ flat()", "cor ~ lkj(2.5)"});
  const std::string text = model::to_text(fit.model);
  EXPECT_NE(text.find("b_z ~ constant(2)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sigma ~ normal(1, 2), positive\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sd_g__x ~ flat(), positive\n"), std::string::npos) << text;
  EXPECT_NE(text.find("~ lkj(2.5)\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace woodbury::design
