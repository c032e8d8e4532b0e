// Cross-products by strata: weighted sums are those of weighted rows, expected squares are the rows' own.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::moments {
namespace {

using test::RandomDesign;

/// Rows of a random design dealt to strata, with something beside their own squares.
struct Dealt {
  RandomDesign random;
  std::size_t count;
  std::vector<std::int32_t> stratum;
  std::vector<double> within;

  explicit Dealt(std::uint64_t seed) : random(seed), count(1) {
    base::Stream stream(seed, 1, 0, base::Purpose::test);
    count += stream.below(5);
    for (std::size_t n = 0; n < random.design->rows(); ++n) {
      stratum.push_back(static_cast<std::int32_t>(n < count ? n : stream.below(count)));
      within.push_back(stream.uniform());
    }
  }
  [[nodiscard]] Strata strata() const {
    return {*random.design, *random.products, count, {stratum, random.weights, random.response, within}};
  }
};

void expect_near(const std::vector<double>& ours, const std::vector<double>& expected, const std::string& what) {
  ASSERT_EQ(ours.size(), expected.size()) << what;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], expected[i], 1e-12 * (1 + std::abs(expected[i]))) << what << ", " << i;
}

TEST(Strata, WeightedSumsAreThoseOfWeightedRows) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Dealt dealt(seed);
    base::Stream stream(seed, 2, 0, base::Purpose::test);
    const Strata strata = dealt.strata();
    ASSERT_EQ(strata.size(), dealt.count);
    std::vector<double> weights(dealt.count), by_row = dealt.random.weights;
    for (double& weight : weights) weight = std::exp(2 * stream.normal());
    Sums ours = dealt.random.products->layout().zeros(), expected = ours;
    strata.weigh(weights, ours);
    double within = 0;
    for (std::size_t n = 0; n < by_row.size(); ++n) {
      const double weight = weights[static_cast<std::size_t>(dealt.stratum[n])];
      by_row[n] *= weight;
      within += weight * dealt.within[n];
    }
    dealt.random.products->accumulate(by_row.data(), dealt.random.response.data(), expected);
    const std::string what = "seed " + std::to_string(seed);
    for (std::size_t k = 0; k < ours.diagonal.size(); ++k) expect_near(ours.diagonal[k], expected.diagonal[k], what);
    for (std::size_t p = 0; p < ours.pairs.size(); ++p) expect_near(ours.pairs[p], expected.pairs[p], what);
    expect_near(ours.rhs, expected.rhs, what);
    expect_near({ours.square}, {expected.square + within}, what);
  }
}

/// With any mean and a covariance of rank two, x xᵀ + z zᵀ, on the pattern: Σ W [(r − a m)² + (a x)² + (a z)²] +
/// within.
TEST(Strata, ExpectedSquaresAreTheRows) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Dealt dealt(seed);
    base::Stream stream(seed, 3, 0, base::Purpose::test);
    const Layout& layout = dealt.random.products->layout();
    std::vector<double> mean(layout.size()), x(layout.size()), z(layout.size());
    for (auto* each : {&mean, &x, &z})
      for (double& value : *each) value = stream.normal();
    const auto covariance = [&](std::size_t i, std::size_t j) { return x[i] * x[j] + z[i] * z[j]; };
    Sums second = layout.zeros();
    for (std::size_t k = 0; k < layout.blocks().size(); ++k)
      for (std::size_t j = 0, d = layout.blocks()[k].columns; j < layout.blocks()[k].levels; ++j)
        for (std::size_t i = 0; i < d * d; ++i)
          second.diagonal[k][j * d * d + i] =
              covariance(layout.offset(k) + j * d + i / d, layout.offset(k) + j * d + i % d);
    for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
      const Pattern& pattern = layout.patterns()[p];
      const std::size_t d = layout.blocks()[pattern.first].columns, e = layout.blocks()[pattern.second].columns;
      for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
          for (std::size_t i = 0; i < d * e; ++i)
            second.pairs[p][s * d * e + i] =
                covariance(layout.offset(pattern.first) + j * d + i / e,
                           layout.offset(pattern.second) + static_cast<std::size_t>(pattern.level[s]) * e + i % e);
    }
    std::vector<double> ours(dealt.count), expected(dealt.count);
    dealt.strata().squares(mean, second, ours);
    for (std::size_t n = 0; n < dealt.random.design->rows(); ++n) {
      double of_mean = 0, of_x = 0, of_z = 0;
      for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
        const Block& block = dealt.random.design->blocks()[k];
        const std::size_t level = block.codes ? static_cast<std::size_t>(block.codes[n]) : 0;
        for (std::size_t c = 0; c < block.columns.size(); ++c) {
          const double a = block.columns[c] ? (*block.columns[c])[n] : 1;
          const std::size_t at = layout.offset(k) + level * block.columns.size() + c;
          of_mean += a * mean[at];
          of_x += a * x[at];
          of_z += a * z[at];
        }
      }
      const double residual = dealt.random.response[n] - of_mean;
      expected[static_cast<std::size_t>(dealt.stratum[n])] +=
          dealt.random.weights[n] * (residual * residual + of_x * of_x + of_z * of_z) + dealt.within[n];
    }
    for (std::size_t s = 0; s < dealt.count; ++s)
      EXPECT_NEAR(ours[s], expected[s], 1e-11 * (1 + expected[s])) << "seed " << seed;
  }
}

}  // namespace
}  // namespace woodbury::moments
