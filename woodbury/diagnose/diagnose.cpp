// The measures of single columns, and E-BFMI.
#include "woodbury/diagnose/diagnose.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "woodbury/diagnose/measures.hpp"

namespace woodbury::diagnose {

namespace {

double measure(const Chains& chains, double (Measures::*which)()) {
  const Column column = make_column(chains);
  const NormalScores scores(column.halves() * column.half());
  Measures measures(scores);
  measures.take(column);
  return (measures.*which)();
}

}  // namespace

double rhat(const Chains& chains) { return measure(chains, &Measures::rhat); }
double ess_bulk(const Chains& chains) { return measure(chains, &Measures::ess_bulk); }
double ess_tail(const Chains& chains) { return measure(chains, &Measures::ess_tail); }
double ess_mean(const Chains& chains) { return measure(chains, &Measures::ess_mean); }
double mcse_mean(const Chains& chains) { return measure(chains, &Measures::mcse_mean); }
double mcse_sd(const Chains& chains) { return measure(chains, &Measures::mcse_sd); }

double quantile(std::vector<double> values, double probability) {
  const bool sound = std::ranges::none_of(values, [](double value) { return std::isnan(value); });
  if (values.empty() || !sound || !(probability >= 0 && probability <= 1))
    return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(values);
  return quantile_of_sorted(values.size(), probability, [&](std::size_t i) { return values[i]; });
}

double ebfmi(std::span<const double> energy) {
  const double mean = std::accumulate(energy.begin(), energy.end(), 0.0) / static_cast<double>(energy.size());
  double steps = 0, squares = 0;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    squares += (energy[i] - mean) * (energy[i] - mean);
    if (i > 0) steps += (energy[i] - energy[i - 1]) * (energy[i] - energy[i - 1]);
  }
  // Steps of exactly zero: nothing was sampled, and `squares` is rounding.
  return steps > 0 && squares > 0 ? steps / squares : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace woodbury::diagnose
