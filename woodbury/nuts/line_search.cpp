// Bisection, and doubling until something is too far.
#include "woodbury/nuts/line_search.hpp"

#include <cmath>
#include <limits>

namespace woodbury::nuts {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kDecrease = 1e-4, kCurvature = 0.9;  // Wolfe's c₁ and c₂
constexpr int kMostTrials = 40;

}  // namespace

double Objective::operator()(const Eigen::VectorXd& q, Eigen::VectorXd& gradient) {
  ++gradients_;
  if (!q.allFinite()) return kInfinity;
  const auto n = static_cast<std::size_t>(q.size());
  const double value = -density_->evaluate({q.data(), n}, {gradient.data(), n});
  gradient = -gradient;
  return std::isfinite(value) && gradient.allFinite() ? value : kInfinity;
}

bool line_search(Objective& objective, const Place& from, const Eigen::VectorXd& direction, double step, Place& to) {
  const double slope = from.gradient.dot(direction);
  double near = 0, far = kInfinity;
  bool lower = false;
  for (int trial = 0; trial < kMostTrials; ++trial) {
    to.q = from.q + step * direction;
    to.value = objective(to.q, to.gradient);
    if (!(to.value <= from.value + kDecrease * step * slope)) {
      far = step;
      lower = false;
    } else if (to.gradient.dot(direction) < kCurvature * slope) {
      near = step;
      lower = true;
    } else {
      return true;
    }
    step = std::isfinite(far) ? (near + far) / 2 : 2 * near;
  }
  return lower;
}

}  // namespace woodbury::nuts
