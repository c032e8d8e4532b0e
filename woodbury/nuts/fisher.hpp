// Metrics from draws and their gradients.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Dense>

namespace woodbury::nuts {

/// The inverse metric M⁻¹ that makes draws and gradients alike: M⁻¹ = Cov(x) # Cov(∇ log π)⁻¹, the geometric mean,
/// which minimises the Fisher divergence to a normal density (Seyboldt, Carlson and Carpenter 2024). Of a normal
/// density, whose gradients are linear, it is the covariance as soon as there are more draws than dimensions.
class FisherMetric {
 public:
  FisherMetric(std::size_t dimension, std::size_t most_draws);
  void add(std::span<const double> x, std::span<const double> gradient);
  /// Takes in what another has seen.
  void add(const FisherMetric& other);
  /// Lower F, row-major, M⁻¹ = F Fᵀ; both covariances shrunk a little towards the unit matrix, which is what whitened
  /// coordinates should have. Empty where the draws do not tell: too few, not finite.
  [[nodiscard]] std::vector<double> factor() const;

 private:
  Eigen::MatrixXd draws_, gradients_;  // a column a draw
  Eigen::Index count_ = 0;
};

/// The diagonal one, M⁻¹ᵢᵢ = √(Var xᵢ / Var gᵢ), from any number of chains. Where coordinates hardly hang together each
/// gradient is a multiple of its coordinate, and few draws tell the ratio well, however little they have travelled.
class DiagonalFisher {
 public:
  explicit DiagonalFisher(std::size_t dimension);
  void add(std::span<const double> x, std::span<const double> gradient);
  /// Takes in what another has seen.
  void add(const DiagonalFisher& other);
  /// Writes M⁻¹, both variances shrunk a little towards those that `metric` itself expects, and starts anew. The metric
  /// stays where draws do not tell.
  void estimate(std::span<double> metric);

 private:
  struct Coordinate {
    double x = 0, gradient = 0, x_squares = 0, gradient_squares = 0;  ///< means; sums of squares around them
  };
  std::vector<Coordinate> coordinates_;
  double count_ = 0;
};

}  // namespace woodbury::nuts
