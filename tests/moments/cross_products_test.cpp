// Sums and products over patterns against the dense matrices they stand for.
#include <set>

#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::moments {
namespace {

using test::RandomDesign;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// A whole, rows × coefficients, from the blocks' definition.
Matrix whole(const Design& design) {
  Matrix a = Matrix::Zero(static_cast<Eigen::Index>(design.rows()), static_cast<Eigen::Index>(design.size()));
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const Block& block = design.blocks()[k];
    for (std::size_t n = 0; n < design.rows(); ++n)
      for (std::size_t c = 0; c < block.columns.size(); ++c) {
        const std::size_t level = block.codes ? static_cast<std::size_t>(block.codes[n]) : 0;
        a(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(design.offset(k) + level * block.columns.size() +
                                                                  c)) = block.columns[c] ? (*block.columns[c])[n] : 1;
      }
  }
  return a;
}

/// AᵀWA put together from the sums and the patterns.
Matrix assemble(const Design& design, const CrossProducts& products, const Sums& sums) {
  const auto size = static_cast<Eigen::Index>(design.size());
  Matrix t = Matrix::Zero(size, size);
  const auto place = [&](std::size_t block, std::size_t level, std::size_t column) {
    return static_cast<Eigen::Index>(design.offset(block) + level * design.blocks()[block].columns.size() + column);
  };
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const std::size_t d = design.blocks()[k].columns.size();
    for (std::size_t j = 0; j < design.blocks()[k].levels; ++j)
      for (std::size_t a = 0; a < d; ++a)
        for (std::size_t b = 0; b < d; ++b) t(place(k, j, a), place(k, j, b)) = sums.diagonal[k][(j * d + a) * d + b];
  }
  for (std::size_t p = 0; p < products.layout().patterns().size(); ++p) {
    const Pattern& pattern = products.layout().patterns()[p];
    const std::size_t da = design.blocks()[pattern.first].columns.size(),
                      db = design.blocks()[pattern.second].columns.size();
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
        for (std::size_t a = 0; a < da; ++a)
          for (std::size_t b = 0; b < db; ++b) {
            const auto row = place(pattern.first, j, a),
                       column = place(pattern.second, static_cast<std::size_t>(pattern.level[s]), b);
            t(row, column) = t(column, row) = sums.pairs[p][(s * da + a) * db + b];
          }
  }
  return t;
}

double worst(const Matrix& a, const Matrix& b) {
  return a.size() ? (a - b).cwiseAbs().maxCoeff() / std::max(1.0, b.cwiseAbs().maxCoeff()) : 0;
}

TEST(CrossProducts, AreTheDenseOnesOnRandomDesigns) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const RandomDesign random(seed);
    const Matrix a = whole(*random.design);
    const auto rows = a.rows();
    const Vector w = Eigen::Map<const Vector>(random.weights.data(), rows);
    const Vector r = Eigen::Map<const Vector>(random.response.data(), rows);
    EXPECT_LT(worst(assemble(*random.design, *random.products, random.sums), a.transpose() * w.asDiagonal() * a), 1e-12)
        << "seed " << seed;
    const Vector rhs = Eigen::Map<const Vector>(random.sums.rhs.data(), a.cols());
    EXPECT_LT(worst(rhs, a.transpose() * w.asDiagonal() * r), 1e-12) << "seed " << seed;
    const double square = r.dot(w.asDiagonal() * r);
    EXPECT_NEAR(random.sums.square, square, 1e-12 * std::max(1.0, square)) << "seed " << seed;
  }
}

TEST(CrossProducts, PatternsHoldEveryMeetingOnceAndInOrder) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const RandomDesign random(seed);
    const auto& blocks = random.design->blocks();
    for (std::size_t k = 0; k < blocks.size(); ++k)
      for (std::size_t l = k + 1; l < blocks.size(); ++l) {
        const Pattern& pattern = random.products->layout().patterns()[random.products->layout().pattern(k, l)];
        ASSERT_EQ(pattern.first, k);
        ASSERT_EQ(pattern.second, l);
        std::set<std::pair<int, int>> expected;
        for (std::size_t n = 0; n < random.design->rows(); ++n) {
          const int a = blocks[k].codes ? blocks[k].codes[n] : 0, b = blocks[l].codes ? blocks[l].codes[n] : 0;
          expected.emplace(a, b);
        }
        std::vector<std::pair<int, int>> found;
        for (std::size_t j = 0; j < blocks[k].levels; ++j)
          for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
            found.emplace_back(static_cast<int>(j), pattern.level[s]);
        EXPECT_EQ(found, std::vector(expected.begin(), expected.end())) << "seed " << seed;
      }
  }
}

