// Renumbering and its order: the same matrices with levels renamed, and less fill than the order of the data.
#include <numeric>

#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::reduce {
namespace {

using test::RandomDesign;

std::vector<std::size_t> shuffled(std::size_t size, base::Stream& stream) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = size; i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
  return order;
}

TEST(Ordering, RenumberedSumsMultiplyAsBefore) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const RandomDesign random(seed);
    const moments::Layout& layout = random.products->layout();
    base::Stream stream(seed, 1, 0, base::Purpose::test);
    const std::size_t block = stream.below(layout.blocks().size()), d = layout.blocks()[block].columns;
    const auto order = shuffled(layout.blocks()[block].levels, stream);
    const moments::Layout other = renumbered(layout, block, order);
    const moments::Sums sums = renumbered(layout, random.sums, block, order);
    const auto renamed = [&](const std::vector<double>& x) {
      std::vector<double> y = x;
      for (std::size_t i = 0; i < order.size(); ++i)
        for (std::size_t c = 0; c < d; ++c)
          y[layout.offset(block) + i * d + c] = x[layout.offset(block) + order[i] * d + c];
      return y;
    };
    std::vector<double> x(layout.size()), before(layout.size()), after(layout.size());
    for (double& value : x) value = stream.normal();
    const std::vector<bool> all(layout.blocks().size(), true);
    layout.multiply(random.sums, all, x, 1, before);
    other.multiply(sums, all, renamed(x), 1, after);
    const std::vector<double> expected = renamed(before), rhs = renamed(random.sums.rhs);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(after[i], expected[i], 1e-12 * (1 + std::abs(expected[i]))) << "seed " << seed;
      EXPECT_EQ(sums.rhs[i], rhs[i]) << "seed " << seed;
    }
  }
}

/// A chain: level j of the first factor meets levels `place[j]` and `place[j + 1]` of the second.
struct Chain {
  std::vector<std::int32_t> first, second;
  std::unique_ptr<moments::Design> design;
  std::unique_ptr<moments::CrossProducts> products;

  explicit Chain(const std::vector<std::size_t>& place) {
    for (std::size_t j = 0; j + 1 < place.size(); ++j)
      for (const std::size_t end : {j, j + 1}) {
        first.push_back(static_cast<std::int32_t>(j));
        second.push_back(static_cast<std::int32_t>(place[end]));
      }
    design = std::make_unique<moments::Design>(
        first.size(), std::vector<moments::Block>{{"g", place.size() - 1, first.data(), {nullptr}},
                                                  {"h", place.size(), second.data(), {nullptr}}});
    products = std::make_unique<moments::CrossProducts>(*design);
  }
};

TEST(Ordering, AShuffledChainFillsNothing) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  const Chain chain(shuffled(400, stream));
  const moments::Layout& layout = chain.products->layout();
  const auto order = fill_reducing_order(layout, 0, 1);
  ASSERT_TRUE(order);
  kernels::Roles roles;
  roles.blocks.assign(2, kernels::BlockRole{.integrated = true, .diagonal = true, .flat = {}});
  roles.order = {0, 1};
  const auto columns = [&](const moments::Layout& numbered) {
    std::size_t count = 0;
    const kernels::Structure structure(numbered, roles);
    for (const kernels::Node& node : structure.nodes) count += node.columns;
    return count;
  };
  // Each of the 399 meets two, and each of the 400 but the last one later neighbour.
  EXPECT_EQ(columns(renumbered(layout, 1, *order)), 2U * 399 + 399);
  EXPECT_GT(columns(layout), 2U * 399 + 399 + 300) << "the order of the data should fill";
}

TEST(Ordering, NoneForNestedAndForFullComplements) {
  std::vector<std::int32_t> inner, outer, other;
  for (std::int32_t n = 0; n < 600; ++n) {
    inner.push_back(n % 300);
    outer.push_back(n % 300 / 3);
    other.push_back(n % 7);
  }
  const moments::Design design(600, {{"inner", 300, inner.data(), {nullptr}},
                                     {"outer", 100, outer.data(), {nullptr}},
                                     {"other", 7, other.data(), {nullptr}}});
  const moments::CrossProducts products(design);
  EXPECT_FALSE(fill_reducing_order(products.layout(), 0, 1));
  EXPECT_TRUE(fill_reducing_order(products.layout(), 1, 2)) << "a small complement, full or not, can be ordered";
  EXPECT_FALSE(fill_reducing_order(products.layout(), 2, 0)) << "300 levels that all meet through seven";
}

}  // namespace
}  // namespace woodbury::reduce
