// The dense metric: the leapfrog of whitened coordinates against the textbook's with M⁻¹, and its mathematics.
#include "woodbury/nuts/whitened.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/hamiltonian.hpp"

namespace woodbury::nuts {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::curved;
using testing::factor_of;

const std::vector<double> kCentre{0.2, -0.1};

Eigen::Matrix2d sigma() { return Eigen::Matrix2d{{0.7, -0.5}, {-0.5, 1.9}}; }

/// A phase point given by position and whitened momentum.
Point at(const Whitened& whitened, Hamiltonian& hamiltonian, const std::vector<double>& q, std::vector<double> p) {
  Point z(q.size());
  whitened.whiten(q, z.q);
  z.p = std::move(p);
  hamiltonian.evaluate(z);
  return z;
}

double walk(Hamiltonian& hamiltonian, Point& z, double step, int steps) {
  double energy = 0;
  for (int i = 0; i < steps; ++i) energy = hamiltonian.leapfrog(z, step);
  return energy;
}

TEST(Whitened, ThereAndBackAgain) {
  auto density = testing::gaussian(testing::awkward_covariance(7, 1e4, 3));
  const std::vector<double> centre{1, 2, 3, 4, 5, 6, 7};
  const Whitened whitened(density, centre, factor_of(testing::awkward_covariance(7, 1e3, 4)));
  const std::vector<double> x{0.3, -1, 2, 0, 0.7, -0.2, 1};
  std::vector<double> q(7), back(7);
  whitened.unwhiten(x, q);
  whitened.whiten(q, back);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(back[i], x[i], 1e-9);
  whitened.unwhiten(std::vector<double>(7, 0.0), q);
  EXPECT_EQ(q, centre);
}

TEST(Whitened, TellsTheMetricItStandsFor) {
  auto density = curved();
  const Whitened whitened(density, kCentre, factor_of(sigma()));
  const auto metric = whitened.inverse_metric();
  for (Eigen::Index i = 0; i < 4; ++i) EXPECT_NEAR(metric[static_cast<std::size_t>(i)], sigma()(i / 2, i % 2), 1e-15);
}

TEST(Whitened, GradientIsTheDerivativeInItsOwnCoordinates) {
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  const std::vector<double> x{0.4, -0.9};
  std::vector<double> gradient(2), ignored(2);
  whitened.evaluate(x, gradient);
  for (std::size_t j = 0; j < 2; ++j) {
    auto above = x, below = x;
    above[j] += 1e-5;
    below[j] -= 1e-5;
    EXPECT_NEAR(gradient[j], (whitened.evaluate(above, ignored) - whitened.evaluate(below, ignored)) / 2e-5, 1e-8);
  }
}

TEST(Whitened, ItsLeapfrogIsTheTextbooksUnderADenseMetric) {
  // p ← p + ε/2 ∇, q ← q + ε Σ p, p ← p + ε/2 ∇, written out in q and p; H = −log π + ½ pᵀ Σ p.
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  Hamiltonian hamiltonian(whitened);
  const MatrixXd metric = sigma(), lower = metric.llt().matrixL();
  Point z = at(whitened, hamiltonian, {0.3, -0.8}, {1.1, 0.4});
  VectorXd q(2), p = lower.transpose().triangularView<Eigen::Upper>().solve(VectorXd::Map(z.p.data(), 2)), g(2);
  q << 0.3, -0.8;
  double value = density.evaluate({q.data(), 2}, {g.data(), 2});
  for (int i = 0; i < 20; ++i) {
    p += 0.05 * g;
    q += 0.1 * metric * p;
    value = density.evaluate({q.data(), 2}, {g.data(), 2});
    p += 0.05 * g;
    const double energy = hamiltonian.leapfrog(z, 0.1);
    EXPECT_NEAR(energy, p.dot(metric * p) / 2 - value, 1e-11);
  }
  std::vector<double> reached(2);
  whitened.unwhiten(z.q, reached);
  for (Eigen::Index j = 0; j < 2; ++j) EXPECT_NEAR(reached[static_cast<std::size_t>(j)], q[j], 1e-11);
}

TEST(Whitened, ComesBackWhenTimeRunsBackwards) {
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  Hamiltonian hamiltonian(whitened);
  const Point start = at(whitened, hamiltonian, {0.3, -0.8}, {1.1, 0.4});
  Point z = start;
  walk(hamiltonian, z, 0.05, 100);
  EXPECT_GT(std::hypot(z.q[0] - start.q[0], z.q[1] - start.q[1]), 0.1);
  walk(hamiltonian, z, -0.05, 100);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(z.q[i], start.q[i], 1e-12);
    EXPECT_NEAR(z.p[i], start.p[i], 1e-12);
  }
}

TEST(Whitened, EnergyErrorFallsWithTheSquareOfTheStep) {
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  Hamiltonian hamiltonian(whitened);
  const auto error = [&](double step) {
    Point z = at(whitened, hamiltonian, {0.3, -0.8}, {1.1, 0.4});
    const double start = hamiltonian.energy(z);
    return std::abs(walk(hamiltonian, z, step, static_cast<int>(std::lround(1 / step))) - start);
  };
  EXPECT_NEAR(error(0.01) / error(0.005), 4, 0.1);
  EXPECT_NEAR(error(0.005) / error(0.0025), 4, 0.05);
}

TEST(Whitened, PreservesVolumeOfPositionAndMomentum) {
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  Hamiltonian hamiltonian(whitened);
  const MatrixXd lower = sigma().llt().matrixL();
  // (q, p) before and after, p the momentum of q itself: L⁻ᵀ of the whitened one.
  const auto image = [&](const Eigen::Vector4d& from) -> Eigen::Vector4d {
    const Eigen::Vector2d whitened_p = lower.transpose() * from.tail<2>();
    Point z = at(whitened, hamiltonian, {from[0], from[1]}, {whitened_p[0], whitened_p[1]});
    walk(hamiltonian, z, 0.2, 3);
    std::vector<double> q(2);
    whitened.unwhiten(z.q, q);
    Eigen::Vector4d to;
    to << q[0], q[1], lower.transpose().triangularView<Eigen::Upper>().solve(Eigen::Vector2d(z.p[0], z.p[1]));
    return to;
  };
  const Eigen::Vector4d start(0.3, -0.8, 1.1, 0.4);
  Eigen::Matrix4d jacobian;
  for (int j = 0; j < 4; ++j) {
    const Eigen::Vector4d off = 1e-5 * Eigen::Vector4d::Unit(j);
    jacobian.col(j) = (image(start + off) - image(start - off)) / 2e-5;
  }
  EXPECT_GT((jacobian - Eigen::Matrix4d::Identity()).norm(), 0.5);
  EXPECT_NEAR(jacobian.determinant(), 1, 1e-7);
}

TEST(Whitened, ACopyServesAnotherThread) {
  auto density = curved();
  Whitened whitened(density, kCentre, factor_of(sigma()));
  const auto other = whitened.clone();
  const std::vector<double> x{0.4, -0.9};
  std::vector<double> one(2), two(2);
  EXPECT_EQ(whitened.evaluate(x, one), other->evaluate(x, two));
  EXPECT_EQ(one, two);
  EXPECT_EQ(other->failure(), "a matrix was not positive definite");
}

}  // namespace
}  // namespace woodbury::nuts
