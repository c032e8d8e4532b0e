// What collapses and what does not, on designs whose answer is known; and the way back.
#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::reduce {
namespace {

/// One row for every entry of the columns; integrated blocks of intercepts.
struct Table {
  std::vector<std::vector<std::int32_t>> codes;
  std::vector<moments::Block> blocks;
  std::vector<double> response;

  void factor(std::vector<std::int32_t> levels, std::vector<moments::ColumnPtr> columns = {nullptr}) {
    const auto count = static_cast<std::size_t>(*std::max_element(levels.begin(), levels.end())) + 1;
    codes.push_back(std::move(levels));
    blocks.push_back({"g", count, nullptr, std::move(columns)});
  }
  [[nodiscard]] Reduction reduce(std::vector<bool> rotatable) {
    for (std::size_t k = 0; k < blocks.size(); ++k)
      if (k < codes.size()) blocks[k].codes = codes[k].data();
    const moments::Design design(codes[0].size(), blocks);
    const moments::CrossProducts products(design);
    moments::Sums sums = products.layout().zeros();
    response.resize(design.rows());
    products.accumulate(nullptr, response.data(), sums);
    return {products.layout(), sums, {std::move(rotatable), {}, {}}};
  }
};

std::size_t levels(const Reduction& reduction, std::size_t block) { return reduction.layout().blocks()[block].levels; }

TEST(EqualLevels, AMillionBalancedLevelsBecomeOne) {
  Table table;
  std::vector<std::int32_t> codes(2'000'000);
  for (std::size_t n = 0; n < codes.size(); ++n) codes[n] = static_cast<std::int32_t>(n / 2);
  table.factor(std::move(codes));
  table.blocks.push_back({"", 1, nullptr, {nullptr}});
  const Reduction reduction = table.reduce({true, false});
  EXPECT_EQ(levels(reduction, 0), 1U);
  ASSERT_EQ(reduction.sums().contrasts.size(), 1U);
  EXPECT_EQ(reduction.sums().contrasts[0].count, 999'999U);
  EXPECT_DOUBLE_EQ(reduction.sums().contrasts[0].square[0], 2);
}

TEST(EqualLevels, WithoutFixedEffectsNothingIsLeft) {
  Table table;
  table.factor({0, 0, 1, 1, 2, 2});
  const Reduction reduction = table.reduce({true});
  EXPECT_EQ(levels(reduction, 0), 0U);
  EXPECT_EQ(reduction.sums().contrasts.at(0).count, 3U);
}

TEST(EqualLevels, CountsThatDifferStayApart) {
  Table table;
  table.factor({0, 0, 0, 1, 1, 2});
  table.blocks.push_back({"", 1, nullptr, {nullptr}});
  EXPECT_EQ(levels(table.reduce({true, false}), 0), 3U);
}

TEST(EqualLevels, BlocksThatMayNotRotateStay) {
  Table table;
  table.factor({0, 0, 1, 1, 0, 0, 1, 1});
  table.factor({0, 1, 0, 1, 0, 1, 0, 1});
  const Reduction reduction = table.reduce({true, false});
  EXPECT_EQ(levels(reduction, 0), 1U);
  EXPECT_EQ(levels(reduction, 1), 2U);
}

TEST(EqualLevels, AFullyCrossedDesignBecomesOneOfEach) {
  Table table;
  std::vector<std::int32_t> g, h;
  for (std::int32_t i = 0; i < 12; ++i)
    for (std::int32_t j = 0; j < 7; ++j) {
      g.push_back(i);
      h.push_back(j);
    }
  table.factor(g);
  table.factor(h);
  table.blocks.push_back({"", 1, nullptr, {nullptr}});
  const Reduction reduction = table.reduce({true, true, false});
  EXPECT_EQ(levels(reduction, 0), 1U);
  EXPECT_EQ(levels(reduction, 1), 1U);
}

TEST(EqualLevels, AColumnInOtherUnitsDoesNotHideADifference) {
  // Both levels have the same sums in the first column; the second, a million times smaller, tells them apart.
  Table table;
  const auto small = std::make_shared<const frame::Numbers>(std::vector<double>{1e-6, 2e-6, 1e-6, 3e-6});
  const auto large = std::make_shared<const frame::Numbers>(std::vector<double>{1e6, 2e6, 1e6, 2e6});
  table.factor({0, 0, 1, 1}, {large, small});
  table.blocks.push_back({"", 1, nullptr, {nullptr}});
  EXPECT_EQ(levels(table.reduce({true, false}), 0), 2U);
}

/// Schools of classes of pupils of measurements, as many each.
Table nested(std::int32_t schools, std::int32_t classes, std::int32_t pupils, std::int32_t measurements) {
  Table table;
  std::vector<std::int32_t> a, b, c;
  for (std::int32_t n = 0; n < schools * classes * pupils * measurements; ++n) {
    c.push_back(n / measurements);
    b.push_back(c.back() / pupils);
    a.push_back(b.back() / classes);
  }
  table.factor(a);
  table.factor(b);
  table.factor(c);
  table.blocks.push_back({"", 1, nullptr, {nullptr}});
  return table;
}

TEST(EqualLevels, ABalancedTreeBecomesOneLevelOfEach) {
  const Reduction reduction = nested(20, 5, 4, 2).reduce({true, true, true, false});
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(levels(reduction, k), 1U);
  // Pupils by themselves, classes with a pseudo-pupil, schools with a pseudo-class and a pseudo-pupil.
  const auto& contrasts = reduction.sums().contrasts;
  ASSERT_EQ(contrasts.size(), 3U);
  EXPECT_EQ(contrasts[0].blocks, std::vector<std::size_t>{2});
  EXPECT_EQ(contrasts[0].count, 300U);
  EXPECT_EQ(contrasts[1].blocks, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(contrasts[1].count, 80U);
  EXPECT_EQ(contrasts[2].blocks, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(contrasts[2].count, 19U);
  // A class has eight rows; with its pseudo-pupil, a sum of four over √4, it shares half as many.
  EXPECT_NEAR(contrasts[1].square[0], 8, 1e-12);
  EXPECT_NEAR(contrasts[1].square[1], 4, 1e-12);
  EXPECT_NEAR(contrasts[1].square[3], 2, 1e-12);
}

TEST(EqualLevels, AnOuterFactorThatMayNotRotateKeepsItsLevels) {
  const Reduction reduction = nested(6, 5, 4, 2).reduce({false, true, true, false});
  EXPECT_EQ(levels(reduction, 0), 6U);
  EXPECT_EQ(levels(reduction, 1), 6U);
  EXPECT_EQ(levels(reduction, 2), 6U);
}

TEST(EqualLevels, TreesThatDifferInOneLevelStayApart) {
  Table table = nested(4, 3, 2, 3);
  for (auto& codes : table.codes) codes.pop_back();  // the last pupil lacks a measurement
  const Reduction reduction = table.reduce({true, true, true, false});
  EXPECT_EQ(levels(reduction, 0), 2U);
  EXPECT_EQ(levels(reduction, 1), 3U);  // of the last school's three, two are alike
  EXPECT_EQ(levels(reduction, 2), 4U);  // and of its last class's pupils none
}

TEST(EqualLevels, UndoingARotationGivesBackWhatWasRotated) {
  // U'u with the contrasts that u itself has: u again.
  const Rotation rotation{.contrast = 0,
                          .parts = {{.block = 0, .levels = {2, 0, 3}}},
                          .rank = 1,
                          .basis = {1 / std::sqrt(3.0), 1 / std::sqrt(3.0), 1 / std::sqrt(3.0)},
                          .residuals = {}};
  const std::vector<double> u{4, 40, -1, -10, 2, 20, 7, 70};  // four levels of two coefficients
  std::vector<double> contrasts, effects = u;
  std::vector<double> mean(2);
  for (const std::size_t level : rotation.parts[0].levels)
    for (std::size_t c = 0; c < 2; ++c) {
      contrasts.push_back(u[level * 2 + c]);
      mean[c] += u[level * 2 + c] / std::sqrt(3.0);
    }
  for (std::size_t c = 0; c < 2; ++c) effects[2 * 2 + c] = mean[c];
  rotation.undo(rotation.parts[0], {contrasts, 2, 0, 2}, effects);
  for (std::size_t i = 0; i < u.size(); ++i) EXPECT_NEAR(effects[i], u[i], 1e-13);
}

}  // namespace
}  // namespace woodbury::reduce
