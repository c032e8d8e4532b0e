// What climbs ask of a log density, and how far they go along a direction (Nocedal and Wright 2006, section 3.1).
#pragma once

#include <cstddef>

#include <Eigen/Dense>

#include "woodbury/nuts/log_density.hpp"

namespace woodbury::nuts {

/// The negative log density, with a count of what was asked of it; anything that is not finite is +infinity.
class Objective {
 public:
  explicit Objective(LogDensity& density) : density_(&density) {}
  [[nodiscard]] Eigen::Index dimension() const { return static_cast<Eigen::Index>(density_->dimension()); }
  /// −log π(q), and its gradient.
  double operator()(const Eigen::VectorXd& q, Eigen::VectorXd& gradient);
  [[nodiscard]] std::size_t gradients() const noexcept { return gradients_; }
  [[nodiscard]] const LogDensity& density() const noexcept { return *density_; }

 private:
  LogDensity* density_;
  std::size_t gradients_ = 0;
};

/// A position, with −log π there and its gradient.
struct Place {
  Eigen::VectorXd q, gradient;
  double value = 0;
};

/// From `from` along `direction`, first by `step` times it, to a place that holds Wolfe's weak conditions: bisection
/// between what is too far and what is too near, doubling until something is too far. False where no place is lower.
[[nodiscard]] bool line_search(Objective& objective, const Place& from, const Eigen::VectorXd& direction, double step,
                               Place& to);

}  // namespace woodbury::nuts
