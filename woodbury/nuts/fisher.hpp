// A dense metric from draws and their gradients.
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
  void clear() { count_ = 0; }
  /// Lower F, row-major, M⁻¹ = F Fᵀ; both covariances shrunk a little towards the unit matrix, which is what whitened
  /// coordinates should have. Empty where the draws do not tell: too few, not finite.
  [[nodiscard]] std::vector<double> factor() const;

 private:
  Eigen::MatrixXd draws_, gradients_;  // a column a draw
  Eigen::Index count_ = 0;
};

}  // namespace woodbury::nuts
