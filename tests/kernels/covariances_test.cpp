// Covariances on the pattern of the cross-products, against the dense oracle's: any structure, order and loading.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/kernels/dense_view.hpp"
#include "tests/support/dense_oracle.hpp"
#include "tests/support/random_design.hpp"
#include "woodbury/kernels/kernels.hpp"

namespace woodbury::kernels {
namespace {

using test::RandomDesign;

TEST(Covariances, AreTheDenseOnesOnThePattern) {
  double worst = 0;
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomDesign random(seed);
    const test::DenseView<double> dense(random);
    const test::DenseOracle<> oracle(dense.residual, dense.A, dense.prior, dense.X, dense.noise);
    Elimination kernel(std::make_shared<const Structure>(random.products->layout(), random.roles));
    Gradient gradient = kernel.zero();
    if (!std::isfinite(kernel.integrate(random.sums, random.point))) continue;
    kernel.gradient(random.sums, random.point, gradient);
    const moments::Layout& layout = random.products->layout();
    moments::Sums ours = layout.zeros();
    kernel.covariances(random.point, ours);
    const double scale = oracle.covariance.size() > 0 ? oracle.covariance.diagonal().maxCoeff() : 1;
    const auto compare = [&](double value, std::size_t i, std::size_t j) {
      if (dense.place[i] < 0 || dense.place[j] < 0) return;
      ++compared;
      const double error = std::abs(value - oracle.covariance(dense.place[i], dense.place[j]));
      worst = std::max(worst, error / std::max(1.0, scale));
      EXPECT_LT(error, 1e-8 * std::max(1.0, scale)) << "seed " << seed;
    };
    for (std::size_t k = 0; k < layout.blocks().size(); ++k)
      for (std::size_t j = 0, d = layout.blocks()[k].columns; j < layout.blocks()[k].levels; ++j)
        for (std::size_t i = 0; i < d * d; ++i)
          compare(ours.diagonal[k][j * d * d + i], layout.offset(k) + j * d + i / d, layout.offset(k) + j * d + i % d);
    for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
      const moments::Pattern& pattern = layout.patterns()[p];
      const std::size_t d = layout.blocks()[pattern.first].columns, e = layout.blocks()[pattern.second].columns;
      for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
          for (std::size_t i = 0; i < d * e; ++i)
            compare(ours.pairs[p][s * d * e + i], layout.offset(pattern.first) + j * d + i / e,
                    layout.offset(pattern.second) + static_cast<std::size_t>(pattern.level[s]) * e + i % e);
    }
  }
  EXPECT_GT(compared, 5000U);
  std::printf("%zu covariances, worst error %.1e\n", compared, worst);
}

}  // namespace
}  // namespace woodbury::kernels
