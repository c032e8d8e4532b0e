#include "woodbury/answers/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace woodbury::answers {

Mixture::Mixture(std::span<const double> means, std::span<const double> variances, std::span<const double> weights,
                 bool exponential)
    : means_(means), variances_(variances), weights_(weights), exponential_(exponential) {}

double Mixture::mean() const {
  double sum = 0;
  for (std::size_t t = 0; t < means_.size(); ++t)
    sum += weight(t) * (exponential_ ? std::exp(means_[t] + 0.5 * variances_[t]) : means_[t]);
  return sum;
}

double Mixture::sd() const {
  const double centre = mean();
  double within = 0, between = 0;
  for (std::size_t t = 0; t < means_.size(); ++t) {
    const double mean = exponential_ ? std::exp(means_[t] + 0.5 * variances_[t]) : means_[t];
    const double variance = exponential_ ? mean * mean * std::expm1(variances_[t]) : variances_[t];
    within += weight(t) * variance;
    between += weight(t) * (mean - centre) * (mean - centre);
  }
  return std::sqrt(within + between);
}

/// P(X ≤ x), X before the exponential, and its derivative.
double Mixture::below(double x, double& density) const {
  double sum = 0;
  density = 0;
  for (std::size_t t = 0; t < means_.size(); ++t) {
    const double sd = std::sqrt(variances_[t]);
    if (!(sd > 0)) {
      sum += x >= means_[t] ? weight(t) : 0;
      continue;
    }
    const double z = (x - means_[t]) / sd;
    sum += weight(t) * 0.5 * std::erfc(-z / std::numbers::sqrt2);
    density += weight(t) * std::exp(-0.5 * z * z) / (sd * std::sqrt(2 * std::numbers::pi));
  }
  return sum;
}

double Mixture::quantile(double probability) const {
  double low = std::numeric_limits<double>::infinity(), high = -low, centre = 0;
  for (std::size_t t = 0; t < means_.size(); ++t) {
    const double reach = 9 * std::sqrt(variances_[t]);
    if (!(weight(t) > 0)) continue;
    low = std::min(low, means_[t] - reach);
    high = std::max(high, means_[t] + reach);
    centre += weight(t) * means_[t];
  }
  double x = std::clamp(centre, low, high);
  const double tolerance = 1e-10 * (high - low);
  for (int step = 0; step < 200 && high - low > tolerance; ++step) {
    double density = 0;
    const double excess = below(x, density) - probability;
    (excess >= 0 ? high : low) = x;
    const double newton = density > 0 ? x - excess / density : low;
    const double next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (std::abs(next - x) < tolerance && newton == next) {
      x = next;
      break;
    }
    x = next;
  }
  return exponential_ ? std::exp(x) : x;
}

double Mixture::log_density(double y) const {
  const double x = exponential_ ? std::log(y) : y;
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (std::size_t t = 0; t < means_.size(); ++t) {
    const double deviation = x - means_[t];
    const double log = std::log(weight(t)) -
                       0.5 * (std::log(2 * std::numbers::pi * variances_[t]) + deviation * deviation / variances_[t]);
    if (log > most) {
      sum = sum * std::exp(most - log) + 1;
      most = log;
    } else {
      sum += std::exp(log - most);
    }
  }
  return most + std::log(sum) - (exponential_ ? x : 0);
}

}  // namespace woodbury::answers
