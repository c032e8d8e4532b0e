// Climbs of large densities from far away: they arrive, and they do not look for a mode that is no guide.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/approach.hpp"

namespace woodbury::nuts {
namespace {

using testing::FromFunction;

Point climbed(LogDensity& density, const std::vector<double>& from, std::size_t& gradients) {
  Hamiltonian hamiltonian(density);
  Point z(from.size());
  z.q = from;
  hamiltonian.evaluate(z);
  approach(density, hamiltonian, z);
  gradients = hamiltonian.gradients();
  return z;
}

TEST(Approach, ArrivesFromFarAwayInAFewGradients) {
  const std::size_t n = 100;
  std::vector<double> sds(n), from(n), means(n, 3);
  for (std::size_t i = 0; i < n; ++i) sds[i] = std::pow(10, static_cast<double>(i) / 99 - 0.5), from[i] = 1e4;
  auto density = testing::independent(means, sds);
  std::size_t gradients = 0;
  const Point z = climbed(density, from, gradients);
  EXPECT_GT(z.log_density, -2.0 * n);  // a draw's is near -n / 2, the start at -3e9
  EXPECT_LT(gradients, 150U);
  std::vector<double> gradient(n);
  EXPECT_EQ(density.evaluate(z.q, gradient), z.log_density);
  EXPECT_EQ(gradient, z.gradient);
}

/// Effects of 40 groups, centred, with the log of their sd last: the density rises without bound as both go to zero.
/// Each group has a datum with sd 1, and the groups' true sd is 3.
FromFunction groups() {
  return {41, [](std::span<const double> q, std::span<double> g) {
            const double sd = std::exp(q[40]);
            double value = q[40] - sd * sd / 50;
            g[40] = 1 - sd * sd / 25;
            for (std::size_t i = 0; i < 40; ++i) {
              const double datum = 3 * std::sin(static_cast<double>(i)) * std::sqrt(2), off = datum - q[i];
              value -= q[40] + q[i] * q[i] / (2 * sd * sd) + off * off / 2;
              g[i] = off - q[i] / (sd * sd);
              g[40] += q[i] * q[i] / (sd * sd) - 1;
            }
            return value;
          }};
}

TEST(Approach, StaysAtTheEntranceOfAFunnel) {
  auto density = groups();
  for (const double log_sd : {-2.0, 0.0, 2.0}) {
    std::vector<double> from(41, 1);
    from[40] = log_sd;
    std::size_t gradients = 0;
    const Point z = climbed(density, from, gradients);
    EXPECT_GT(z.q[40], -2) << log_sd;
    EXPECT_LT(gradients, 100U);
  }
}

TEST(Approach, StaysWhereNothingIsHigher) {
  auto density = testing::independent(std::vector<double>(30), std::vector<double>(30, 1));
  std::size_t gradients = 0;
  const Point z = climbed(density, std::vector<double>(30), gradients);
  EXPECT_EQ(z.q, std::vector<double>(30));
}

}  // namespace
}  // namespace woodbury::nuts
