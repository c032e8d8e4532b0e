// A dense metric as a change of coordinates: q = centre + L x, and x has a unit metric.
//
// A leapfrog step of x under the unit metric is one of q under M⁻¹ = Σ = L Lᵀ, with momentum p = L⁻ᵀ p_x; energies,
// U-turn products and the momenta's law carry over (Neal 2011, section 4.1). So trees and static trajectories know of
// diagonal metrics only, and a dense one costs two triangular products a gradient.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/nuts/log_density.hpp"

namespace woodbury::nuts {

/// The density of x; the constant log |L| is left out, so values are those of q's density.
class Whitened final : public LogDensity {
 public:
  /// `factor` is L, lower triangular, row-major. The density is borrowed, and outlives this.
  Whitened(LogDensity& density, std::vector<double> centre, std::vector<double> factor);
  /// A copy that owns a clone of the density.
  Whitened(const Whitened& other);
  Whitened& operator=(const Whitened&) = delete;

  [[nodiscard]] std::size_t dimension() const override { return centre_.size(); }
  double evaluate(std::span<const double> x, std::span<double> gradient) override;
  [[nodiscard]] std::unique_ptr<LogDensity> clone() const override { return std::make_unique<Whitened>(*this); }
  [[nodiscard]] std::string failure() const override { return density_->failure(); }

  /// q of x; the very numbers `evaluate` hands to the density.
  void unwhiten(std::span<const double> x, std::span<double> q) const;
  /// x of q.
  void whiten(std::span<const double> q, std::span<double> x) const;
  /// L ← L F, with F lower triangular; `x` is moved to the same q.
  void refine(std::span<const double> factor, std::span<double> x);
  /// Σ = L Lᵀ, row-major.
  [[nodiscard]] std::vector<double> inverse_metric() const;

 private:
  std::unique_ptr<LogDensity> own_;
  LogDensity* density_;
  std::vector<double> centre_, factor_;
  std::vector<double> q_, gradient_;
};

}  // namespace woodbury::nuts
