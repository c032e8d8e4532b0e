// The U-turn criterion on paths made by hand, and that one transition leaves the density invariant.
#include "woodbury/nuts/tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/static_hmc.hpp"

namespace woodbury::nuts {
namespace {

using Vector = std::vector<double>;

/// Stretches with the momenta of `path`, divided after `first` of them.
bool path_persists(std::vector<Vector> path, std::size_t first, const Vector& metric) {
  Vector first_rho(2), second_rho(2);
  for (std::size_t k = 0; k < path.size(); ++k)
    for (std::size_t i = 0; i < 2; ++i) (k < first ? first_rho : second_rho)[i] += path[k][i];
  const auto stretch = [](Vector& rho, Vector& begin, Vector& end) {
    return Stretch{rho.data(), begin.data(), end.data(), nullptr, nullptr, 0, 0, 0};
  };
  return persists(stretch(first_rho, path.front(), path[first - 1]), stretch(second_rho, path[first], path.back()),
                  metric.data(), 2);
}

/// Momenta (cos, sin) at these angles, in degrees.
std::vector<Vector> angles(const std::vector<double>& degrees) {
  std::vector<Vector> path;
  for (const double degree : degrees) {
    const double angle = degree * std::numbers::pi / 180;
    path.push_back({std::cos(angle), std::sin(angle)});
  }
  return path;
}

TEST(Persists, UntilThePathTurnsBack) {
  const Vector unit{1, 1};
  EXPECT_TRUE(path_persists(angles({0, 0, 0, 0}), 2, unit));
  EXPECT_TRUE(path_persists(angles({0, 50, 100, 150}), 2, unit));
  EXPECT_FALSE(path_persists(angles({0, 70, 140, 210}), 2, unit));
  EXPECT_FALSE(path_persists(angles({0, 180}), 1, unit));
}

TEST(Persists, LooksAcrossTheBorder) {
  const Vector unit{1, 1};
  // More than a whole turn: the ends and the sum of all momenta say it goes on, the first half and one step do not.
  const auto loop = angles({0, 60, 120, 179, 239, 299, 359, 30});
  double begin = 0, end = 0;
  for (const auto& p : loop) {
    begin += p[0] * loop.front()[0] + p[1] * loop.front()[1];
    end += p[0] * loop.back()[0] + p[1] * loop.back()[1];
  }
  EXPECT_GT(begin, 0);
  EXPECT_GT(end, 0);
  EXPECT_FALSE(path_persists(loop, 4, unit));
}

TEST(Persists, MeasuresByTheMetric) {
  const std::vector<Vector> path{{1, 1}, {-0.5, 1}};
  EXPECT_TRUE(path_persists(path, 1, {1, 1}));
  EXPECT_FALSE(path_persists(path, 1, {10, 1}));
}

TEST(Persists, IsTheSameBackwardsInTime) {
  base::Stream stream(5, 0, 0, base::Purpose::test);
  int persisted = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Vector> path;
    double angle = 0;
    for (int k = 0; k < 8; ++k) path.push_back(angles({angle += 40 * stream.uniform()})[0]);
    const std::vector<Vector> reversed(path.rbegin(), path.rend());
    const bool forwards = path_persists(path, 4, {2, 0.5});
    EXPECT_EQ(forwards, path_persists(reversed, 4, {2, 0.5}));
    persisted += forwards;
  }
  EXPECT_GT(persisted, 20);
  EXPECT_LT(persisted, 180);
}

/// Largest |observed − expected| / √expected over 20 bins of equal probability, of coordinate 0 after one transition
/// from exact draws of N(0, 1) × N(0, 2²).
double worst_bin(Transition& transition, double step) {
  constexpr int kDraws = 60000, kBins = 20;
  auto density = testing::independent({0, 0}, {1, 2});
  Hamiltonian exact(density);
  Point z(2);
  std::array<int, kBins> counts{};
  for (int i = 0; i < kDraws; ++i) {
    base::Stream start(11, 0, static_cast<std::uint64_t>(i), base::Purpose::test);
    base::Stream stream(11, 0, static_cast<std::uint64_t>(i), base::Purpose::trajectory);
    z.q = {start.normal(), 2 * start.normal()};
    exact.evaluate(z);
    transition.move(z, step, stream);
    const double probability = std::erfc(-z.q[0] / std::numbers::sqrt2) / 2;
    ++counts[static_cast<std::size_t>(std::min(kBins - 1.0, std::floor(probability * kBins)))];
  }
  double worst = 0;
  constexpr double kExpected = static_cast<double>(kDraws) / kBins;
  for (const int count : counts) worst = std::max(worst, std::abs(count - kExpected) / std::sqrt(kExpected));
  return worst;
}

TEST(Tree, LeavesTheDensityInvariantAtAnyStepAndDepth) {
  auto density = testing::independent({0, 0}, {1, 2});
  for (const int depth : {1, 2, 3, 10}) {
    for (const double step : {0.3, 1.1, 1.7}) {  // at 1.7 of 2 the energy errs by several nats
      Hamiltonian hamiltonian(density);
      Tree tree(hamiltonian, depth);
      EXPECT_LT(worst_bin(tree, step), 4.2) << "depth " << depth << ", step " << step;
    }
  }
}

TEST(StaticHmc, LeavesTheDensityInvariant) {
  auto density = testing::independent({0, 0}, {1, 2});
  for (const double step : {0.3, 1.7}) {
    Hamiltonian hamiltonian(density);
    StaticHmc hmc(hamiltonian, 1023);
    EXPECT_LT(worst_bin(hmc, step), 4.2) << "step " << step;
  }
}

TEST(Tree, DrawsTheStatesOfOneDoublingByTheirWeights) {
  // Depth 1 on the discrete harmonic oscillator: from (q, p) to one step forwards or backwards, or not at all; the
  // newer state is taken with probability min(1, exp(H − H')).
  auto density = testing::independent({0}, {1});
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 1);
  constexpr double kStep = 1.5;
  int moved = 0;
  double expected = 0, variance = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    Point z(1);
    z.q = {1.2};
    hamiltonian.evaluate(z);
    base::Stream same(2, 0, static_cast<std::uint64_t>(i), base::Purpose::test), stream = same;
    const double p = same.normal(), time = same.uniform() > 0.5 ? kStep : -kStep, c = 1 - kStep * kStep / 2;
    const double to_q = c * 1.2 + time * p, to_p = c * p - time * (1 - kStep * kStep / 4) * 1.2;
    const double accept = std::min(1.0, std::exp((1.44 + p * p - to_q * to_q - to_p * to_p) / 2));
    const Outcome outcome = tree.move(z, kStep, stream);
    ASSERT_NEAR(outcome.accept_stat, accept, 1e-12);
    ASSERT_EQ(outcome.n_leapfrog, 1);
    const bool stayed = z.q[0] == 1.2;
    ASSERT_TRUE(stayed || std::abs(z.q[0] - to_q) < 1e-12);
    ASSERT_NEAR(outcome.energy, stayed ? (1.44 + p * p) / 2 : (to_q * to_q + to_p * to_p) / 2, 1e-12);
    moved += !stayed;
    expected += accept;
    variance += accept * (1 - accept);
  }
  EXPECT_NEAR(moved, expected, 4 * std::sqrt(variance));
}

