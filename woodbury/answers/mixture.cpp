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

auto Mixture::below(double x, std::size_t stride) const -> Below {
  Below sum;
  double weights = 0;
  for (std::size_t t = 0; t < means_.size(); t += stride) {
    const double w = weight(t), sd = std::sqrt(variances_[t]), z = (x - means_[t]) / sd;
    weights += w;
    if (!(sd > 0)) {
      sum.probability += x >= means_[t] ? w : 0;
      continue;
    }
    const double density = w * std::exp(-0.5 * z * z) / sd;
    sum.probability += w * 0.5 * std::erfc(-z / std::numbers::sqrt2);
    sum.density += density;
    sum.slope -= density * z / sd;
  }
  const double scale = 1 / (weights * std::sqrt(2 * std::numbers::pi));
  return {sum.probability / weights, sum.density * scale, sum.slope * scale};
}

double Mixture::solve(double probability, double x, Bracket bracket, std::size_t stride) const {
  constexpr double kTolerance = 1e-10;
  auto& [low, high, least] = bracket;
  const double tolerance = kTolerance * (high - low);
  for (int step = 0; step < 200 && high - low > tolerance; ++step) {
    const Below f = below(x, stride);
    const double excess = f.probability - probability;
    (excess >= 0 ? high : low) = x;
    const double newton = excess / f.density, bend = 1 - 0.5 * newton * f.slope / f.density;
    const double next = x - newton / bend;
    if (!(bend > 0.5 && bend < 1.5 && next > low && next < high)) {  // far from where a step is to be trusted
      x = 0.5 * (low + high);
      continue;
    }
    const double moved = std::abs(next - x), scaled = moved / least;
    x = next;
    if (moved < tolerance || moved * scaled * scaled < tolerance) break;  // a step leaves an error of third order
  }
  return x;
}

double Mixture::quantile(double probability) const {
  constexpr std::size_t kFew = 256;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Bracket bracket{kInfinity, -kInfinity, kInfinity};
  double centre = 0;
  for (std::size_t t = 0; t < means_.size(); ++t) {
    if (!(weight(t) > 0)) continue;
    const double sd = std::sqrt(variances_[t]);
    bracket.low = std::min(bracket.low, means_[t] - 9 * sd);
    bracket.high = std::max(bracket.high, means_[t] + 9 * sd);
    bracket.least = std::min(bracket.least, sd);
    centre += weight(t) * means_[t];
  }
  double x = std::clamp(centre, bracket.low, bracket.high);
  const std::size_t stride = means_.size() / kFew;
  if (stride > 1 && weights_.empty()) x = solve(probability, x, bracket, stride);
  x = solve(probability, x, bracket, 1);
  return exponential_ ? std::exp(x) : x;
}

}  // namespace woodbury::answers
