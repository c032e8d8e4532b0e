// Formulas as models: the graph's text, names, data, columns read, options.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/design/binding.hpp"

namespace woodbury::design {
namespace {

const char* const kTable =
    "y,x,f,g,h,w\n"
    "3,1,a,p,u,1\n5,2,a,p,v,2\n2,3,b,p,u,4\n9,4,b,q,v,1\n6,5,a,q,u,2\n5,6,a,q,v,4\n8,7,b,r,u,1\n7,8,a,r,v,2\n";

/// The model's text with short priors for every parameter.
std::string text(const std::string& formula, Options options = {}) {
  for (const PriorRow& row : bound(formula, kTable, options).priors) {
    const bool cor = row.target.starts_with("cor"), scale = row.target.starts_with("s");
    options.priors.push_back(row.target + (cor ? "~ lkj(1)" : scale ? "~ half_normal(1)" : "~ normal(0, 1)"));
  }
  return model::to_text(bound(formula, kTable, options).model);
}

TEST(Bind, CentresFixedColumnsBesideAnIntercept) {
  EXPECT_EQ(text("y ~ x + (1 | g)"),
            "Intercept ~ normal(0, 1)\n"
            "b_x ~ normal(0, 1)\n"
            "sd_g__Intercept ~ half_normal(1)\n"
            "r_g[g, g__coef] ~ normal(0, (sd_g__Intercept))\n"
            "sigma ~ half_normal(1)\n"
            "y ~ normal(Intercept + (x - 4.5) * b_x + r_g[g, Intercept], sigma)\n"
            "b_Intercept = Intercept - 4.5 * b_x\n");
}

TEST(Bind, AColumnCentredBeforehandIsTakenAsItIs) {
  // The mean of the three is 1.4e-17, not 0.
  const Bound fit = bound("y ~ x", "y,x\n1,0.1\n2,0.2\n4,-0.3\n");
  EXPECT_NE(model::to_text(fit.model).find("y ~ normal(Intercept + x * b_x, sigma)\nb_Intercept = Intercept\n"),
            std::string::npos)
      << model::to_text(fit.model);
}

TEST(Bind, KeepsTheRawDesignUnderZeroPlus) {
  EXPECT_EQ(text("y ~ 0 + Intercept + x + (1 | g)"),
            "b_Intercept ~ normal(0, 1)\n"
            "b_x ~ normal(0, 1)\n"
            "sd_g__Intercept ~ half_normal(1)\n"
            "r_g[g, g__coef] ~ normal(0, (sd_g__Intercept))\n"
            "sigma ~ half_normal(1)\n"
            "y ~ normal(b_Intercept + x * b_x + r_g[g, Intercept], sigma)\n");
}

TEST(Bind, CorrelatesTheEffectsOfATerm) {
  EXPECT_EQ(text("y ~ 1 + (x | g)"),
            "Intercept ~ normal(0, 1)\n"
            "sd_g__Intercept ~ half_normal(1)\n"
            "sd_g__x ~ half_normal(1)\n"
            "cor_g[g__coef, g__coef] ~ lkj(1)\n"
            "r_g[g, g__coef] ~ multi_normal(0, (sd_g__Intercept, sd_g__x), cor_g)\n"
            "sigma ~ half_normal(1)\n"
            "y ~ normal(Intercept + r_g[g, Intercept] + x * r_g[g, x], sigma)\n"
            "b_Intercept = Intercept\n");
}

TEST(Bind, OneVariableHoldsTheIndependentEffectsOfAFactor) {
  const std::string split = text("y ~ 1 + (1 | g) + (0 + x | g)");
  const std::string bars = text("y ~ 1 + (x || g)");
  EXPECT_NE(bars.find("r_g[g, g__coef] ~ normal(0, (sd_g__Intercept, sd_g__x))\n"), std::string::npos) << bars;
  EXPECT_NE(split.find("r_g[g, g__coef] ~ normal(0, (sd_g__Intercept, sd_g__x))\n"), std::string::npos) << split;
}

TEST(Bind, ACorrelatedTermIsABlockOfItsOwn) {
  const std::string out = text("y ~ 1 + (x | g) + (0 + w | g)");
  EXPECT_NE(out.find("r_g[g, g__coef] ~ multi_normal"), std::string::npos) << out;
  EXPECT_NE(out.find("sd_g__w ~ half_normal(1)\nr_g_2[g, g__coef_2] ~ normal(0, (sd_g__w))\n"), std::string::npos)
      << out;
}

TEST(Bind, NestedAndCrossedFactors) {
  const Options options = with_priors({"sigma ~ constant(1)"});
  const Bound fit = bound("y ~ 1 + (1 | g) + (1 | g:h) + (1 | h)", kTable, options);
  for (const char* name : {"r_g", "r_g:h", "r_h", "sd_g:h__Intercept"}) EXPECT_TRUE(fit.model.has(name)) << name;
  EXPECT_EQ(fit.model.data_factors(), (std::vector<std::string>{"g", "g:h", "h"}));
  EXPECT_EQ(fit.data.factor("g:h").levels.size(), 6U);
}

TEST(Bind, LogSigmaIsAPredictorOfItsOwn) {
  Options options;
  options.sigma = "~ x + (x | g)";
  EXPECT_EQ(text("y ~ x + (1 | g)", options),
            "Intercept ~ normal(0, 1)\n"
            "b_x ~ normal(0, 1)\n"
            "sd_g__Intercept ~ half_normal(1)\n"
            "r_g[g, g__coef] ~ normal(0, (sd_g__Intercept))\n"
            "Intercept_sigma ~ normal(0, 1)\n"
            "b_sigma_x ~ normal(0, 1)\n"
            "sd_g__sigma_Intercept ~ half_normal(1)\n"
            "sd_g__sigma_x ~ half_normal(1)\n"
            "cor_g__sigma[g__sigma_coef, g__sigma_coef] ~ lkj(1)\n"
            "r_g__sigma[g, g__sigma_coef] ~ multi_normal(0, (sd_g__sigma_Intercept, sd_g__sigma_x), cor_g__sigma)\n"
            "y ~ normal(Intercept + (x - 4.5) * b_x + r_g[g, Intercept], exp(Intercept_sigma + (x - 4.5) * b_sigma_x + "
            "r_g__sigma[g, Intercept] + x * r_g__sigma[g, x]))\n"
            "b_Intercept = Intercept - 4.5 * b_x\n"
            "b_sigma_Intercept = Intercept_sigma - 4.5 * b_sigma_x\n");
}

TEST(Bind, ASigmaOfOneAloneIsTheUsualSigma) {
  Options options;
  options.sigma = "~ 1";
  const Bound fit = bound("y ~ x", kTable, options);
  EXPECT_TRUE(fit.model.has("sigma"));
  EXPECT_FALSE(fit.sigma_coding);
}

TEST(Bind, WeightsDivideTheVariance) {
  Options options;
  options.weights = "w";
  EXPECT_NE(text("y ~ 1", options).find("y ~ normal(Intercept, sigma / sqrt(w))\n"), std::string::npos);
}

TEST(Bind, KnownResidualSdsLeaveNoSigma) {
  Options options = with_priors({"sd ~ half_normal(1)"});
  options.se = "w";
  const Bound fit = bound("y ~ 1 + (1 | g)", kTable, options);
  EXPECT_FALSE(fit.model.has("sigma"));
  EXPECT_NE(model::to_text(fit.model).find("r_g[g, Intercept], w)\n"), std::string::npos);
  EXPECT_EQ(prior(fit, "sigma"), "absent");
}

TEST(Bind, OffsetsAndTransformedResponses) {
  const std::string out = text("log(y) ~ 1 + offset(log(w))");
  EXPECT_NE(out.find("`log(y)` ~ normal(Intercept + `log(w)`, sigma)\n"), std::string::npos) << out;
}

TEST(Bind, Lognormal) {
  Options options;
  options.family = model::FamilyKind::lognormal;
  EXPECT_NE(text("y ~ 1", options).find("y ~ lognormal(Intercept, sigma)\n"), std::string::npos);
}

TEST(Bind, CoefficientsHaveBrmssNames) {
  const Bound fit = bound("y ~ I(x^2) + poly(w, 2) + f:x + center(x)", kTable, {});
  for (const char* name : {"b_IxE2", "b_polyw21", "b_polyw22", "b_fb:x", "b_centerx"})
    EXPECT_TRUE(fit.model.has(name)) << name << "\n" << model::to_text(fit.model);
}

TEST(Bind, ContrastsReachEveryPart) {
  Options options;
  options.contrasts = {"f={a:-0.5,b:0.5}"};
  options.sigma = "~ f";
  const Bound fit = bound("y ~ f + (f | g)", kTable, options);
  for (const std::string& name : fit.model.data_columns()) {
    if (name == "y") continue;
    for (const double value : fit.data.numeric(name)) EXPECT_EQ(std::abs(value), 0.5) << name;
  }
}

TEST(Bind, ColumnsOfSigmaThatOnlyShareANameArePrimed) {
  // Sum-coded f has a column f1; so has the indicator of its level 1 under `0 + f`, with other values.
  Options options;
  options.contrasts = {"f=sum"};
  options.factors = {"f"};
  options.sigma = "~ 0 + f";
  const Bound fit = bound("y ~ f", "y,f\n1,1\n2,2\n4,3\n3,1\n7,2\n5,3\n", options);
  EXPECT_EQ(fit.data.numeric("f1"), (std::vector<double>{1, 0, -1, 1, 0, -1}));
  EXPECT_EQ(fit.data.numeric("f1'"), (std::vector<double>{1, 0, 0, 1, 0, 0}));
  EXPECT_NE(model::to_text(fit.model).find("`f1'` * b_sigma_f1"), std::string::npos);
}

TEST(Bind, DataHoldsWhatTheModelNames) {
  const Bound fit = bound("y ~ f + (x | g)", kTable);
  EXPECT_EQ(fit.data.names(), (std::vector<std::string>{"y", "fb", "x", "g"}));
  EXPECT_EQ(fit.data.rows(), 8U);
  EXPECT_EQ(fit.dropped_rows, 0U);
}

TEST(Bind, DropsIncompleteRowsOfUsedColumnsAlone) {
  const std::string csv = "y,x,g,unused\n1,2,p,\nNA,3,p,1\n4,NA,q,1\n5,3,,1\n7,5,q,1\n2,8,q,1\n3,1,p,1\n";
  const Bound fit = bound("y ~ x + (1 | g)", csv);
  EXPECT_EQ(fit.dropped_rows, 3U);
  EXPECT_EQ(fit.data.numeric("y"), (std::vector<double>{1, 7, 2, 3}));
}

TEST(Bind, LevelsWithoutRowsVanish) {
  const Bound fit = bound("y ~ f + (1 | g)", "y,f,g\n1,a,p\n2,b,p\nNA,c,s\n4,b,q\n3,a,q\n7,a,q\n");
  EXPECT_FALSE(fit.model.has("b_fc"));
  EXPECT_EQ(fit.data.factor("g").levels, (std::vector<std::string>{"p", "q"}));
}

TEST(Bind, TypesCanBeOverridden) {
  Options options;
  options.factors = {"w"};
  EXPECT_TRUE(bound("y ~ w", kTable, options).model.has("b_w4"));
  const frame::Frame table = frame::parse_csv(kTable);
  EXPECT_TRUE(bind("y ~ w + (1 | g)", table, options).model.has("b_w4"));
  frame::Frame texts = table;
  texts.add("t", frame::make_factor({"1", "2", "3", "4", "5", "6", "7", "8.5"}));
  options = {};
  options.numerics = {"t"};
  EXPECT_EQ(bind("y ~ t", texts, options).data.numeric("t")[7], 8.5);
}

TEST(Columns, UsedAndFactors) {
  Options options;
  options.sigma = "~ s + (1 | k)";
  options.weights = "w";
  options.factors = {"f"};
  EXPECT_EQ(columns_used("log(y) ~ x * f + (x | g/h)", options),
            (std::vector<std::string>{"y", "x", "f", "g", "h", "s", "k", "w"}));
  EXPECT_EQ(factor_columns("log(y) ~ x * f + (x | g/h)", options), (std::vector<std::string>{"g", "h", "k", "f"}));
}

}  // namespace
}  // namespace woodbury::design
