// Triangular products in place: nothing is allocated after construction.
#include "woodbury/nuts/whitened.hpp"

#include <algorithm>
#include <utility>

#include "woodbury/base/base.hpp"

namespace woodbury::nuts {

Whitened::Whitened(LogDensity& density, std::vector<double> centre, std::vector<double> factor)
    : density_(&density),
      centre_(std::move(centre)),
      factor_(std::move(factor)),
      q_(centre_.size()),
      gradient_(centre_.size()) {
  WOODBURY_ASSERT(density.dimension() == centre_.size() && factor_.size() == centre_.size() * centre_.size());
}

Whitened::Whitened(const Whitened& other)
    : LogDensity(other),
      own_(other.density_->clone()),
      density_(own_.get()),
      centre_(other.centre_),
      factor_(other.factor_),
      q_(other.q_),
      gradient_(other.gradient_) {}

double Whitened::evaluate(std::span<const double> x, std::span<double> gradient) {
  const std::size_t n = centre_.size();
  unwhiten(x, q_);
  const double value = density_->evaluate(q_, gradient_);
  // Lᵀ g by rows of L, which lie together.
  std::ranges::fill(gradient, 0.0);
  const double* row = factor_.data();
  for (std::size_t i = 0; i < n; ++i, row += n) {
    const double g = gradient_[i];
    for (std::size_t j = 0; j <= i; ++j) gradient[j] += row[j] * g;
  }
  return value;
}

void Whitened::unwhiten(std::span<const double> x, std::span<double> q) const {
  const std::size_t n = centre_.size();
  const double* row = factor_.data();
  for (std::size_t i = 0; i < n; ++i, row += n) {
    double sum = centre_[i];
    for (std::size_t j = 0; j <= i; ++j) sum += row[j] * x[j];
    q[i] = sum;
  }
}

void Whitened::whiten(std::span<const double> q, std::span<double> x) const {
  const std::size_t n = centre_.size();
  const double* row = factor_.data();
  for (std::size_t i = 0; i < n; ++i, row += n) {
    double rest = q[i] - centre_[i];
    for (std::size_t j = 0; j < i; ++j) rest -= row[j] * x[j];
    x[i] = rest / row[i];
  }
}

void Whitened::refine(std::span<const double> factor, std::span<double> x) {
  const std::size_t n = centre_.size();
  unwhiten(x, q_);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {  // in place: what is overwritten is no longer needed
      double sum = 0;
      for (std::size_t k = j; k <= i; ++k) sum += factor_[i * n + k] * factor[k * n + j];
      factor_[i * n + j] = sum;
    }
  whiten(q_, x);
}

std::vector<double> Whitened::inverse_metric() const {
  const std::size_t n = centre_.size();
  std::vector<double> sigma(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k <= std::min(i, j); ++k) sigma[i * n + j] += factor_[i * n + k] * factor_[j * n + k];
  return sigma;
}

}  // namespace woodbury::nuts
