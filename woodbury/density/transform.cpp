// Canonical partial correlations. Row i of L, with t = tanh q and s = sech q of the row's own q, r_0 = 1:
//
//   L_ij = t_j r_j,   r_(j+1) = r_j s_j   (j < i),   L_ii = r_i
//   log |dL_i/dq| = Σ_j (log r_j + 2 log s_j) = Σ_k (i + 1 − k) log s_k
//
// s is computed as sech, never as √(1 − t²), and r_j is read back from L as the norm of the row's end, so that nothing
// cancels where |t| rounds to 1. Lewandowski, Kurowicka and Joe (2009).
#include "woodbury/density/transform.hpp"

#include <cmath>
#include <numbers>

#include "woodbury/base/base.hpp"

namespace woodbury::density {

namespace {

/// tanh, sech and log sech of q.
struct Hyperbolic {
  double tanh, sech;
  double log_sech;
};

Hyperbolic hyperbolic(double q) {
  const double size = std::abs(q);
  const double small = std::exp(-size), square = small * small;
  const double tanh = -std::expm1(-2 * size) / (1 + square);
  return {std::copysign(tanh, q), 2 * small / (1 + square), std::numbers::ln2 - size - std::log1p(square)};
}

double correlation_forward(std::size_t d, std::span<const double> q, std::span<double> x) {
  double log_jacobian = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < d; ++i) {
    double rest = 1;
    for (std::size_t j = 0; j < i; ++j, ++next) {
      const Hyperbolic h = hyperbolic(q[next]);
      x[j * d + i] = h.tanh * rest;
      rest *= h.sech;
      log_jacobian += static_cast<double>(i + 1 - j) * h.log_sech;
    }
    x[i * d + i] = rest;
    for (std::size_t j = i + 1; j < d; ++j) x[j * d + i] = 0;
  }
  return log_jacobian;
}

void correlation_backward(std::size_t d, std::span<const double> q, std::span<const double> x,
                          std::span<const double> adjoint_x, std::span<double> adjoint_q) {
  for (std::size_t i = 1; i < d; ++i) {
    const std::size_t first = i * (i - 1) / 2;
    double rest = x[i * d + i];             // r_(j+1)
    double adjoint = adjoint_x[i * d + i];  // of r_(j+1)
    for (std::size_t j = i; j-- > 0;) {
      const Hyperbolic h = hyperbolic(q[first + j]);
      const double above = adjoint_x[j * d + i];
      rest = std::hypot(rest, x[j * d + i]);
      adjoint_q[first + j] += rest * h.sech * (above * h.sech - adjoint * h.tanh);
      adjoint_q[first + j] -= static_cast<double>(i + 1 - j) * h.tanh;
      adjoint = above * h.tanh + adjoint * h.sech;
    }
  }
}

/// sinh q_j = L_ij / r_(j+1).
void correlation_unconstrain(std::size_t d, std::span<const double> x, std::span<double> q) {
  for (std::size_t i = 1; i < d; ++i) {
    const std::size_t first = i * (i - 1) / 2;
    double rest = x[i * d + i];
    for (std::size_t j = i; j-- > 0;) {
      q[first + j] = std::asinh(x[j * d + i] / rest);
      rest = std::hypot(rest, x[j * d + i]);
    }
  }
}

/// 1 / (1 + exp |q|): the smaller of the two probabilities.
double minor_probability(double q) {
  const double small = std::exp(-std::abs(q));
  return small / (1 + small);
}

double interval_forward(double lower, double upper, double q, double& x) {
  const double width = upper - lower, minor = minor_probability(q);
  x = q < 0 ? lower + width * minor : upper - width * minor;
  return std::log(width) - std::abs(q) - 2 * std::log1p(std::exp(-std::abs(q)));
}

double log_cosh(double q) { return std::abs(q) + std::log1p(std::exp(-2 * std::abs(q))) - std::numbers::ln2; }

}  // namespace

double Transform::forward(std::span<const double> q, std::span<double> x) const {
  WOODBURY_ASSERT(q.size() == unconstrained_size() && x.size() == constrained_size());
  double log_jacobian = 0;
  switch (kind_) {
    case Kind::real:
      for (std::size_t i = 0; i < size_; ++i) x[i] = q[i];
      break;
    case Kind::positive:
      for (std::size_t i = 0; i < size_; ++i) {
        x[i] = std::exp(q[i]);
        log_jacobian += q[i];
      }
      break;
    case Kind::interval:
      for (std::size_t i = 0; i < size_; ++i) log_jacobian += interval_forward(lower_, upper_, q[i], x[i]);
      break;
    case Kind::signed_scale:
      for (std::size_t i = 0; i < size_; ++i) {
        x[i] = upper_ * std::sinh(q[i]);
        log_jacobian += std::log(upper_) + log_cosh(q[i]);
      }
      break;
    case Kind::correlation:
      return correlation_forward(size_, q, x);
  }
  return log_jacobian;
}

void Transform::backward(std::span<const double> q, std::span<const double> x, std::span<const double> adjoint_x,
                         std::span<double> adjoint_q) const {
  WOODBURY_ASSERT(q.size() == unconstrained_size() && adjoint_q.size() == q.size());
  WOODBURY_ASSERT(x.size() == constrained_size() && adjoint_x.size() == x.size());
  switch (kind_) {
    case Kind::real:
      for (std::size_t i = 0; i < size_; ++i) adjoint_q[i] += adjoint_x[i];
      break;
    case Kind::positive:
      for (std::size_t i = 0; i < size_; ++i) adjoint_q[i] += adjoint_x[i] * x[i] + 1;
      break;
    case Kind::interval:
      for (std::size_t i = 0; i < size_; ++i) {
        const double minor = minor_probability(q[i]);
        adjoint_q[i] += adjoint_x[i] * (upper_ - lower_) * minor * (1 - minor) - std::tanh(q[i] / 2);
      }
      break;
    case Kind::signed_scale:
      for (std::size_t i = 0; i < size_; ++i) adjoint_q[i] += adjoint_x[i] * upper_ * std::cosh(q[i]) + std::tanh(q[i]);
      break;
    case Kind::correlation:
      correlation_backward(size_, q, x, adjoint_x, adjoint_q);
      break;
  }
}

void Transform::unconstrain(std::span<const double> x, std::span<double> q) const {
  WOODBURY_ASSERT(q.size() == unconstrained_size() && x.size() == constrained_size());
  switch (kind_) {
    case Kind::real:
      for (std::size_t i = 0; i < size_; ++i) q[i] = x[i];
      break;
    case Kind::positive:
      for (std::size_t i = 0; i < size_; ++i) q[i] = std::log(x[i]);
      break;
    case Kind::interval:
      for (std::size_t i = 0; i < size_; ++i) q[i] = std::log(x[i] - lower_) - std::log(upper_ - x[i]);
      break;
    case Kind::signed_scale:
      for (std::size_t i = 0; i < size_; ++i) q[i] = std::asinh(x[i] / upper_);
      break;
    case Kind::correlation:
      correlation_unconstrain(size_, x, q);
      break;
  }
}

}  // namespace woodbury::density
