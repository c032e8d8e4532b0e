// That neither a leapfrog step nor a whole transition allocates: operator new is replaced by one that counts.
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "tests/support/counted_new.hpp"
#include "woodbury/nuts/static_hmc.hpp"
#include "woodbury/nuts/tree.hpp"
#include "woodbury/nuts/whitened.hpp"

namespace woodbury::nuts {
namespace {

std::size_t allocations_of(Transition& transition, Point& z, double step, std::size_t& leapfrogs) {
  const std::size_t before = allocations;
  for (std::uint64_t i = 0; i < 100; ++i) {
    base::Stream stream(1, 0, i, base::Purpose::test);
    leapfrogs += static_cast<std::size_t>(transition.move(z, step, stream).n_leapfrog);
  }
  return allocations - before;
}

TEST(Allocation, NoneInATransition) {
  const std::size_t start = allocations;
  const std::vector<double> counted(100);
  EXPECT_EQ(allocations, start + 1);

  auto density = testing::funnel();
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 10);
  StaticHmc hmc(hamiltonian, 1023);
  Point z(9);
  hamiltonian.evaluate(z);
  std::size_t leapfrogs = 0;
  EXPECT_EQ(allocations_of(tree, z, 0.1, leapfrogs), 0U);
  EXPECT_EQ(allocations_of(hmc, z, 0.1, leapfrogs), 0U);
  EXPECT_GT(leapfrogs, 2000U);
}

TEST(Allocation, NoneUnderADenseMetric) {
  auto density = testing::funnel();
  Whitened whitened(density, std::vector<double>(9, 0.1), testing::factor_of(testing::awkward_covariance(9, 100, 1)));
  Hamiltonian hamiltonian(whitened);
  Tree tree(hamiltonian, 10);
  StaticHmc hmc(hamiltonian, 1023);
  Point z(9);
  hamiltonian.evaluate(z);
  std::size_t leapfrogs = 0;
  EXPECT_EQ(allocations_of(tree, z, 0.01, leapfrogs), 0U);
  EXPECT_EQ(allocations_of(hmc, z, 0.01, leapfrogs), 0U);
  EXPECT_GT(leapfrogs, 2000U);
}

}  // namespace
}  // namespace woodbury::nuts
