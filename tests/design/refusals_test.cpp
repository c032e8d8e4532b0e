// What is refused or warned of, in the words the user reads.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/design/binding.hpp"

namespace woodbury::design {
namespace {

const char* const kTable =
    "y,x,f,g,w\n"
    "3,1,a,p,1\n5,2,a,p,2\n2,3,b,p,4\n9,4,b,q,1\n6,5,a,q,2\n5,6,a,q,4\n8,7,b,r,1\n7,8,a,r,2\n";

Options flat() { return with_priors({"b ~ flat()"}); }

TEST(Refusals, UnknownColumnsHaveACaret) {
  EXPECT_EQ(complaint("y ~ xx + (1 | g)", kTable), "no column `xx`; did you mean `x`?\n  y ~ xx + (1 | g)\n      ^~");
  Options options;
  options.sigma = "~ z";
  EXPECT_NE(complaint("y ~ x", kTable, options).find("no column `z`"), std::string::npos);
  options = {};
  options.weights = "ww";
  EXPECT_EQ(complaint("y ~ x", kTable, options),
            "--weights names `ww`, but there is no such column; did you mean `w`?");
}

TEST(Refusals, CollinearColumnsUnderFlatPriors) {
  EXPECT_EQ(complaint("y ~ x + w + I(2 * x - w)", kTable, flat()),
            "columns `x`, `w` and `I(2 * x - w)` are collinear, and their coefficients have flat priors; drop one, or "
            "give a prior: b(I2MUxMw) ~ normal(0, 1)");
  EXPECT_EQ(complaint("y ~ x + w + I(2 * x - w)", kTable), "no error");
}

TEST(Refusals, CollinearityCountsTheFlatCoefficientsAlone) {
  EXPECT_EQ(complaint("y ~ x + I(2 * x)", kTable, with_priors({"b(x) ~ flat()"})), "no error");
}

TEST(Refusals, AConstantColumnUnderAFlatPrior) {
  const std::string csv = "y,x,k\n1,1,0.1\n2,3,0.1\n4,2,0.1\n3,7,0.1\n";
  EXPECT_EQ(complaint("y ~ x + k", csv, flat()),
            "column `k` is constant, as the intercept is, and its coefficient has a flat prior; drop one, or give a "
            "prior: b(k) ~ normal(0, 1)");
  EXPECT_NE(complaint("y ~ 0 + Intercept + k", csv, flat()).find("columns `Intercept` and `k` are collinear"),
            std::string::npos);
}

TEST(Refusals, NearlyCollinearColumnsPass) {
  const std::string csv = "y,x,z\n1,1000001,1000001\n2,1000002,1000002\n4,1000003,1000003.01\n3,1000004,1000004\n";
  EXPECT_EQ(complaint("y ~ x + z", csv, flat()), "no error");
}

TEST(Refusals, TooManyColumnsUnderFlatPriors) {
  const std::string csv = "y,a,b,c\n1,3,1,5\n2,1,7,2\n";
  EXPECT_EQ(complaint("y ~ a + b + c", csv, flat()),
            "3 coefficients have flat priors, but there are only 2 rows; use fewer columns, or give them a prior: b ~ "
            "normal(0, 1)");
  EXPECT_EQ(complaint("y ~ a + b + c", csv), "no error");
}

TEST(Refusals, CollinearityOfTheSigmaPart) {
  Options options = with_priors({"b_sigma ~ flat()"});
  options.sigma = "~ x + I(2 * x)";
  EXPECT_NE(complaint("y ~ 1", kTable, options).find("b_sigma(I2MUx) ~ normal(0, 1)"), std::string::npos)
      << complaint("y ~ 1", kTable, options);
}

TEST(Refusals, AConstantResponse) {
  EXPECT_EQ(complaint("y ~ x", "y,x\n4,1\n4,2\n4,3\n"),
            "the response `y` is 4 in every row; a response that does not vary has nothing to estimate");
  EXPECT_NE(complaint("y ~ 1", "y\n4\n").find("there is only one row"), std::string::npos);
}

TEST(Refusals, NoCompleteRow) {
  EXPECT_EQ(complaint("y ~ x", "y,x\n4,NA\nNA,2\n5,NA\n"),
            "none of the 3 rows is complete: missing are `y` in 1, `x` in 2; leave such a column out of the model, or "
            "mend it");
}

TEST(Refusals, MissingValuesWhereTheyAreErrors) {
  Options options;
  options.drop_missing = false;
  EXPECT_EQ(complaint("y ~ x", "y,x\n4,1\n5,NA\n", options),
            "row 2: `x` is missing; mend the row, or drop incomplete rows with --na drop");
}

TEST(Refusals, ALognormalResponseIsPositive) {
  Options options;
  options.family = model::FamilyKind::lognormal;
  // The row is that of the table as read: row 2 is dropped.
  EXPECT_EQ(complaint("y ~ x", "y,x\n4,1\n5,NA\n-2,3\n", options),
            "row 3: `y` is -2; a lognormal response is positive: mend the row, or use the gaussian family");
}

TEST(Refusals, ARowALevelUnderAFreeSigma) {
  const std::string csv = "y,s,k,x\n4,1,a,1\n5,2,b,2\n7,1,c,4\n";
  EXPECT_EQ(complaint("y ~ 1 + (1 | k)", csv),
            "`k` has a row a level (3 of 3): its effects cannot be told from the residuals; drop the term, fix sigma "
            "(sigma ~ constant(1)), or name known residual sds with --se");
  Options options;
  options.se = "s";
  EXPECT_EQ(complaint("y ~ 1 + (1 | k)", csv, options), "no error");
  options = {};
  options.weights = "s";
  EXPECT_EQ(complaint("y ~ 1 + (1 | k)", csv, options), "no error");
  options = {};
  options.sigma = "~ x";
  EXPECT_EQ(complaint("y ~ 1 + (1 | k)", csv, options), "no error");
  EXPECT_EQ(complaint("y ~ 1 + (1 | k)", csv, with_priors({"sigma ~ constant(1)"})), "no error");
}

TEST(Refusals, WeightsAndKnownSdsArePositive) {
  Options options;
  options.weights = "w";
  const std::string csv = "y,w\n4,1\n5,0\n7,2\n";
  EXPECT_EQ(complaint("y ~ 1", csv, options), "row 2: `w` is 0; --weights takes a column of positive numbers");
  options = {};
  options.se = "w";
  EXPECT_EQ(complaint("y ~ 1", csv, options), "row 2: `w` is 0; --se takes a column of positive numbers");
  options.se = "f";
  EXPECT_EQ(complaint("y ~ 1", kTable, options), "--se takes a column of numbers; `f` is a factor");
}

TEST(Refusals, OptionsThatExcludeEachOther) {
  Options options;
  options.se = options.weights = "w";
  EXPECT_NE(complaint("y ~ 1", kTable, options).find("--se and --weights exclude each other"), std::string::npos);
  options.weights.clear();
  options.sigma = "~ x";
  EXPECT_NE(complaint("y ~ 1", kTable, options).find("--se and --sigma exclude each other"), std::string::npos);
}

TEST(Refusals, FormulasWithTheWrongSides) {
  EXPECT_NE(complaint("~ x", kTable).find("no response"), std::string::npos);
  Options options;
  options.sigma = "y ~ x";
  EXPECT_EQ(complaint("y ~ x", kTable, options),
            "the formula of --sigma has no response; write ~ and the predictors of log sigma\n  y ~ x\n  ^");
}

TEST(Refusals, AFactorOfOneLevel) {
  EXPECT_NE(complaint("y ~ f", "y,f\n1,a\n2,a\n").find("one level"), std::string::npos);
}

TEST(Refusals, TypesThatCannotBe) {
  Options options;
  options.numerics = {"f"};
  EXPECT_NE(complaint("y ~ f", kTable, options).find("--numeric f: `a` is not a number"), std::string::npos);
  options.numerics = {"g"};
  EXPECT_NE(complaint("y ~ 1 + (1 | g)", kTable, options).find("right of `|` a column is a factor"), std::string::npos);
  options.numerics = {"zz"};
  EXPECT_NE(complaint("y ~ x", kTable, options).find("--numeric names `zz`, which the model does not use"),
            std::string::npos);
  options.numerics = options.factors = {"x"};
  EXPECT_NE(complaint("y ~ x", kTable, options).find("`x` is named by --factor and by --numeric"), std::string::npos);
}

TEST(Refusals, NamesThatCollide) {
  const std::string csv = "y,a_b,ab,sigma\n1,3,1,5\n2,1,7,2\n4,4,2,2\n";
  EXPECT_NE(complaint("y ~ I(ab + a_b) + I(abPa_b)", "y,a_b,ab,abPa_b\n1,3,1,5\n2,1,7,2\n4,4,2,2\n")
                .find("two parameters would be named `b_IabPa_b`"),
            std::string::npos);
  EXPECT_NE(complaint("y ~ sigma", csv).find("`sigma`"), std::string::npos);
}

TEST(Warnings, OfASlopeFarFromZeroBesideAnIntercept) {
  const std::string csv = "y,year,g\n3,1995,p\n5,1996,p\n2,1997,p\n9,1995,q\n6,1996,q\n5,1997,q\n8,1995,r\n7,1996,r\n";
  const Bound fit = bound("y ~ year + (year | g)", csv);
  ASSERT_EQ(fit.warnings.size(), 1U);
  EXPECT_EQ(fit.warnings[0],
            "the effects of `g` on `year` stand beside an intercept at year = 0, but `year` has mean 1996 and sd "
            "0.8345; center(year) puts the intercept amid the data");
  EXPECT_TRUE(bound("y ~ year + (0 + year | g)", csv).warnings.empty());
  EXPECT_TRUE(bound("y ~ year + (center(year) | g)", csv).warnings.empty());
  EXPECT_TRUE(bound("y ~ x + (x | g)", kTable).warnings.empty());
}

}  // namespace
}  // namespace woodbury::design
