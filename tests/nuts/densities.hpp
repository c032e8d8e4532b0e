// Densities with known moments, for the tests of the sampler.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/base/base.hpp"
#include "woodbury/nuts/nuts.hpp"

namespace woodbury::nuts::testing {

/// A density from a function of (q, gradient) to the log density.
class FromFunction final : public LogDensity {
 public:
  using Function = std::function<double(std::span<const double>, std::span<double>)>;
  FromFunction(std::size_t dimension, Function function, std::vector<double> metric = {})
      : dimension_(dimension), function_(std::move(function)), metric_(std::move(metric)) {}
  std::size_t dimension() const override { return dimension_; }
  double evaluate(std::span<const double> q, std::span<double> gradient) override { return function_(q, gradient); }
  std::unique_ptr<LogDensity> clone() const override { return std::make_unique<FromFunction>(*this); }
  std::string failure() const override { return "a matrix was not positive definite"; }
  std::vector<double> start_metric() const override { return metric_; }

 private:
  std::size_t dimension_;
  Function function_;
  std::vector<double> metric_;
};

/// N(mean, sd²) in each coordinate, independent.
inline FromFunction independent(std::vector<double> means, std::vector<double> sds) {
  const std::size_t n = means.size();
  return {n, [means = std::move(means), sds = std::move(sds)](std::span<const double> q, std::span<double> g) {
            double value = 0;
            for (std::size_t i = 0; i < q.size(); ++i) {
              const double z = (q[i] - means[i]) / sds[i];
              g[i] = -z / sds[i];
              value -= z * z / 2;
            }
            return value;
          }};
}

/// N(0, covariance).
inline FromFunction gaussian(const Eigen::MatrixXd& covariance) {
  const Eigen::MatrixXd precision = covariance.inverse();
  return {static_cast<std::size_t>(covariance.rows()), [precision](std::span<const double> q, std::span<double> g) {
            const Eigen::Map<const Eigen::VectorXd> x(q.data(), static_cast<Eigen::Index>(q.size()));
            Eigen::Map<Eigen::VectorXd> out(g.data(), static_cast<Eigen::Index>(g.size()));
            out.noalias() = -precision * x;
            return x.dot(out) / 2;
          }};
}

/// Neal's funnel: v ~ N(0, 3²), x ~ N(0, eᵛ) eight times.
inline FromFunction funnel() {
  return {9, [](std::span<const double> q, std::span<double> g) {
            const double v = q[0], precision = std::exp(-v);
            double squares = 0;
            for (std::size_t i = 1; i < q.size(); ++i) {
              squares += q[i] * q[i];
              g[i] = -q[i] * precision;
            }
            g[0] = -v / 9 - 4 + squares * precision / 2;
            return -v * v / 18 - 4 * v - squares * precision / 2;
          }};
}

/// A curved density in two dimensions, nowhere quadratic: −(x² − 2y)²/2 − x²/2 − y⁴/8.
inline FromFunction curved() {
  return {2, [](std::span<const double> q, std::span<double> g) {
            const double x = q[0], y = q[1], bend = x * x - 2 * y;
            g[0] = -2 * x * bend - x;
            g[1] = 2 * bend - y * y * y / 2;
            return -bend * bend / 2 - x * x / 2 - y * y * y * y / 8;
          }};
}

/// Rosenbrock's valley, as a density: −(1 − x)²/2 − 10 (y − x²)²; its mode is (1, 1).
inline FromFunction rosenbrock() {
  return {2, [](std::span<const double> q, std::span<double> g) {
            const double off = q[1] - q[0] * q[0];
            g[0] = 1 - q[0] + 40 * q[0] * off;
            g[1] = -20 * off;
            return -(1 - q[0]) * (1 - q[0]) / 2 - 10 * off * off;
          }};
}

/// Half N(−c, 1) and half N(c, 1), then an independent N(0, 1).
inline FromFunction bimodal(double c) {
  return {2, [c](std::span<const double> q, std::span<double> g) {
            const double tilt = std::tanh(c * q[0]);
            g[0] = c * tilt - q[0];
            g[1] = -q[1];
            const double size = std::abs(c * q[0]);
            return size + std::log1p(std::exp(-2 * size)) - q[0] * q[0] / 2 - q[1] * q[1] / 2;
          }};
}

/// A covariance with eigenvalues from 1 to `condition` along random axes, then scaled by sds from 0.01 to 100.
inline Eigen::MatrixXd awkward_covariance(Eigen::Index n, double condition, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  Eigen::MatrixXd noise(n, n);
  for (double& value : noise.reshaped()) value = stream.normal();
  const Eigen::MatrixXd axes = Eigen::HouseholderQR<Eigen::MatrixXd>(noise).householderQ();
  Eigen::VectorXd scales(n), values(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    values[i] = std::pow(condition, static_cast<double>(i) / static_cast<double>(std::max<Eigen::Index>(1, n - 1)));
    scales[i] = std::pow(10, 4 * stream.uniform() - 2);
  }
  const Eigen::MatrixXd root = scales.asDiagonal() * axes * values.cwiseSqrt().asDiagonal();
  return root * root.transpose();
}

/// Lower Cholesky factor, row-major.
inline std::vector<double> factor_of(const Eigen::MatrixXd& covariance) {
  const Eigen::Index n = covariance.rows();
  const Eigen::MatrixXd lower = covariance.llt().matrixL();
  std::vector<double> rows;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) rows.push_back(lower(i, j));
  return rows;
}

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace woodbury::nuts::testing
