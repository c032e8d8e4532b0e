// Rules are switched off by name, say what they did, and are caught if they change what they must not.
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/reduce/invariants.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::reduce {
namespace {

Rules rules_of(const test::RandomDesign& design) {
  Rules rules{.rotatable = {}, .fixed = {}, .order = design.roles.order};
  for (std::size_t k = 0; k < design.design->blocks().size(); ++k)
    rules.rotatable.push_back(design.roles.blocks[k].integrated && !design.design->blocks()[k].factor.empty() &&
                              design.roles.blocks[k].flat.empty());
  return rules;
}

TEST(Steps, SayWhatEachRuleDid) {
  std::size_t reduced = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const test::RandomDesign design(seed, test::RandomDesign::Kind::designed);
    Rules rules = rules_of(design);
    const Reduction with(design.products->layout(), design.sums, rules);
    for (const Step& step : with.steps()) {
      if (step.rule != kEqualLevels) continue;
      ASSERT_TRUE(step.block);
      EXPECT_EQ(step.before, design.products->layout().blocks()[*step.block].levels);
      EXPECT_EQ(step.after, with.layout().blocks()[*step.block].levels);
      EXPECT_LT(step.after, step.before);
      ++reduced;
    }
    rules.without = {std::string(kEqualLevels), std::string(kFillOrder)};
    const Reduction off(design.products->layout(), design.sums, rules);
    EXPECT_TRUE(off.steps().empty());
    EXPECT_TRUE(off.rotations().empty());
  }
  EXPECT_GT(reduced, 10U);
}

TEST(Invariants, HoldForRotationsAndFindWhatIsBroken) {
  std::size_t rotated = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const test::RandomDesign design(seed, test::RandomDesign::Kind::designed);
    const Reduction reduction(design.products->layout(), design.sums, rules_of(design));
    const Invariants before(design.products->layout(), design.sums);
    EXPECT_NO_THROW(before.check(Invariants(reduction.layout(), reduction.sums())));
    if (reduction.rotations().empty()) continue;
    ++rotated;
    moments::Sums lost = reduction.sums();
    lost.contrasts.back().count += 1;
    EXPECT_THROW(before.check(Invariants(reduction.layout(), lost)), std::logic_error) << seed;
    moments::Sums scaled = reduction.sums();
    scaled.contrasts.back().square[0] += 1;
    EXPECT_THROW(before.check(Invariants(reduction.layout(), scaled)), std::logic_error) << seed;
  }
  EXPECT_GT(rotated, 10U);
}

}  // namespace
}  // namespace woodbury::reduce
