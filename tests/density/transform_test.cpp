// Transforms: round trips, log-Jacobians against determinants, gradients, extremes, and LKJ's mass through the map.
#include "woodbury/density/transform.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <Eigen/LU>

#include "tests/support/expect_gradient.hpp"
#include "woodbury/base/base.hpp"
#include "woodbury/density/log_prior.hpp"

namespace woodbury::density {
namespace {

std::vector<double> random_vector(base::Stream& stream, std::size_t size, double scale) {
  std::vector<double> out(size);
  for (double& each : out) each = scale * stream.normal();
  return out;
}

const std::vector<Transform> kTransforms{
    Transform::real(3),        Transform::positive(3),         Transform::interval(3, -2, 5),
    Transform::correlation(1), Transform::correlation(2),      Transform::correlation(3),
    Transform::correlation(5), Transform::signed_scale(3, 0.7)};

std::string name(const Transform& transform) {
  return "kind " + std::to_string(static_cast<int>(transform.kind())) + ", " +
         std::to_string(transform.unconstrained_size());
}

/// Positions in x of the free elements: all, or the strictly lower triangle.
std::vector<std::size_t> free_elements(const Transform& transform) {
  std::vector<std::size_t> out;
  if (transform.kind() != Transform::Kind::correlation) {
    out.resize(transform.constrained_size());
    std::iota(out.begin(), out.end(), std::size_t{0});
    return out;
  }
  const auto d = static_cast<std::size_t>(std::sqrt(static_cast<double>(transform.constrained_size())) + 0.5);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < i; ++j) out.push_back(j * d + i);
  return out;
}

TEST(Transform, RoundTrips) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  for (const Transform& transform : kTransforms) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto q = random_vector(stream, transform.unconstrained_size(), 1.5);
      std::vector<double> x(transform.constrained_size()), back(q.size());
      transform.forward(q, x);
      transform.unconstrain(x, back);
      for (std::size_t i = 0; i < q.size(); ++i) EXPECT_NEAR(back[i], q[i], 1e-9) << name(transform);
    }
  }
}

TEST(Transform, LogJacobianIsTheLogDeterminant) {
  base::Stream stream(2, 0, 0, base::Purpose::test);
  for (const Transform& transform : kTransforms) {
    const auto q = random_vector(stream, transform.unconstrained_size(), 0.8);
    const auto rows = free_elements(transform);
    const auto size = static_cast<Eigen::Index>(q.size());
    std::vector<double> x(transform.constrained_size());
    Eigen::MatrixXd jacobian(size, size);
    for (Eigen::Index r = 0; r < size; ++r) {
      const auto element = [&](std::span<const double> p) {
        transform.forward(p, x);
        return x[rows[static_cast<std::size_t>(r)]];
      };
      for (Eigen::Index c = 0; c < size; ++c)
        jacobian(r, c) = testing::difference(element, q, static_cast<std::size_t>(c), 0.05);
    }
    const double expected = size == 0 ? 0 : std::log(std::abs(jacobian.determinant()));
    EXPECT_NEAR(transform.forward(q, x), expected, 1e-8) << name(transform);
  }
}

TEST(Transform, BackwardIsTheGradient) {
  base::Stream stream(3, 0, 0, base::Purpose::test);
  for (const Transform& transform : kTransforms) {
    for (const double scale : {0.3, 1.5, 4.0}) {
      const auto q = random_vector(stream, transform.unconstrained_size(), scale);
      const auto weights = random_vector(stream, transform.constrained_size(), 1);
      std::vector<double> x(transform.constrained_size());
      const auto f = [&](std::span<const double> p) {
        const double log_jacobian = transform.forward(p, x);
        return std::inner_product(x.begin(), x.end(), weights.begin(), log_jacobian);
      };
      f(q);
      const std::vector<double> at = x;
      std::vector<double> gradient(q.size(), 7.0);  // accumulates
      transform.backward(q, at, weights, gradient);
      for (double& each : gradient) each -= 7;
      testing::expect_gradient(f, q, gradient, 1e-8, name(transform));
    }
  }
}

