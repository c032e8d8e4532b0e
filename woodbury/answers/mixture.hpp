// A weighted mixture of normals, or of log-normals: what closed forms give of a quantity over the draws.
#pragma once

#include <span>

namespace woodbury::answers {

/// Σ weight_t N(mean_t, variance_t), or of the exponential of such a variable. Weights sum to one; empty: equal ones.
/// A variance may be zero.
class Mixture {
 public:
  Mixture(std::span<const double> means, std::span<const double> variances, std::span<const double> weights,
          bool exponential);

  [[nodiscard]] double mean() const;
  [[nodiscard]] double sd() const;
  /// Root of the distribution function, by bisection and Newton's steps; to 1e-10 of the scale.
  [[nodiscard]] double quantile(double probability) const;
  /// log density at y.
  [[nodiscard]] double log_density(double y) const;

 private:
  [[nodiscard]] double weight(std::size_t t) const {
    return weights_.empty() ? 1 / static_cast<double>(means_.size()) : weights_[t];
  }
  [[nodiscard]] double below(double x, double& density) const;

  std::span<const double> means_, variances_, weights_;
  bool exponential_;
};

}  // namespace woodbury::answers
