// The dense metric from draws and gradients: close for a normal density where draws alone would be too few.
#include "woodbury/nuts/fisher.hpp"

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/whitened.hpp"

namespace woodbury::nuts {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_covariance(Eigen::Index n, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  MatrixXd noise(n, 2 * n);
  for (double& value : noise.reshaped()) value = stream.normal();
  return noise * noise.transpose() / static_cast<double>(2 * n);
}

/// F Fᵀ learnt from `draws` draws of N(0, covariance).
MatrixXd learnt(const MatrixXd& covariance, int draws, std::uint64_t seed) {
  const auto n = static_cast<std::size_t>(covariance.rows());
  auto density = testing::gaussian(covariance);
  const MatrixXd root = covariance.llt().matrixL();
  base::Stream stream(seed, 1, 0, base::Purpose::test);
  FisherMetric metric(n, static_cast<std::size_t>(draws));
  std::vector<double> gradient(n);
  for (int i = 0; i < draws; ++i) {
    VectorXd z(covariance.rows());
    for (double& value : z) value = stream.normal();
    const VectorXd x = root * z;
    density.evaluate({x.data(), n}, gradient);
    metric.add({x.data(), n}, gradient);
  }
  const std::vector<double> factor = metric.factor();
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> f(
      factor.data(), covariance.rows(), covariance.cols());
  return f * f.transpose();
}

/// Condition number of what is left after whitening by the metric.
double condition(const MatrixXd& covariance, const MatrixXd& metric) {
  const Eigen::LLT<MatrixXd> factor(metric);
  const MatrixXd half = factor.matrixL().solve(covariance);
  const MatrixXd whitened = factor.matrixL().solve(half.transpose());
  const VectorXd values = Eigen::SelfAdjointEigenSolver<MatrixXd>(whitened).eigenvalues();
  return values.maxCoeff() / values.minCoeff();
}

TEST(FisherMetric, GradientsMakeFewDrawsTell) {
  for (const Eigen::Index n : {2, 8, 16}) {
    const MatrixXd covariance = random_covariance(n, 3);
    // 40 draws alone would leave a condition number of ((1 + √(n/40)) / (1 − √(n/40)))²: 20 for n = 16.
    EXPECT_LT(condition(covariance, learnt(covariance, 40, 5)), 3) << n;
    EXPECT_GT(condition(covariance, MatrixXd::Identity(n, n)), 2) << n;
  }
}

TEST(FisherMetric, IsTheCovarianceOfANormalDensityInTheLimit) {
  const MatrixXd covariance = random_covariance(5, 7), metric = learnt(covariance, 5000, 9);
  EXPECT_LT((metric - covariance).norm() / covariance.norm(), 0.01);
}

TEST(FisherMetric, ChainsTogetherAreOneLongChain) {
  base::Stream stream(5, 0, 0, base::Purpose::test);
  FisherMetric whole(2, 30), first(2, 20), second(2, 20), both(2, 30);
  for (int i = 0; i < 30; ++i) {
    const std::vector<double> x{stream.normal(), stream.normal()}, g{stream.normal() - x[0], -3 * x[1]};
    whole.add(x, g);
    (i < 12 ? first : second).add(x, g);
  }
  both.add(first);
  both.add(second);
  EXPECT_EQ(whole.factor(), both.factor());
  EXPECT_FALSE(whole.factor().empty());
}

TEST(FisherMetric, SaysNothingWhereDrawsDoNotTell) {
  FisherMetric metric(2, 20);
  const std::vector<double> q{1, 2}, infinite{1, testing::kInfinity};
  for (int i = 0; i < 5; ++i) metric.add(q, q);
  EXPECT_TRUE(metric.factor().empty());
  for (int i = 0; i < 10; ++i) metric.add(q, infinite);
  EXPECT_TRUE(metric.factor().empty());
}

TEST(Whitened, RefiningMultipliesTheFactors) {
  const MatrixXd covariance = random_covariance(4, 1), more = random_covariance(4, 2);
  auto density = testing::gaussian(covariance);
  Whitened whitened(density, {1, 2, 3, 4}, testing::factor_of(covariance));
  std::vector<double> x{0.3, -1, 0.5, 2}, before(4), after(4);
  whitened.unwhiten(x, before);
  whitened.refine(testing::factor_of(more), x);
  whitened.unwhiten(x, after);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(after[i], before[i], 1e-12);
  const MatrixXd l = covariance.llt().matrixL(), f = more.llt().matrixL();
  const MatrixXd expected = l * f * (l * f).transpose();
  const std::vector<double> sigma = whitened.inverse_metric();
  for (Eigen::Index i = 0; i < 4; ++i)
    for (Eigen::Index j = 0; j < 4; ++j) EXPECT_NEAR(sigma[static_cast<std::size_t>(4 * i + j)], expected(i, j), 1e-12);
}

}  // namespace
}  // namespace woodbury::nuts
