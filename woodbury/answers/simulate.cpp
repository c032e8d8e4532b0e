#include "woodbury/answers/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "woodbury/answers/prediction_draws.hpp"
#include "woodbury/diagnose/diagnose.hpp"

namespace woodbury::answers {

std::vector<std::vector<double>> simulate(const Bound& bound, const Rows& rows, const SimulateOptions& options) {
  const PredictionDraws draws(bound, rows, {.threads = options.threads},
                              {.draws = std::min(options.copies, bound.draws()), .seed = options.seed});
  std::vector<double> values(draws.draws() * draws.rows());
  draws.fill(0, values);
  std::vector<std::vector<double>> result;
  for (auto copy = values.begin(); copy != values.end(); copy += static_cast<std::ptrdiff_t>(draws.rows()))
    if (!std::isnan(*copy)) result.emplace_back(copy, copy + static_cast<std::ptrdiff_t>(draws.rows()));
  return result;
}

Table predictive_check(const Bound& bound, const std::vector<std::vector<double>>& copies) {
  using Statistic = double (*)(const std::vector<double>&);
  const Statistic mean = [](const std::vector<double>& y) {
    return std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
  };
  const Statistic sd = [](const std::vector<double>& y) {
    const double centre = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
    double squares = 0;
    for (const double each : y) squares += (each - centre) * (each - centre);
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, y.size() - 1)));
  };
  const Statistic least = [](const std::vector<double>& y) { return *std::ranges::min_element(y); };
  const Statistic median = [](const std::vector<double>& y) { return diagnose::quantile(y, 0.5); };
  const Statistic most = [](const std::vector<double>& y) { return *std::ranges::max_element(y); };
  Table table{"", {"statistic", "data", "replicated, 5 %", "95 %", "share above the data"}, {}, {}};
  const std::vector<double> y = bound.data().numeric(bound.observation().response).copy();
  for (const auto& [name, statistic] : {std::pair{"mean", mean}, std::pair{"sd", sd}, std::pair{"smallest", least},
                                        std::pair{"median", median}, std::pair{"largest", most}}) {
    const double observed = statistic(y);
    std::vector<double> replicated;
    double above = 0;
    for (const auto& copy : copies) {
      replicated.push_back(statistic(copy));
      above += replicated.back() > observed ? 1 : 0;
    }
    table.rows.push_back({std::string(name), observed, diagnose::quantile(replicated, 0.05),
                          diagnose::quantile(replicated, 0.95), above / static_cast<double>(copies.size())});
  }
  return table;
}

}  // namespace woodbury::answers
