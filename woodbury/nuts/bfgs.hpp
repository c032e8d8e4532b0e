// Quasi-Newton ascent of a log density (Nocedal and Wright 2006, algorithm 6.1).
#pragma once

#include <Eigen/Dense>

#include "woodbury/nuts/line_search.hpp"

namespace woodbury::nuts {

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
