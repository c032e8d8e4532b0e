// Identities that draws from a density satisfy whatever it is: E[∂ᵢ log π] = 0 and E[θᵢ ∂ᵢ log π] = −1, by partial
// integration; and the moments of a density with two mirrored modes.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"

namespace woodbury::nuts {
namespace {

using testing::FromFunction;

/// Mean over chains, in standard errors by 25 batches a chain.
double errors_from(double expected, const std::vector<std::vector<double>>& chains) {
  constexpr std::size_t kBatches = 25;
  std::vector<double> batches;
  for (const std::vector<double>& chain : chains) {
    const std::size_t length = chain.size() / kBatches;
    for (std::size_t b = 0; b < kBatches; ++b) {
      batches.push_back(0);
      for (std::size_t i = 0; i < length; ++i) batches.back() += chain[b * length + i] / static_cast<double>(length);
    }
  }
  const auto count = static_cast<double>(batches.size());
  double mean = 0, squares = 0;
  for (const double b : batches) mean += b / count;
  for (const double b : batches) squares += (b - mean) * (b - mean);
  return (mean - expected) / std::sqrt(squares / (count - 1) / count);
}

void expect_identities(const std::string& name, const LogDensity& density, const Options& options) {
  const Result result = sample(density, options);
  const auto own = density.clone();
  const std::size_t n = density.dimension();
  std::vector<double> gradient(n);
  std::vector<std::vector<std::vector<double>>> scores(n), products(n);
  for (const draws::Chain& chain : result.draws.chains)
    for (std::size_t j = 0; j < n; ++j) {
      scores[j].emplace_back();
      products[j].emplace_back();
      for (std::size_t i = 0; i < chain.draws; ++i) {
        const std::span<const double> q(&chain.values[i * n], n);
        static_cast<void>(own->evaluate(q, gradient));
        scores[j].back().push_back(gradient[j]);
        products[j].back().push_back(q[j] * gradient[j]);
      }
    }
  for (std::size_t j = 0; j < n; ++j) {
    EXPECT_LT(std::abs(errors_from(0, scores[j])), 4.5) << name << ", coordinate " << j << ", " << result.warmup_note;
    EXPECT_LT(std::abs(errors_from(-1, products[j])), 4.5)
        << name << ", coordinate " << j << ", " << result.warmup_note;
  }
}

/// Independent Student-t variates of 5 degrees of freedom.
FromFunction student_t(std::size_t n) {
  return {n, [](std::span<const double> q, std::span<double> g) {
            double value = 0;
            for (std::size_t i = 0; i < q.size(); ++i) {
              value -= 3 * std::log1p(q[i] * q[i] / 5);
              g[i] = -6 * q[i] / (5 + q[i] * q[i]);
            }
            return value;
          }};
}

TEST(Score, IdentitiesHoldUnderEveryWarmUp) {
  Options options;
  options.draws = 4000;
  expect_identities("correlated", testing::gaussian(testing::awkward_covariance(6, 100, 4)), options);
  expect_identities("curved", testing::curved(), options);
  expect_identities("Student-t", student_t(3), options);
  expect_identities("two modes", testing::bimodal(2), options);
  options.draws = 1000;
  expect_identities("Student-t in 40 dimensions", student_t(40), options);
  options.warmup = 500;
  expect_identities("curved, in windows", testing::curved(), options);
  options.algorithm = Algorithm::hmc;
  expect_identities("static", student_t(3), options);
}

TEST(Sample, CrossesBetweenMirroredModes) {
  for (const Algorithm algorithm : {Algorithm::nuts, Algorithm::hmc}) {
    Options options;
    options.algorithm = algorithm;
    options.draws = 5000;
    const auto chains = sample(testing::bimodal(2), options).draws.column(0);
    std::vector<std::vector<double>> squares = chains, signs = chains;
    for (auto& chain : squares)
      for (double& x : chain) x *= x;
    for (auto& chain : signs)
      for (double& x : chain) x = x > 0 ? 1 : 0;
    EXPECT_LT(std::abs(errors_from(0, chains)), 4.5);
    EXPECT_LT(std::abs(errors_from(5, squares)), 4.5);
    EXPECT_LT(std::abs(errors_from(0.5, signs)), 4.5);
  }
}

}  // namespace
}  // namespace woodbury::nuts
