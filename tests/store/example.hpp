// A fit made by hand for the tests of fit folders: scalars, labelled arrays, awkward names, several chains,
// divergences.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "woodbury/store/store.hpp"

namespace woodbury::store {

inline std::vector<draws::Variable> example_variables() {
  const std::vector<std::string> cities = {"São Paulo", "北京", "New York", "a,b", "308"};
  const std::vector<std::string> coefs = {"Intercept", "x"};
  return {{"b_Intercept", {}, {}},
          {"b_x", {}, {}},
          {"b_x:fc", {}, {}},
          {"b_fé", {}, {}},
          {"b_undefined", {}, {}},
          {"sd_city__x", {}, {}},
          {"sd_city:h__x", {}, {}},
          {"cor_city__Intercept__x", {}, {}},
          {"sigma", {}, {}},
          {"r_city", {"city", "city__coef"}, {cities, coefs}},
          {"r_city__sigma", {"city", "city__coef"}, {cities, {"sigma_Intercept"}}},
          {"r_city:h", {"city:h", "city:h__coef"}, {{"a_1", "a_2", "b_1"}, {"Intercept"}}},
          {"cond", {"cond"}, {{"low", "high"}}}};
}

/// One chain of distinct numbers over many magnitudes, the fifth column undefined in its first draw.
inline draws::Chain example_chain(std::size_t index, std::size_t count, std::size_t width) {
  draws::Chain chain;
  chain.draws = count;
  base::Stream stream(7, index, 0, base::Purpose::test);
  for (std::size_t d = 0; d < count; ++d) {
    for (std::size_t column = 0; column < width; ++column)
      chain.values.push_back(stream.normal() * std::pow(10.0, static_cast<double>(column % 7) * 3 - 9));
    chain.stats.lp.push_back(-100 + stream.normal());
    chain.stats.accept_stat.push_back(stream.uniform());
    chain.stats.step_size.push_back(0.25);
    chain.stats.energy.push_back(100 + stream.normal());
    chain.stats.tree_depth.push_back(static_cast<int>(stream.below(9)) + 2);
    chain.stats.n_leapfrog.push_back((1 << chain.stats.tree_depth.back()) - 1);
    chain.stats.divergent.push_back(d % 10 == index);
  }
  if (count > 0) chain.values[4] = std::numeric_limits<double>::quiet_NaN();
  chain.step_size = 0.25 + 0.001 * static_cast<double>(index);
  chain.inverse_metric = {1.5, 1e-7, 0.25};
  chain.warmup_seconds = 1e-5;
  chain.sampling_seconds = 0.125 * static_cast<double>(index + 1);
  chain.warmup_gradients = 900 + index;
  chain.gradients = 12345 + index;
  return chain;
}

/// Quantile by linear interpolation between order statistics (R's type 7), written anew so that diagnose is not needed.
inline double example_quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

inline diagnose::Row example_row(const std::string& variable, std::vector<double> values) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  diagnose::Row row{variable,  undefined, undefined, undefined, undefined, undefined,
                    undefined, undefined, undefined, undefined, undefined};
  if (values.size() < 2 || std::ranges::any_of(values, [](double x) { return std::isnan(x); })) return row;
  std::ranges::sort(values);
  double sum = 0;
  for (const double x : values) sum += x;
  row.mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (const double x : values) squares += (x - row.mean) * (x - row.mean);
  row.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  row.median = example_quantile(values, 0.5);
  row.q5 = example_quantile(values, 0.05);
  row.q95 = example_quantile(values, 0.95);
  return row;
}

/// A fit with chains of the given lengths.
inline Record example_record(const std::vector<std::size_t>& lengths = {40, 40, 40}) {
  Record record;
  record.draws = draws::Draws(example_variables());
  for (std::size_t c = 0; c < lengths.size(); ++c)
    record.draws.chains.push_back(example_chain(c, lengths[c], record.draws.width()));
  const auto names = record.draws.column_names();
  for (std::size_t column = 0; column < names.size(); ++column) {
    std::vector<double> values;
    for (const auto& chain : record.draws.column(column)) values.insert(values.end(), chain.begin(), chain.end());
    record.summary.parameters.push_back(example_row(names[column], values));
  }
  for (const auto& chain : record.draws.chains) {
    for (std::size_t d = 0; d < record.draws.common_draws(); ++d) {
      record.summary.divergences += chain.stats.divergent[d];
      record.summary.max_treedepth_hits += chain.stats.tree_depth[d] >= record.max_depth;
    }
    record.summary.ebfmi.push_back(0.9);
  }
  record.summary.warnings = {"12 divergences; raise `--target-accept`"};
  record.model = {{"variables", {{{"name", "sigma"}, {"scale", std::numeric_limits<double>::quiet_NaN()}}}},
                  {"data", {{"path", "cities.csv"}, {"rows", 9}, {"sha256", "00ff"}}}};
  record.plan = {{"kernel", "bordered"}};
  record.run = {{"options", {{"chains", lengths.size()}}}};
  record.data.add("y/z", frame::Numeric{{1.5, -2.25, 1e-300, 0}});
  record.data.add("x", frame::Numeric{{1, 2, 3, 1.0 / 3}});
  record.data.add("city", frame::Factor{{1, 0, 1, 4}, {"São Paulo", "北京", "New York", "a,b", "308"}});
  record.data.add("obs_id", frame::Numeric{{4, 3, 2, 1}});
  record.data.source = {"cities.csv", "00ff", 9};
  record.responses = {"y/z"};
  record.declared_dims = 24;
  record.sampled_dims = 5;
  record.warmup = 100;
  record.seed = 18446744073709551557U;
  record.version = "0.1.0";
  record.created_at = "2026-02-03T04:05:06Z";
  record.seconds = {{"sample", 0.25}, {"total", 0.5}};
  return record;
}

}  // namespace woodbury::store
