// Quasi-Newton ascent of a log density (Nocedal and Wright 2006, algorithms 3.5, 3.6 and 6.1).
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

struct Climb {
  Eigen::VectorXd q, gradient;      ///< where it ended; of −log π
  Eigen::MatrixXd inverse_hessian;  ///< BFGS's estimate
  double value = 0;                 ///< −log π there
  bool converged = false;           ///< by the gradient under the estimate: less than 10⁻⁵ nats are left to gain
};

/// Minimises from q, with line searches that hold Wolfe's conditions where rounding lets them. `inverse`: the inverse
/// Hessian to begin with, where it is known; it is believed.
[[nodiscard]] Climb climb(Objective& objective, const Eigen::VectorXd& q, const Eigen::MatrixXd* inverse = nullptr);

}  // namespace woodbury::nuts
