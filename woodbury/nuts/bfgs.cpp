// The inverse Hessian's estimate, dense.
#include "woodbury/nuts/bfgs.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace woodbury::nuts {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMostIterations = 300;
constexpr double kLeftToGain = 1e-5, kRounding = 1e-3;  // nats
/// What a first trial changes a coordinate by at most: beyond a few units of a log scale densities are costly to work,
/// and searches in vain; where it is far to go steps are doubled.
constexpr double kLongest = 2;

/// Nocedal and Wright (6.17); left as it is where the curvature seen is not positive.
void update(MatrixXd& inverse, const VectorXd& moved, const VectorXd& change) {
  const double curvature = moved.dot(change);
  if (!(curvature > 1e-12 * moved.norm() * change.norm())) return;
  const VectorXd scaled = inverse * change;
  inverse += (1 + change.dot(scaled) / curvature) / curvature * moved * moved.transpose() -
             (scaled * moved.transpose() + moved * scaled.transpose()) / curvature;
}

}  // namespace

Climb climb(Objective& objective, const VectorXd& q, const MatrixXd* inverse) {
  const Eigen::Index n = q.size();
  Place here{q, VectorXd(n), 0}, next{VectorXd(n), VectorXd(n), 0};
  Climb result;
  result.inverse_hessian = inverse ? *inverse : MatrixXd::Identity(n, n);
  here.value = objective(here.q, here.gradient);
  for (int i = 0; i < kMostIterations && std::isfinite(here.value); ++i) {
    const VectorXd direction = -result.inverse_hessian * here.gradient;
    const double gain = -here.gradient.dot(direction) / 2;
    // A unit matrix says nothing of what is left.
    const bool blind = i == 0 && !inverse;
    result.converged = (!blind && gain < kLeftToGain) || gain == 0;
    if (result.converged) break;
    const double first = 1 / std::max(1.0, blind ? direction.norm() : direction.lpNorm<Eigen::Infinity>() / kLongest);
    if (!line_search(objective, here, direction, first, next)) {
      result.converged = !blind && gain < kRounding;  // nothing lower is to be told apart
      break;
    }
    const VectorXd moved = next.q - here.q, change = next.gradient - here.gradient;
    if (blind && moved.dot(change) > 0) result.inverse_hessian *= moved.dot(change) / change.squaredNorm();
    update(result.inverse_hessian, moved, change);
    std::swap(here, next);
  }
  result.q = here.q;
  result.gradient = here.gradient;
  result.value = here.value;
  return result;
}

}  // namespace woodbury::nuts
