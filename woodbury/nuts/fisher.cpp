// With S = Cov(g)^½: the geometric mean Cov(x) # Cov(g)⁻¹ is S⁻¹ (S Cov(x) S)^½ S⁻¹ (Bhatia 2007, section 4.1).
#include "woodbury/nuts/fisher.hpp"

#include "woodbury/base/base.hpp"

namespace woodbury::nuts {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kPrior = 5;  // draws that the unit matrix counts for
constexpr Eigen::Index kFewest = 10;

MatrixXd covariance(const Eigen::Ref<const MatrixXd>& columns) {
  const VectorXd mean = columns.rowwise().mean();
  const MatrixXd off = columns.colwise() - mean;
  const auto n = static_cast<double>(columns.cols());
  return (off * off.transpose() + kPrior * MatrixXd::Identity(columns.rows(), columns.rows())) / (n - 1 + kPrior);
}

}  // namespace

FisherMetric::FisherMetric(std::size_t dimension, std::size_t most_draws)
    : draws_(static_cast<Eigen::Index>(dimension), static_cast<Eigen::Index>(most_draws)),
      gradients_(static_cast<Eigen::Index>(dimension), static_cast<Eigen::Index>(most_draws)) {}

void FisherMetric::add(std::span<const double> x, std::span<const double> gradient) {
  WOODBURY_ASSERT(count_ < draws_.cols());
  draws_.col(count_) = VectorXd::Map(x.data(), draws_.rows());
  gradients_.col(count_) = VectorXd::Map(gradient.data(), draws_.rows());
  ++count_;
}

std::vector<double> FisherMetric::factor() const {
  if (count_ < kFewest) return {};
  const MatrixXd of_draws = covariance(draws_.leftCols(count_)), of_gradients = covariance(gradients_.leftCols(count_));
  const Eigen::SelfAdjointEigenSolver<MatrixXd> outer(of_gradients);
  if (!(outer.eigenvalues().minCoeff() > 0)) return {};
  const MatrixXd root = outer.operatorSqrt(), inverse_root = outer.operatorInverseSqrt();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> inner(root * of_draws * root);
  if (!(inner.eigenvalues().minCoeff() > 0)) return {};
  const Eigen::LLT<MatrixXd> mean(inverse_root * inner.operatorSqrt() * inverse_root);
  if (mean.info() != Eigen::Success) return {};
  const MatrixXd lower = mean.matrixL();
  if (!lower.allFinite()) return {};
  std::vector<double> rows;
  for (Eigen::Index i = 0; i < lower.rows(); ++i)
    for (Eigen::Index j = 0; j < lower.cols(); ++j) rows.push_back(lower(i, j));
  return rows;
}

}  // namespace woodbury::nuts
