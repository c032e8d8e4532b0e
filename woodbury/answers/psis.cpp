#include "woodbury/answers/psis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace woodbury::answers {

Pareto fit_pareto(std::span<const double> x) {
  const auto n = static_cast<double>(x.size());
  const auto candidates = 30 + static_cast<std::size_t>(std::sqrt(n));
  const double quartile = x[static_cast<std::size_t>(n / 4 + 0.5) - 1], largest = x.back();
  std::vector<double> theta, profile;
  const auto shape_at = [&](double value) {
    double sum = 0;
    for (const double each : x) sum += std::log1p(-value * each);
    return sum / n;
  };
  for (std::size_t j = 1; j <= candidates; ++j) {
    const double value =
        1 / largest +
        (1 - std::sqrt(static_cast<double>(candidates) / (static_cast<double>(j) - 0.5))) / (3 * quartile);
    theta.push_back(value);
    const double k = shape_at(value);
    profile.push_back(n * (std::log(-value / k) - k - 1));
  }
  double mean = 0;
  for (std::size_t j = 0; j < candidates; ++j) {
    double sum = 0;
    for (std::size_t i = 0; i < candidates; ++i) sum += std::exp(profile[i] - profile[j]);
    mean += theta[j] / sum;
  }
  const double k = shape_at(mean);
  return {(n * k + 5) / (n + 10), -k / mean};  // as ten observations with shape a half
}

double smooth(std::span<double> logs, double relative_efficiency) {
  const std::size_t count = logs.size();
  const double most = *std::ranges::max_element(logs);
  for (double& log : logs) log -= most;
  const auto s = static_cast<double>(count);
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * s, 3 * std::sqrt(s / relative_efficiency))));
  // Weights as good as equal have no tail.
  const bool equal = *std::ranges::min_element(logs) > -1e-12;
  double k = equal ? 0 : std::numeric_limits<double>::infinity();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!equal && tail >= 5 && tail < count) {
    const auto cut = order.begin() + static_cast<std::ptrdiff_t>(count - tail - 1);
    const auto less = [&](std::size_t a, std::size_t b) { return logs[a] < logs[b]; };
    std::nth_element(order.begin(), cut, order.end(), less);
    std::sort(cut + 1, order.end(), less);
    const double threshold = std::exp(std::max(logs[*cut], std::log(std::numeric_limits<double>::min())));
    std::vector<double> exceedances;
    for (auto at = cut + 1; at != order.end(); ++at) exceedances.push_back(std::exp(logs[*at]) - threshold);
    const Pareto pareto = fit_pareto(exceedances);
    if (std::isfinite(pareto.shape)) k = pareto.shape;
    for (std::size_t i = 0; i < tail && std::isfinite(k); ++i) {
      const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(tail);
      const double quantile =
          std::abs(k) < 1e-12 ? -pareto.scale * std::log1p(-p) : pareto.scale * std::expm1(-k * std::log1p(-p)) / k;
      logs[*(cut + 1 + static_cast<std::ptrdiff_t>(i))] = std::min(0.0, std::log(threshold + quantile));
    }
  }
  double sum = 0;
  for (const double log : logs) sum += std::exp(log);
  for (double& log : logs) log -= std::log(sum);
  return k;
}

}  // namespace woodbury::answers
