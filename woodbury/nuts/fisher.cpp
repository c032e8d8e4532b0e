// With S = Cov(g)^½: the geometric mean Cov(x) # Cov(g)⁻¹ is S⁻¹ (S Cov(x) S)^½ S⁻¹ (Bhatia 2007, section 4.1).
#include "woodbury/nuts/fisher.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/base/base.hpp"

namespace woodbury::nuts {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kPrior = 5;  // draws that the unit matrix counts for
constexpr Eigen::Index kFewest = 10;
constexpr double kDiagonalPrior = 1;  // draws that the old diagonal metric counts for

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

void FisherMetric::add(const FisherMetric& other) {
  WOODBURY_ASSERT(count_ + other.count_ <= draws_.cols());
  draws_.middleCols(count_, other.count_) = other.draws_.leftCols(other.count_);
  gradients_.middleCols(count_, other.count_) = other.gradients_.leftCols(other.count_);
  count_ += other.count_;
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

DiagonalFisher::DiagonalFisher(std::size_t dimension) : coordinates_(dimension) {}

void DiagonalFisher::add(std::span<const double> x, std::span<const double> gradient) {
  ++count_;
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    Coordinate& c = coordinates_[i];
    const double off = x[i] - c.x, gradient_off = gradient[i] - c.gradient;
    c.x += off / count_;
    c.gradient += gradient_off / count_;
    c.x_squares += off * (x[i] - c.x);
    c.gradient_squares += gradient_off * (gradient[i] - c.gradient);
  }
}

/// Chan, Golub and LeVeque 1979.
void DiagonalFisher::add(const DiagonalFisher& other) {
  if (other.count_ == 0) return;
  const double all = count_ + other.count_, share = other.count_ / all, between = count_ * share;
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    Coordinate& c = coordinates_[i];
    const Coordinate& o = other.coordinates_[i];
    const double off = o.x - c.x, gradient_off = o.gradient - c.gradient;
    c.x += off * share;
    c.gradient += gradient_off * share;
    c.x_squares += o.x_squares + off * off * between;
    c.gradient_squares += o.gradient_squares + gradient_off * gradient_off * between;
  }
  count_ = all;
}

void DiagonalFisher::estimate(std::span<double> metric) {
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    const Coordinate& c = coordinates_[i];
    const double ratio = (c.x_squares + kDiagonalPrior * metric[i]) / (c.gradient_squares + kDiagonalPrior / metric[i]);
    if (std::isfinite(ratio) && ratio > 0) metric[i] = std::sqrt(ratio);
  }
  std::ranges::fill(coordinates_, Coordinate{});
  count_ = 0;
}

}  // namespace woodbury::nuts
