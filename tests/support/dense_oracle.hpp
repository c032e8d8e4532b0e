// The one dense oracle every kernel is held to: log N(y; m, A Σ Aᵀ + W⁻¹), its gradient and the conditional of w.
// No cleverness: N × N matrices. Flat columns X by the restricted likelihood. Templated on the scalar.
#pragma once

#include <cmath>
#include <numbers>

#include <Eigen/Dense>

namespace woodbury::test {

template <class Scalar = double>
struct DenseOracle {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  Scalar log_density;
  Matrix covariance_gradient;  ///< ∂/∂V of V = A Σ Aᵀ + W⁻¹, as if its entries were free
  Vector score;                ///< ∂/∂m
  Vector mean;                 ///< E[w | y], w the coefficients of A, then of X
  Matrix covariance;           ///< Var(w | y)

  /// r = y − m; Σ the prior covariance of A's coefficients; `noise` the diagonal of W⁻¹; X may have no columns.
  DenseOracle(const Vector& r, const Matrix& A, const Matrix& prior, const Matrix& X, const Vector& noise) {
    using std::log;
    const Matrix V = A * prior * A.transpose() + Matrix(noise.asDiagonal());
    const Eigen::LDLT<Matrix> factor(V);
    const Matrix inverse = factor.solve(Matrix::Identity(V.rows(), V.rows()));
    Matrix P = inverse;
    Scalar log_determinants = factor.vectorD().array().log().sum();
    const Eigen::Index k = X.cols();
    Matrix information = X.transpose() * inverse * X;
    if (k > 0) {
      const Eigen::LDLT<Matrix> restricted(information);
      P -= inverse * X * restricted.solve(X.transpose() * inverse);
      log_determinants += restricted.vectorD().array().log().sum();
    }
    score = P * r;
    log_density = Scalar(-0.5) * (Scalar(V.rows() - k) * log(Scalar(2) * Scalar(std::numbers::pi_v<long double>)) +
                                  log_determinants + r.dot(score));
    covariance_gradient = Scalar(0.5) * (score * score.transpose() - P);
    conditional(r, A, prior, X, inverse, information);
  }

 private:
  /// w = Σ Aᵀ P r; Var = Σ − Σ Aᵀ P A Σ, with the flat coefficients by generalised least squares.
  void conditional(const Vector& r, const Matrix& A, const Matrix& prior, const Matrix& X, const Matrix& inverse,
                   const Matrix& information) {
    const Eigen::Index q = A.cols(), k = X.cols();
    mean.resize(q + k);
    covariance.resize(q + k, q + k);
    const Matrix gain = prior * A.transpose() * inverse;  // regression of w on residuals
    Vector flat(k);
    Matrix flat_covariance(k, k);
    if (k > 0) {
      flat_covariance = information.ldlt().solve(Matrix::Identity(k, k));
      flat = flat_covariance * X.transpose() * inverse * r;
    }
    mean.head(q) = gain * (r - X * flat);
    mean.tail(k) = flat;
    const Matrix carried = gain * X;
    covariance.topLeftCorner(q, q) = prior - gain * A * prior + carried * flat_covariance * carried.transpose();
    covariance.topRightCorner(q, k) = -carried * flat_covariance;
    covariance.bottomLeftCorner(k, q) = covariance.topRightCorner(q, k).transpose();
    covariance.bottomRightCorner(k, k) = flat_covariance;
  }
};

}  // namespace woodbury::test
