// Priors' densities: against Boost's distributions, against quadrature, and every derivative against differences.
#include "woodbury/density/log_prior.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/math/distributions.hpp>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/quadrature/sinh_sinh.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>

#include "tests/support/expect_gradient.hpp"

namespace woodbury::density {
namespace {

using model::DistributionKind;
using enum model::DistributionKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  DistributionKind kind;
  bool positive;
  std::vector<double> args;
  std::vector<double> points;
};

const std::vector<Case> kCases{
    {normal, false, {0.5, 2}, {-3, 0.1, 4}},
    {normal, true, {0.5, 2}, {0.05, 1, 4}},
    {normal, true, {-3, 0.7}, {0.05, 0.4}},
    {normal, true, {30, 2}, {27, 33}},
    {student_t, false, {3, 0.5, 2}, {-7, 0.2, 4}},
    {student_t, true, {3, 0.5, 2}, {0.2, 4}},
    {student_t, true, {2.5, -4, 1.5}, {0.2, 4}},
    {cauchy, false, {1, 2}, {-3, 0.1, 40}},
    {cauchy, true, {1, 2}, {0.1, 40}},
    {cauchy, true, {-9, 0.5}, {0.1, 4}},
    {half_normal, true, {2}, {0.2, 3}},
    {half_student_t, true, {3, 2}, {0.2, 9}},
    {half_cauchy, true, {5}, {0.2, 30}},
    {exponential, true, {0.3}, {0.2, 9}},
    {gamma, true, {2.5, 0.4}, {0.2, 9}},
    {inverse_gamma, true, {2.5, 0.4}, {0.05, 0.3, 2}},
    {lognormal, true, {0.3, 0.8}, {0.2, 9}},
    {uniform, false, {-2, 3}, {-1.5, 2.9}},
    {beta, false, {2.5, 0.7}, {0.05, 0.4, 0.97}},
};

std::string name(const Case& each) {
  return model::to_string({each.kind, each.args}) + (each.positive ? " on x > 0" : "");
}

double density(const Case& each, double x) { return std::exp(log_prior(each.kind, each.positive, x, each.args).value); }

double total(const Case& each) {
  namespace quad = boost::math::quadrature;
  const auto f = [&](double x) { return density(each, x); };
  if (each.kind == uniform) return quad::gauss_kronrod<double, 15>::integrate(f, each.args[0], each.args[1]);
  if (each.kind == beta) return quad::tanh_sinh<double>().integrate(f, 0.0, 1.0);
  if (!each.positive) return quad::sinh_sinh<double>().integrate(f);
  if (each.kind == normal) return quad::gauss_kronrod<double, 31>::integrate(f, 0.0, kInfinity, 12, 1e-11);
  return quad::exp_sinh<double>().integrate(f, 0.0, kInfinity);
}

TEST(LogPrior, IntegratesToOne) {
  for (const Case& each : kCases) EXPECT_NEAR(total(each), 1, 1e-7) << name(each);
}

TEST(LogPrior, HasExactDerivativesByTheValueAndEveryArgument) {
  for (const Case& each : kCases) {
    for (const double x : each.points) {
      const LogPrior at = log_prior(each.kind, each.positive, x, each.args);
      std::vector<double> point{x}, gradient{at.d_x};
      point.insert(point.end(), each.args.begin(), each.args.end());
      gradient.insert(gradient.end(), at.d_args.begin(), at.d_args.begin() + static_cast<long>(each.args.size()));
      const auto f = [&](std::span<const double> p) {
        return log_prior(each.kind, each.positive, p[0], p.subspan(1)).value;
      };
      testing::expect_gradient(f, point, gradient, 1e-8, name(each) + " at " + std::to_string(x));
    }
  }
}

TEST(LogPrior, AgreesWithBoostsDistributions) {
  namespace bm = boost::math;
  const auto value = [](DistributionKind kind, double x, std::vector<double> args) {
    return log_prior(kind, false, x, args).value;
  };
  EXPECT_NEAR(value(normal, 4, {0.5, 2}), std::log(pdf(bm::normal(0.5, 2), 4)), 1e-13);
  EXPECT_NEAR(value(student_t, 4, {3, 0.5, 2}), std::log(pdf(bm::students_t(3), 1.75) / 2), 1e-13);
  EXPECT_NEAR(value(student_t, 4, {1e6, 0.5, 2}), std::log(pdf(bm::students_t(1e6), 1.75) / 2), 1e-9);
  EXPECT_NEAR(value(cauchy, 40, {1, 2}), std::log(pdf(bm::cauchy(1, 2), 40)), 1e-13);
  EXPECT_NEAR(value(half_normal, 3, {2}), std::log(2 * pdf(bm::normal(0, 2), 3)), 1e-13);
  EXPECT_NEAR(value(half_student_t, 9, {3, 2}), std::log(pdf(bm::students_t(3), 4.5)), 1e-13);
  EXPECT_NEAR(value(half_cauchy, 30, {5}), std::log(2 * pdf(bm::cauchy(0, 5), 30)), 1e-13);
  EXPECT_NEAR(value(exponential, 9, {0.3}), std::log(pdf(bm::exponential(0.3), 9)), 1e-13);
  EXPECT_NEAR(value(gamma, 9, {2.5, 0.4}), std::log(pdf(bm::gamma_distribution<>(2.5, 1 / 0.4), 9)), 1e-13);
  EXPECT_NEAR(value(inverse_gamma, 2, {2.5, 0.4}), std::log(pdf(bm::inverse_gamma(2.5, 0.4), 2)), 1e-13);
  EXPECT_NEAR(value(lognormal, 9, {0.3, 0.8}), std::log(pdf(bm::lognormal(0.3, 0.8), 9)), 1e-13);
  EXPECT_NEAR(value(uniform, 0, {-2, 3}), -std::log(5), 1e-14);
  EXPECT_NEAR(value(beta, 0.97, {2.5, 0.7}), std::log(pdf(bm::beta_distribution<>(2.5, 0.7), 0.97)), 1e-12);
}

TEST(LogPrior, RenormalisesWhereTheLocationIsFarOutside) {
  // p(0) = λ/s with λ Mills' inverse ratio at 40: 40 + 1/40 − 2/40³ + 10/40⁵ − …
  const std::vector<double> args{-80, 2};
  EXPECT_NEAR(density({normal, true, args, {}}, 0), (40 + 1 / 40.0 - 2 / 64000.0 + 10 / 1.024e8) / 2, 1e-9);
  EXPECT_NEAR(total({normal, true, args, {}}), 1, 1e-8);
  // Either side of where the series takes over.
  const LogPrior near = log_prior(normal, true, 0.01, std::vector<double>{-24.999999, 1});
  const LogPrior far = log_prior(normal, true, 0.01, std::vector<double>{-25.000001, 1});
  EXPECT_NEAR(near.value, far.value, 1e-6);
  EXPECT_NEAR(near.d_args[0], far.d_args[0], 1e-6);
  EXPECT_NEAR(near.d_args[1], far.d_args[1], 1e-4);
}

TEST(LogPrior, IsMinusInfinityOutsideTheSupport) {
  const auto value = [](DistributionKind kind, bool positive, double x, std::vector<double> args) {
    return log_prior(kind, positive, x, args).value;
  };
  EXPECT_EQ(value(normal, true, -1e-9, {0, 1}), -kInfinity);
  EXPECT_EQ(value(half_cauchy, true, -1, {1}), -kInfinity);
  EXPECT_EQ(value(gamma, true, 0, {2, 1}), -kInfinity);
  EXPECT_EQ(value(uniform, false, 3.1, {-2, 3}), -kInfinity);
  EXPECT_EQ(value(beta, false, 1, {2, 2}), -kInfinity);
  EXPECT_EQ(value(flat, true, -1, {}), -kInfinity);
  EXPECT_EQ(value(flat, true, 7, {}), 0);
  EXPECT_EQ(value(constant, false, 7, {7}), 0);
  // Arguments and values that a trajectory may reach.
  EXPECT_EQ(value(normal, false, 1, {0, 0}), -kInfinity);
  EXPECT_EQ(value(half_normal, true, 1, {kInfinity}), -kInfinity);
  EXPECT_EQ(value(half_normal, true, kInfinity, {1}), -kInfinity);
}

TEST(FixedPrior, EqualsTheFullDensity) {
  for (const Case& each : kCases) {
    const FixedPrior fixed(each.kind, each.positive, each.args);
    for (const double x : each.points) {
      const LogPrior full = log_prior(each.kind, each.positive, x, each.args);
      EXPECT_EQ(fixed.evaluate(x).value, full.value) << name(each);
      EXPECT_EQ(fixed.evaluate(x).d_x, full.d_x) << name(each);
    }
  }
  EXPECT_EQ(FixedPrior(half_normal, true, std::vector<double>{1}).evaluate(-1).value, -kInfinity);
}

// ---- LKJ ------------------------------------------------------------------------------------------------------------

TEST(Lkj, NormaliserOfTwoByQuadrature) {
  for (const double eta : {0.7, 1.0, 2.5}) {
    const double integral = boost::math::quadrature::tanh_sinh<double>().integrate(
        [&](double r, double to_edge) { return std::pow(std::abs(to_edge) * (1 + std::abs(r)), eta - 1); }, -1.0, 1.0);
    EXPECT_NEAR(lkj_normaliser(eta, 2).value, std::log(integral), 1e-9) << eta;
  }
}

TEST(Lkj, NormaliserOfThreeByQuadrature) {
  using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
  EXPECT_NEAR(lkj_normaliser(1, 3).value, std::log(std::numbers::pi * std::numbers::pi / 2), 1e-13);
  for (const double eta : {2.0, 3.5}) {
    // ∫ det^(η − 1): r23 runs over r12 r13 ± √((1 − r12²)(1 − r13²)).
    const auto inner = [&](double a, double b) {
      const double half = std::sqrt((1 - a * a) * (1 - b * b));
      const auto f = [&](double c) {
        return std::pow(std::max(0.0, 1 + 2 * a * b * c - a * a - b * b - c * c), eta - 1);
      };
      return Rule::integrate(f, a * b - half, a * b + half, 3, 1e-10);
    };
    const auto middle = [&](double a) {
      return Rule::integrate([&](double b) { return inner(a, b); }, -1.0, 1.0, 3, 1e-10);
    };
    EXPECT_NEAR(lkj_normaliser(eta, 3).value, std::log(Rule::integrate(middle, -1.0, 1.0, 3, 1e-10)), 1e-6) << eta;
  }
}

TEST(Lkj, DerivativesByTheFactorAndByEta) {
  constexpr std::size_t d = 3;
  const std::vector<double> factor{1, 0.3, -0.5, 0, std::sqrt(1 - 0.09), 0.2, 0, 0, std::sqrt(1 - 0.25 - 0.04)};
  const auto value = [&](std::span<const double> p) {
    std::vector<double> unused(9), at = factor;
    at[4] = p[0];
    at[8] = p[1];
    return log_lkj_cholesky(p[2], lkj_normaliser(p[2], d).value, d, at, unused);
  };
  std::vector<double> adjoint(9);
  const double eta = 1.7;
  static_cast<void>(log_lkj_cholesky(eta, lkj_normaliser(eta, d).value, d, factor, adjoint));
  const double d_eta = 2 * (std::log(factor[4]) + std::log(factor[8])) - lkj_normaliser(eta, d).d_eta;
  testing::expect_gradient(value, std::vector<double>{factor[4], factor[8], eta},
                           std::vector<double>{adjoint[4], adjoint[8], d_eta}, 1e-9);
}

TEST(Lkj, ASingularFactorHasNoDensity) {
  std::vector<double> adjoint(4);
  EXPECT_EQ(log_lkj_cholesky(1, 0, 2, std::vector<double>{1, 1, 0, 0}, adjoint), -kInfinity);
}

}  // namespace
}  // namespace woodbury::density