TEST(CrossProducts, MultiplyOverActiveBlocks) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomDesign random(seed);
    base::Stream stream(seed, 1, 0, base::Purpose::test);
    const Matrix a = whole(*random.design);
    const Vector w = Eigen::Map<const Vector>(random.weights.data(), a.rows());
    std::vector<double> x(random.design->size()), out(x.size());
    for (double& value : x) value = stream.normal();
    for (double& value : out) value = stream.normal();
    std::vector<bool> active;
    Vector kept = Eigen::Map<const Vector>(x.data(), a.cols());
    for (std::size_t k = 0; k < random.design->blocks().size(); ++k) {
      active.push_back(stream.below(2) == 0);
      if (!active[k])
        kept.segment(static_cast<Eigen::Index>(random.design->offset(k)),
                     static_cast<Eigen::Index>(random.design->blocks()[k].size()))
            .setZero();
    }
    const double scale = stream.normal();
    const Vector expected =
        Eigen::Map<const Vector>(out.data(), a.cols()) + scale * (a.transpose() * (w.asDiagonal() * (a * kept)));
    random.products->layout().multiply(random.sums, active, x, scale, out);
    EXPECT_LT(worst(Eigen::Map<const Vector>(out.data(), a.cols()), expected), 1e-12) << "seed " << seed;
  }
}

TEST(CrossProducts, ResponsesAloneAndAgain) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomDesign random(seed);
    Sums sums = random.sums;
    std::vector<double> other(random.response);
    for (double& value : other) value = 2 * value - 1;
    random.products->accumulate_response(random.weights.data(), other.data(), sums);
    EXPECT_EQ(sums.diagonal, random.sums.diagonal);
    EXPECT_EQ(sums.pairs, random.sums.pairs);
    // What was in the sums before does not matter.
    Sums again = random.products->layout().zeros();
    random.products->accumulate(random.weights.data(), random.response.data(), again);
    random.products->accumulate(random.weights.data(), other.data(), again);
    EXPECT_EQ(sums.rhs, again.rhs);
    EXPECT_EQ(sums.square, again.square);
    // No weights are weights of one.
    const std::vector<double> ones(other.size(), 1);
    Sums plain = random.products->layout().zeros();
    random.products->accumulate(nullptr, other.data(), plain);
    random.products->accumulate(ones.data(), other.data(), again);
    EXPECT_EQ(plain.diagonal, again.diagonal);
    EXPECT_EQ(plain.pairs, again.pairs);
    EXPECT_EQ(plain.rhs, again.rhs);
  }
}

TEST(CrossProducts, ByHand) {
  // Level 1 of the first factor is a singleton, level 2 has no rows; the border is an intercept and x.
  const std::vector<std::int32_t> g{0, 0, 1, 0}, h{1, 0, 1, 1};
  const auto x = std::make_shared<const frame::Numbers>(std::vector<double>{1, 2, 3, 4});
  std::vector<Block> blocks;
  blocks.push_back({.factor = "g", .levels = 3, .codes = g.data(), .columns = {nullptr}});
  blocks.push_back({.factor = "h", .levels = 2, .codes = h.data(), .columns = {x}});
  blocks.push_back({.factor = "", .levels = 1, .codes = nullptr, .columns = {nullptr, x}});
  const Design design(4, blocks);
  EXPECT_EQ(design.size(), 7U);
  EXPECT_EQ(design.offset(2), 5U);
  const CrossProducts products(design);
  const std::vector<double> y{10, 20, 30, 40}, weights{1, 1, 2, 1};
  Sums sums = products.layout().zeros();
  products.accumulate(weights.data(), y.data(), sums);
  using Values = std::vector<double>;
  EXPECT_EQ(sums.diagonal[0], (Values{3, 2, 0}));
  EXPECT_EQ(sums.diagonal[1], (Values{4, 1 + 18 + 16}));
  EXPECT_EQ(sums.diagonal[2], (Values{5, 13, 13, 39}));
  EXPECT_EQ(products.layout().patterns()[0].start, (std::vector<std::size_t>{0, 2, 3, 3}));
  EXPECT_EQ(products.layout().patterns()[0].level, (std::vector<std::int32_t>{0, 1, 1}));
  EXPECT_EQ(sums.pairs[0], (Values{2, 5, 6}));       // g0h0, g0h1, g1h1
  EXPECT_EQ(sums.pairs[1], (Values{3, 7, 2, 6}));    // g0, g1 with (1, x)
  EXPECT_EQ(sums.pairs[2], (Values{2, 4, 11, 35}));  // h0, h1
  EXPECT_EQ(sums.rhs, (Values{70, 60, 0, 40, 10 + 180 + 160, 130, 390}));
  EXPECT_EQ(sums.square, 100 + 400 + 1800 + 1600);
}

TEST(CrossProducts, OneBlockHasNoPatterns) {
  const Design design(3, {Block{.factor = "", .levels = 1, .codes = nullptr, .columns = {nullptr}}});
  const CrossProducts products(design);
  EXPECT_TRUE(products.layout().patterns().empty());
  Sums sums = products.layout().zeros();
  const std::vector<double> y{1, 2, 4};
  products.accumulate(nullptr, y.data(), sums);
  EXPECT_EQ(sums.diagonal[0], std::vector<double>{3});
  EXPECT_EQ(sums.rhs, std::vector<double>{7});
  EXPECT_EQ(sums.square, 21);
}

}  // namespace
}  // namespace woodbury::moments
