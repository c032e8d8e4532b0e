// The Hamiltonian of a log density under a diagonal metric, and its leapfrog integrator.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/nuts/log_density.hpp"

namespace woodbury::nuts {

/// A point of phase space with the log density and gradient at its position.
struct Point {
  explicit Point(std::size_t dimension) : q(dimension), p(dimension), gradient(dimension) {}
  std::vector<double> q, p, gradient;
  double log_density = 0;
};

/// H(q, p) = −log π(q) + ½ Σ mᵢ pᵢ², with m the inverse metric: an estimate of each coordinate's variance.
class Hamiltonian {
 public:
  explicit Hamiltonian(LogDensity& density);

  [[nodiscard]] std::size_t dimension() const noexcept { return inverse_metric_.size(); }
  [[nodiscard]] const std::vector<double>& inverse_metric() const noexcept { return inverse_metric_; }
  void set_inverse_metric(std::span<const double> variances);
  /// Gradients asked of the density so far.
  [[nodiscard]] std::size_t gradients() const noexcept { return gradients_; }
  /// Counts gradients that were asked of the density past the Hamiltonian.
  void count(std::size_t gradients) noexcept { gradients_ += gradients; }

  /// Log density and gradient at z.q; anything that is not a finite number counts as −infinity.
  void evaluate(Point& z);
  /// z.p ~ N(0, diag(1 / m)).
  void draw_momentum(Point& z, base::Stream& stream) const;
  [[nodiscard]] double energy(const Point& z) const;
  /// One step of length `step`, backwards in time where negative. Returns the energy reached, +infinity where there is
  /// no density.
  double leapfrog(Point& z, double step);
  /// Why the last evaluated point ended a trajectory, in words.
  [[nodiscard]] std::string cause(const Point& z) const;

 private:
  LogDensity* density_;
  std::vector<double> inverse_metric_;
  std::size_t gradients_ = 0;
  bool ran_off_ = false;  // the position left the finite numbers, so the density was not asked
};

}  // namespace woodbury::nuts
