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
  /// Root of the distribution function, to 1e-10 of the mixture's width: Halley's steps within a bracket, first over
  /// some of the components, so that two or three passes over all of them are left.
  [[nodiscard]] double quantile(double probability) const;

 private:
  /// P(X ≤ x), X before the exponential, and its derivatives.
  struct Below {
    double probability = 0, density = 0, slope = 0;
  };
  struct Bracket {
    double low, high;
    double least;  ///< sd of the narrowest component
  };

  [[nodiscard]] double weight(std::size_t t) const {
    return weights_.empty() ? 1 / static_cast<double>(means_.size()) : weights_[t];
  }
  /// Of every `stride`-th component.
  [[nodiscard]] Below below(double x, std::size_t stride) const;
  [[nodiscard]] double solve(double probability, double x, Bracket bracket, std::size_t stride) const;

  std::span<const double> means_, variances_, weights_;
  bool exponential_;
};

}  // namespace woodbury::answers