TEST(Tree, KeepsTheStatesDensityAndGradient) {
  auto density = testing::curved();
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 10);
  Point z(2);
  hamiltonian.evaluate(z);
  for (std::uint64_t i = 0; i < 200; ++i) {
    base::Stream stream(7, 0, i, base::Purpose::test);
    tree.move(z, 0.3, stream);
    Point fresh = z;
    hamiltonian.evaluate(fresh);
    ASSERT_EQ(z.log_density, fresh.log_density);
    ASSERT_EQ(z.gradient, fresh.gradient);
  }
}

TEST(Tree, StopsAtTheDepthAllowed) {
  auto density = testing::independent({0}, {1});
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 4);
  Point z(1);
  hamiltonian.evaluate(z);
  base::Stream stream(1, 0, 0, base::Purpose::test);
  const Outcome outcome = tree.move(z, 1e-3, stream);
  EXPECT_EQ(outcome.tree_depth, 4);
  EXPECT_EQ(outcome.n_leapfrog, 15);
  EXPECT_EQ(hamiltonian.gradients(), 16U);
  EXPECT_GT(outcome.accept_stat, 0.999);
}

TEST(Tree, DivergesWhereTheDensityEnds) {
  testing::FromFunction box(1, [](std::span<const double> q, std::span<double> g) {
    g[0] = 0;
    return std::abs(q[0]) < 1 ? 0 : -testing::kInfinity;
  });
  Hamiltonian hamiltonian(box);
  Tree tree(hamiltonian, 10);
  Point z(1);
  hamiltonian.evaluate(z);
  base::Stream stream(1, 0, 0, base::Purpose::test);
  const Outcome outcome = tree.move(z, 0.3, stream);
  EXPECT_TRUE(outcome.divergent);
  EXPECT_EQ(tree.cause(), "a matrix was not positive definite");
  EXPECT_LT(std::abs(z.q[0]), 1);
}

TEST(Tree, DivergesWhereTheEnergyErrorPassesAThousand) {
  // On −q²/2 one step ε from (1, p) reaches (1 − ε²/2 + εp, …): an energy of some hundred at ε = 4, of 10⁴ at 10.
  auto density = testing::independent({0}, {1});
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 1);
  Point z(1);
  const auto move = [&](double step) {
    z.q = {1};
    hamiltonian.evaluate(z);
    base::Stream stream(1, 0, 0, base::Purpose::test);
    return tree.move(z, step, stream);
  };
  EXPECT_FALSE(move(4).divergent);
  const Outcome outcome = move(10);
  EXPECT_TRUE(outcome.divergent);
  EXPECT_EQ(outcome.n_leapfrog, 1);
  EXPECT_EQ(tree.cause(), "the energy error passed 1000");
  EXPECT_EQ(z.q[0], 1);
}

}  // namespace
}  // namespace woodbury::nuts
