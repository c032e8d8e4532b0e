// The leapfrog as mathematics: reversible, volume preserving, of second order.
#include "woodbury/nuts/hamiltonian.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"

namespace woodbury::nuts {
namespace {

using testing::curved;

const std::vector<double> kMetric{0.7, 1.9};

Point at(Hamiltonian& hamiltonian, std::vector<double> q, std::vector<double> p) {
  Point z(q.size());
  z.q = std::move(q);
  z.p = std::move(p);
  hamiltonian.evaluate(z);
  return z;
}

double walk(Hamiltonian& hamiltonian, Point& z, double step, int steps) {
  double energy = 0;
  for (int i = 0; i < steps; ++i) energy = hamiltonian.leapfrog(z, step);
  return energy;
}

TEST(Leapfrog, ComesBackWhenTimeRunsBackwards) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(kMetric);
  const Point start = at(hamiltonian, {0.3, -0.8}, {1.1, 0.4});
  Point z = start;
  walk(hamiltonian, z, 0.05, 100);
  EXPECT_GT(std::hypot(z.q[0] - start.q[0], z.q[1] - start.q[1]), 0.1);
  walk(hamiltonian, z, -0.05, 100);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(z.q[i], start.q[i], 1e-12);
    EXPECT_NEAR(z.p[i], start.p[i], 1e-12);
  }
}

TEST(Leapfrog, ComesBackWithTheMomentumFlipped) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  Point z = at(hamiltonian, {0.3, -0.8}, {1.1, 0.4});
  walk(hamiltonian, z, 0.05, 40);
  for (double& p : z.p) p = -p;
  walk(hamiltonian, z, 0.05, 40);
  EXPECT_NEAR(z.q[0], 0.3, 1e-12);
  EXPECT_NEAR(z.p[1], -0.4, 1e-12);
}

TEST(Leapfrog, EnergyErrorFallsWithTheSquareOfTheStep) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(kMetric);
  const auto error = [&](double step) {
    Point z = at(hamiltonian, {0.3, -0.8}, {1.1, 0.4});
    const double start = hamiltonian.energy(z);
    return std::abs(walk(hamiltonian, z, step, static_cast<int>(std::lround(1 / step))) - start);
  };
  EXPECT_NEAR(error(0.02) / error(0.01), 4, 0.1);
  EXPECT_NEAR(error(0.01) / error(0.005), 4, 0.05);
}

TEST(Leapfrog, PreservesVolume) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(kMetric);
  const std::vector<double> start{0.3, -0.8, 1.1, 0.4};
  const auto image = [&](const std::vector<double>& from) {
    Point z = at(hamiltonian, {from[0], from[1]}, {from[2], from[3]});
    walk(hamiltonian, z, 0.2, 3);
    return Eigen::Vector4d(z.q[0], z.q[1], z.p[0], z.p[1]);
  };
  Eigen::Matrix4d jacobian;
  constexpr double kStep = 1e-5;
  for (int j = 0; j < 4; ++j) {
    auto above = start, below = start;
    above[static_cast<std::size_t>(j)] += kStep;
    below[static_cast<std::size_t>(j)] -= kStep;
    jacobian.col(j) = (image(above) - image(below)) / (2 * kStep);
  }
  EXPECT_GT((jacobian - Eigen::Matrix4d::Identity()).norm(), 0.5);  // the map does move
  EXPECT_NEAR(jacobian.determinant(), 1, 1e-7);
}

TEST(Leapfrog, IsExactOnTheDiscreteHarmonicOscillator) {
  // For −q²/2 one step is linear: q' = (1 − ε²/2) q + ε p, and p' = (1 − ε²/2) p − ε (1 − ε²/4) q.
  auto density = testing::independent({0}, {1});
  Hamiltonian hamiltonian(density);
  Point z = at(hamiltonian, {0.6}, {-1.3});
  const double e = 0.7, c = 1 - e * e / 2;
  const double energy = hamiltonian.leapfrog(z, e);
  const double q = c * 0.6 + e * -1.3, p = c * -1.3 - e * (1 - e * e / 4) * 0.6;
  EXPECT_NEAR(z.q[0], q, 1e-15);
  EXPECT_NEAR(z.p[0], p, 1e-15);
  EXPECT_NEAR(energy, (q * q + p * p) / 2, 1e-15);
  EXPECT_EQ(hamiltonian.gradients(), 2U);
}

TEST(Hamiltonian, DrawsMomentaOfTheMetricsPrecision) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(kMetric);
  base::Stream stream(1, 0, 0, base::Purpose::test);
  Point z(2);
  double squares[2] = {0, 0}, kinetic = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    hamiltonian.draw_momentum(z, stream);
    for (std::size_t j = 0; j < 2; ++j) squares[j] += z.p[j] * z.p[j] / kDraws;
    kinetic += (hamiltonian.energy(z) + z.log_density) / kDraws;
  }
  EXPECT_NEAR(squares[0] * kMetric[0], 1, 0.05);
  EXPECT_NEAR(squares[1] * kMetric[1], 1, 0.05);
  EXPECT_NEAR(kinetic, 1, 0.05);  // ½ per dimension
}

TEST(Hamiltonian, ExplainsWhatEndedATrajectory) {
  testing::FromFunction wall(1, [](std::span<const double> q, std::span<double> g) {
    g[0] = q[0] > 2 ? std::nan("") : -1;
    return q[0] > 1 && q[0] <= 2 ? std::nan("") : -q[0];
  });
  Hamiltonian hamiltonian(wall);
  const auto cause = [&](double p) {
    Point z = at(hamiltonian, {0}, {p + 0.5});  // the first half step takes the half away
    EXPECT_EQ(hamiltonian.leapfrog(z, 1), testing::kInfinity);
    return hamiltonian.cause(z);
  };
  EXPECT_EQ(cause(1.5), "a matrix was not positive definite");
  EXPECT_EQ(cause(3), "the gradient is not finite");
  EXPECT_EQ(cause(testing::kInfinity), "the trajectory ran off to infinity");
}

TEST(Hamiltonian, AUselessGuessOfTheMetricBecomesOne) {
  auto density = curved();
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(std::vector<double>{-1, 4});
  EXPECT_EQ(hamiltonian.inverse_metric(), (std::vector<double>{1, 4}));
}

}  // namespace
}  // namespace woodbury::nuts
