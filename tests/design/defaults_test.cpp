// Default priors: the contract's table on moments worked out by R 4.2 and by hand.
#include "woodbury/design/defaults.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/design/binding.hpp"

namespace woodbury::design {
namespace {

const std::vector<double> kResponse{3.1, 4.7, 2.2, 9.5, 6.6, 5.1, 8.05, 7.3};
// mean and sd of x: 4.625, 2.66926956300783; of the indicator of f = b: 0.375, 0.51754916950676577.
const char* const kTable =
    "y,x,f,g\n"
    "3.1,1,a,p\n4.7,2,a,p\n2.2,3,b,p\n9.5,4,b,q\n6.6,5,a,q\n5.1,6,a,q\n8.05,7,b,r\n7.3,9,a,r\n";
constexpr double kMean = 5.81875, kSd = 2.49541543921763;  // of y, from R
constexpr double kSdX = 2.66926956300783, kSdF = 0.51754916950676577;

void expect_prior(const Bound& bound, const std::string& parameter, model::DistributionKind kind,
                  const std::vector<double>& args) {
  const model::Prior found = model::parse_prior(prior(bound, parameter));
  EXPECT_EQ(found.kind, kind) << parameter;
  ASSERT_EQ(found.args.size(), args.size()) << parameter;
  for (std::size_t i = 0; i < args.size(); ++i) EXPECT_NEAR(found.args[i], args[i], 1e-9) << parameter << ", " << i;
}

using enum model::DistributionKind;

TEST(ResponseMoments, AreRs) {
  const ResponseMoments y = response_moments(kResponse);
  EXPECT_NEAR(y.mean, kMean, 1e-14);
  EXPECT_NEAR(y.sd, kSd, 1e-13);
  EXPECT_NEAR(y.median, 5.85, 1e-14);
  EXPECT_NEAR(y.mad, 2.705745, 1e-12);
  EXPECT_EQ(response_moments(std::vector<double>{5, 1, 3}).median, 3);
  EXPECT_EQ(response_moments(std::vector<double>{7}).sd, 0);
}

TEST(ResponseMoments, DoNotLoseDigitsFarFromZero) {
  EXPECT_NEAR(response_moments(std::vector<double>{1e9 + 1, 1e9 + 2, 1e9 + 3}).sd, 1, 1e-12);
}

TEST(RoundToTenth, IsRsRound) {
  const std::vector<double> x{0.15, 0.25, 0.35, 0.45, 2.25, -0.25, -0.15, 298.65, 56.05, 1234.55, 0.05, 3, -7.2};
  const std::vector<double> r{0.1, 0.2, 0.3, 0.4, 2.2, -0.2, -0.1, 298.6, 56, 1234.6, 0, 3, -7.2};
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_DOUBLE_EQ(round_to_tenth(x[i]), r[i]) << x[i];
}

TEST(WoodburyDefaults, OfAMixedModel) {
  const Bound fit = bound("y ~ x + f + (x | g)", kTable);
  expect_prior(fit, "Intercept", normal, {kMean, 2.5 * kSd});
  expect_prior(fit, "b_x", normal, {0, 2.5 * kSd / kSdX});
  expect_prior(fit, "b_fb", normal, {0, 2.5 * kSd / kSdF});
  expect_prior(fit, "sd_g__Intercept", half_student_t, {3, kSd});
  expect_prior(fit, "sd_g__x", half_student_t, {3, kSd / kSdX});
  expect_prior(fit, "cor_g", lkj, {1});
  expect_prior(fit, "sigma", half_student_t, {3, kSd});
  EXPECT_EQ(fit.priors.size(), 7U);
  for (const PriorRow& row : fit.priors) EXPECT_EQ(row.source, "default");
}

TEST(WoodburyDefaults, OfRawInterceptsAndIndicators) {
  const double wide = 2.5 * kSd * std::sqrt(1 + (4.625 / kSdX) * (4.625 / kSdX));
  const Bound raw = bound("y ~ 0 + Intercept + x", kTable);
  expect_prior(raw, "b_Intercept", normal, {kMean, wide});
  expect_prior(raw, "b_x", normal, {0, 2.5 * kSd / kSdX});
  const Bound cells = bound("y ~ 0 + f + x", kTable);
  expect_prior(cells, "b_fa", normal, {kMean, wide});
  expect_prior(cells, "b_fb", normal, {kMean, wide});
  const Bound groups = bound("y ~ 1 + (0 + f | g)", kTable);
  expect_prior(groups, "sd_g__fa", half_student_t, {3, kSd});
}

TEST(WoodburyDefaults, OfTheSigmaPart) {
  Options options;
  options.sigma = "~ x + (x | g)";
  const Bound fit = bound("y ~ 1", kTable, options);
  expect_prior(fit, "Intercept_sigma", normal, {std::log(kSd), 2.5});
  expect_prior(fit, "b_sigma_x", normal, {0, 1 / kSdX});
  expect_prior(fit, "sd_g__sigma_Intercept", half_normal, {1});
  expect_prior(fit, "sd_g__sigma_x", half_normal, {1 / kSdX});
  expect_prior(fit, "cor_g__sigma", lkj, {1});
  EXPECT_EQ(prior(fit, "sigma"), "absent");
  options.sigma = "~ 0 + f";
  expect_prior(bound("y ~ 1", kTable, options), "b_sigma_fb", normal, {std::log(kSd), 2.5});
}

TEST(WoodburyDefaults, UnderLognormalAreOfTheLog) {
  Options options;
  options.family = model::FamilyKind::lognormal;
  const Bound fit = bound("y ~ x", kTable, options);
  expect_prior(fit, "Intercept", normal, {1.66357130094067, 2.5 * 0.498909315402789});
  expect_prior(fit, "b_x", normal, {0, 2.5 * 0.498909315402789 / kSdX});
  expect_prior(fit, "sigma", half_student_t, {3, 0.498909315402789});
}

TEST(WoodburyDefaults, StayFiniteForAConstantColumn) {
  const Bound fit = bound("y ~ x + k", "y,x,k\n1,1,4\n2,3,4\n4,2,4\n");
  expect_prior(fit, "b_k", normal, {0, 2.5 * std::sqrt(7.0 / 3) / 4});
}

TEST(BrmsDefaults, OfAMixedModel) {
  Options options;
  options.defaults = DefaultPriors::brms;
  const Bound fit = bound("y ~ x + (x | g)", kTable, options);
  // median 5.85, mad 2.705745; R: round(5.85, 1) is 5.8.
  EXPECT_EQ(prior(fit, "Intercept"), "student_t(3, 5.8, 2.7)");
  EXPECT_EQ(prior(fit, "b_x"), "flat()");
  EXPECT_EQ(prior(fit, "sd_g__Intercept"), "half_student_t(3, 0, 2.7)");
  EXPECT_EQ(prior(fit, "sd_g__x"), "half_student_t(3, 0, 2.7)");
  EXPECT_EQ(prior(fit, "cor_g"), "lkj(1)");
  EXPECT_EQ(prior(fit, "sigma"), "half_student_t(3, 0, 2.7)");
}

TEST(BrmsDefaults, HaveAScaleOfAtLeastTwoAndAHalf) {
  Options options;
  options.defaults = DefaultPriors::brms;
  options.family = model::FamilyKind::lognormal;
  const Bound fit = bound("y ~ 1 + (1 | g)", kTable, options);
  EXPECT_EQ(prior(fit, "Intercept"), "student_t(3, 1.8, 2.5)");
  EXPECT_EQ(prior(fit, "sigma"), "half_student_t(3, 0, 2.5)");
}

TEST(BrmsDefaults, OfTheSigmaPart) {
  Options options;
  options.defaults = DefaultPriors::brms;
  options.sigma = "~ x + (1 | g)";
  const Bound fit = bound("y ~ 1", kTable, options);
  EXPECT_EQ(prior(fit, "Intercept_sigma"), "student_t(3, 0, 2.5)");
  EXPECT_EQ(prior(fit, "b_sigma_x"), "flat()");
  EXPECT_EQ(prior(fit, "sd_g__sigma_Intercept"), "half_student_t(3, 0, 2.5)");
}

}  // namespace
}  // namespace woodbury::design
