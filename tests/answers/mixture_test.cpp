// Quantiles of mixtures against bisection of the distribution function.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "woodbury/answers/mixture.hpp"
#include "woodbury/base/base.hpp"

namespace woodbury::answers {
namespace {

struct Parts {
  std::vector<double> means, variances, weights;

  [[nodiscard]] double below(double x) const {
    double sum = 0;
    for (std::size_t t = 0; t < means.size(); ++t) {
      const double p = 0.5 * std::erfc((means[t] - x) / std::sqrt(2 * variances[t]));
      sum += p * (weights.empty() ? 1 / static_cast<double>(means.size()) : weights[t]);
    }
    return sum;
  }
  [[nodiscard]] double quantile(double probability) const {
    double low = -1e5, high = 1e5;
    for (int i = 0; i < 200; ++i) {
      const double x = 0.5 * (low + high);
      (below(x) < probability ? low : high) = x;
    }
    return 0.5 * (low + high);
  }
};

double width_of(const Parts& parts) { return 10 + 20 * std::sqrt(*std::ranges::max_element(parts.variances)); }

/// Components as wide as they lie apart, a thousandth as wide, of very different widths, and a few of them.
TEST(Mixture, QuantilesAreRootsOfTheDistributionFunction) {
  base::Stream stream(5, 0, 0, base::Purpose::test);
  for (const std::size_t size : {1U, 7U, 3000U})
    for (const double width : {1.0, 1e-3})
      for (const double spread : {0.0, 3.0})
        for (const bool weighted : {false, true}) {
          Parts parts;
          double total = 0;
          for (std::size_t t = 0; t < size; ++t) {
            parts.means.push_back(10 + stream.normal());
            parts.variances.push_back(std::pow(width * std::exp(spread * stream.normal()), 2));
            if (weighted) total += parts.weights.emplace_back(stream.exponential());
          }
          for (double& weight : parts.weights) weight /= total;
          const Mixture normal(parts.means, parts.variances, parts.weights, false);
          for (const double probability : {1e-4, 0.025, 0.5, 0.9}) {
            const double expected = parts.quantile(probability);
            EXPECT_NEAR(normal.quantile(probability), expected, 1e-9 * width_of(parts))
                << size << ' ' << width << ' ' << spread << ' ' << weighted << ' ' << probability;
          }
        }
}

TEST(Mixture, OfPointsIsTheirDistribution) {
  const std::vector<double> means{3, 1, 2, 4}, none(4, 0);
  const Mixture points(means, none, {}, false), exponentials(means, none, {}, true);
  EXPECT_NEAR(points.quantile(0.6), 3, 1e-9);
  EXPECT_NEAR(exponentials.quantile(0.3), std::exp(2), 1e-8);
  EXPECT_NEAR(points.sd(), std::sqrt(1.25), 1e-12);
}

}  // namespace
}  // namespace woodbury::answers
