// Modes with known places and curvatures, and densities whose mode is no guide.
#include "woodbury/nuts/mode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"

namespace woodbury::nuts {
namespace {

using Eigen::MatrixXd;
using testing::FromFunction;

MatrixXd covariance_of(const Mode& mode) {
  const auto n = static_cast<Eigen::Index>(mode.q.size());
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> l(mode.factor.data(),
                                                                                                   n, n);
  return l * l.transpose();
}

/// Distances in units of standard deviations, of a covariance in units of the true one.
void expect_covariance(const MatrixXd& found, const MatrixXd& truth, double tolerance) {
  const MatrixXd inverse_root = MatrixXd(truth.llt().matrixL()).inverse();
  const MatrixXd whitened = inverse_root * found * inverse_root.transpose();
  EXPECT_LT((whitened - MatrixXd::Identity(truth.rows(), truth.cols())).norm(), tolerance);
}

TEST(Mode, OfCorrelatedAndBadlyScaledGaussians) {
  for (const Eigen::Index n : {1, 2, 5, 12, 25}) {
    const MatrixXd covariance = testing::awkward_covariance(n, 100, 7);
    auto density = testing::gaussian(covariance);
    const Mode mode = find_mode(density, {});
    ASSERT_TRUE(mode.usable()) << n << ": " << mode.reason;
    EXPECT_NEAR(mode.log_density, 0, 1e-4) << n;
    expect_covariance(covariance_of(mode), covariance, 1e-5);
    EXPECT_GT(mode.gradients, static_cast<std::size_t>(2 * n));
  }
}

TEST(Mode, FarFromWhereTheClimbBegins) {
  auto density = testing::independent({1e4, -3, 2e-3}, {1e3, 1, 1e-3});
  const Mode mode = find_mode(density, {});
  ASSERT_TRUE(mode.usable()) << mode.reason;
  EXPECT_NEAR(mode.q[0], 1e4, 10);
  EXPECT_NEAR(mode.q[1], -3, 0.01);
  EXPECT_NEAR(mode.q[2], 2e-3, 1e-5);
}

TEST(Mode, AtTheEndOfRosenbrocksValley) {
  auto density = testing::rosenbrock();
  const Mode mode = find_mode(density, {});
  EXPECT_NEAR(mode.q[0], 1, 0.02);
  EXPECT_NEAR(mode.q[1], 1, 0.04);
  // −∂² at (1, 1): [[1 + 80, −40], [−40, 20]].
  const MatrixXd hessian{{81, -40}, {-40, 20}};
  expect_covariance(covariance_of(mode), hessian.inverse(), 0.1);
}

TEST(Mode, OfLogScalesThatStartExponentiallyFarOff) {
  // n draws of scale eˢ: −n q − n e²ˢ⁻²q / 2 climbs from gradients of e¹⁶ down, and BFGS's estimate suffers for it.
  const double n[3] = {4000, 20, 15}, s[3] = {8, 4, -1};
  FromFunction density(3, [&](std::span<const double> q, std::span<double> g) {
    double value = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double excess = n[i] * std::exp(2 * (s[i] - q[i]));
      g[i] = excess - n[i];
      value -= n[i] * q[i] + excess / 2;
    }
    return value;
  });
  const Mode mode = find_mode(density, {});
  ASSERT_TRUE(mode.usable()) << mode.reason;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(mode.q[i], s[i], 0.02 / std::sqrt(2 * n[i])) << i;
    EXPECT_NEAR(mode.factor[4 * i] * std::sqrt(2 * n[i]), 1, 0.01) << i;
  }
}

TEST(Mode, CountsEveryGradientAndRepeatsItself) {
  std::size_t asked = 0;
  FromFunction counting(2, [&asked](std::span<const double> q, std::span<double> g) {
    ++asked;
    return testing::curved().evaluate(q, g);
  });
  const Mode first = find_mode(counting, {});
  EXPECT_EQ(first.gradients, asked);
  const Mode second = find_mode(counting, {});
  EXPECT_EQ(first.q, second.q);
  EXPECT_EQ(first.factor, second.factor);
}

TEST(Mode, StartsWhereItIsTold) {
  std::vector<std::vector<double>> asked;
  FromFunction density(1, [&asked](std::span<const double> q, std::span<double> g) {
    asked.emplace_back(q.begin(), q.end());
    g[0] = -(q[0] - 5);
    return -(q[0] - 5) * (q[0] - 5) / 2;
  });
  ModeOptions options;
  options.start = {4.25};
  EXPECT_TRUE(find_mode(density, options).usable());
  EXPECT_EQ(asked.front(), std::vector<double>{4.25});
}

std::string reason(FromFunction density) { return find_mode(density, {}).reason; }

TEST(Mode, RefusesWhatIsFarFromNormal) {
  const std::string far = "the density is far from normal around its mode";
  EXPECT_EQ(reason(testing::funnel()), far);
  // A mode at infinity: −exp(−q) climbs on as long as rounding lets it.
  EXPECT_NE(reason({1,
                    [](std::span<const double> q, std::span<double> g) {
                      g[0] = std::exp(-q[0]);
                      return -std::exp(-q[0]);
                    }}),
            "");
}

TEST(Mode, RefusesTwoModesThatMatter) {
  EXPECT_EQ(reason(testing::bimodal(6)), "the density has more than one mode");
  EXPECT_EQ(reason(testing::bimodal(0.5)), "");  // one hump
}

TEST(Mode, RefusesDensitiesWithoutOne) {
  const auto linear = [](std::span<const double> q, std::span<double> g) { return g[0] = 1, q[0]; };
  EXPECT_EQ(reason({1, linear}), "no mode was found");
  const auto constant = [](std::span<const double>, std::span<double> g) { return g[0] = 0; };
  EXPECT_EQ(reason({1, constant}), "the Hessian at the mode is not positive definite");
  const auto nowhere = [](std::span<const double>, std::span<double> g) { return g[0] = 0, -testing::kInfinity; };
  EXPECT_EQ(reason({1, nowhere}), "no mode was found");
  // A ridge: x + y is known, x − y is not.
  EXPECT_EQ(reason({2,
                    [](std::span<const double> q, std::span<double> g) {
                      const double sum = q[0] + q[1];
                      g[0] = g[1] = -sum;
                      return -sum * sum / 2;
                    }}),
            "the Hessian at the mode is not positive definite");
}

TEST(Mode, BesideAPoleThatClimbsReach) {
  // −log|q| beyond a bump at 3: climbs from the left end in the pole at 0, which has no highest point.
  const std::string why = reason({1, [](std::span<const double> q, std::span<double> g) {
                                    const double x = q[0], bump = std::exp(-(x - 3) * (x - 3) * 50);
                                    g[0] = -1 / x - 100 * (x - 3) * bump;
                                    return -std::log(std::abs(x)) + bump;
                                  }});
  EXPECT_NE(why, "");
}

}  // namespace
}  // namespace woodbury::nuts