TEST(Correlation, RowsHaveUnitNormAndTheUpperTriangleIsZero) {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  constexpr std::size_t d = 4;
  const Transform transform = Transform::correlation(d);
  for (const double scale : {0.5, 3.0, 20.0}) {
    std::vector<double> x(d * d, 99);
    transform.forward(random_vector(stream, 6, scale), x);
    for (std::size_t i = 0; i < d; ++i) {
      double norm = 0;
      for (std::size_t j = 0; j <= i; ++j) norm += x[j * d + i] * x[j * d + i];
      EXPECT_NEAR(norm, 1, 1e-14);
      for (std::size_t j = i + 1; j < d; ++j) EXPECT_EQ(x[j * d + i], 0);
    }
  }
}

TEST(Correlation, OfTwoIsTheHyperbolicTangent) {
  std::vector<double> x(4);
  const double log_jacobian = Transform::correlation(2).forward(std::vector<double>{0.7}, x);
  EXPECT_NEAR(x[1], std::tanh(0.7), 1e-15);
  EXPECT_NEAR(x[3], 1 / std::cosh(0.7), 1e-15);
  EXPECT_NEAR(log_jacobian, -2 * std::log(std::cosh(0.7)), 1e-15);
}

TEST(Correlation, StaysFiniteWhereTheTangentRoundsToOne) {
  for (const double size : {20.0, 45.0, 300.0}) {
    const std::vector<double> q{size, -size, 0.5};
    const Transform transform = Transform::correlation(3);
    std::vector<double> x(9), back(3), gradient(3), adjoint(9);
    const double log_jacobian = transform.forward(q, x);
    EXPECT_TRUE(std::isfinite(log_jacobian));
    EXPECT_GT(x[4], 0);
    EXPECT_GT(x[8], 0);
    EXPECT_NEAR(std::abs(x[1]), 1, 1e-12);
    const double log_density = log_jacobian + log_lkj_cholesky(2, lkj_normaliser(2, 3).value, 3, x, adjoint);
    EXPECT_TRUE(std::isfinite(log_density));
    transform.backward(q, x, adjoint, gradient);
    // By log sech: partial correlations are independent with densities ∝ sech^(2η + d − 2 − j), j the conditioning set.
    EXPECT_NEAR(gradient[0], -5, 1e-9);
    EXPECT_NEAR(gradient[1], 5, 1e-9);
    EXPECT_NEAR(gradient[2], -4 * std::tanh(0.5), 1e-9);
    transform.unconstrain(x, back);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(back[i], q[i], 1e-9 * size);
  }
}

TEST(Correlation, CarriesTheWholeMassOfLkj) {
  // Trapezoids converge exponentially on integrands that vanish with all derivatives at both ends.
  constexpr std::size_t d = 3;
  const Transform transform = Transform::correlation(d);
  for (const double eta : {1.0, 2.5}) {
    const double log_normaliser = lkj_normaliser(eta, d).value, step = 0.3, end = 9;
    std::vector<double> x(9), q(3), adjoint(9);
    double sum = 0;
    for (q[0] = -end; q[0] <= end; q[0] += step)
      for (q[1] = -end; q[1] <= end; q[1] += step)
        for (q[2] = -end; q[2] <= end; q[2] += step) {
          const double log_jacobian = transform.forward(q, x);
          sum += std::exp(log_jacobian + log_lkj_cholesky(eta, log_normaliser, d, x, adjoint));
        }
    EXPECT_NEAR(sum * step * step * step, 1, 1e-6) << eta;
  }
}

TEST(Interval, StaysInsideAndFiniteAtExtremes) {
  const Transform transform = Transform::interval(2, -2, 5);
  const std::vector<double> q{-700, 700};
  std::vector<double> x(2), gradient(2);
  EXPECT_NEAR(transform.forward(q, x), 2 * (std::log(7) - 700), 1e-9);
  EXPECT_GE(x[0], -2);
  EXPECT_LE(x[1], 5);
  transform.backward(q, x, std::vector<double>{1, 1}, gradient);
  EXPECT_NEAR(gradient[0], 1, 1e-12);
  EXPECT_NEAR(gradient[1], -1, 1e-12);
}

}  // namespace
}  // namespace woodbury::density
