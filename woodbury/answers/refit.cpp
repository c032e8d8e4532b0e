#include "woodbury/answers/refit.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/answers/given.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::answers {

namespace {

fit::Options options_of(const store::Record& record, unsigned threads) {
  fit::Options options;
  const nlohmann::json given = record.run.value("options", nlohmann::json::object());
  options.plan.integrate = given.value("integrate", options.plan.integrate);
  options.plan.reduce = given.value("reduce", "auto") == "auto";
  options.plan.parametrisation = given.value("parametrisation", options.plan.parametrisation);
  options.sampler.chains = record.draws.chains.size();
  options.sampler.draws = record.draws.common_draws();
  if (given.contains("warmup") && given.at("warmup").is_number())
    options.sampler.warmup = given.at("warmup").get<std::size_t>();
  options.sampler.seed = record.seed;
  options.sampler.threads = threads;
  options.sampler.target_accept = record.target_accept;
  options.sampler.max_depth = record.max_depth;
  options.sampler.algorithm = record.algorithm == "hmc" ? nuts::Algorithm::hmc : nuts::Algorithm::nuts;
  return options;
}

/// Some rows of a table.
frame::Frame subset(const frame::Frame& table, const std::vector<bool>& wanted) {
  frame::Frame result;
  for (const std::string& name : table.names()) {
    if (table.is_numeric(name)) {
      const frame::Numbers& from = table.numeric(name);
      std::vector<double> values;
      for (std::size_t n = 0; n < table.rows(); ++n)
        if (wanted[n]) values.push_back(from[n]);
      result.add(name, frame::Numeric{std::move(values)});
      continue;
    }
    const frame::Factor& from = table.factor(name);
    frame::Factor column{{}, from.levels};
    for (std::size_t n = 0; n < table.rows(); ++n)
      if (wanted[n]) column.codes.push_back(from.codes[n]);
    result.add(name, std::move(column));
  }
  return result;
}

}  // namespace

double log_mean_exp(std::span<const double> logs) {
  const double most = *std::ranges::max_element(logs);
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - most);
  return most + std::log(sum / static_cast<double>(logs.size()));
}

double refitted(const store::Record& record, const std::vector<std::size_t>& rows, unsigned threads) {
  std::vector<bool> left(record.data.rows(), false);
  for (const std::size_t n : rows) left[n] = true;
  const frame::Frame out = subset(record.data, left);
  left.flip();
  const fit::Options options = options_of(record, threads);
  const store::Record without =
      fit::run(fit::prepare(model::from_json(record.model), subset(record.data, left), options), options);
  const Bound bound(without);
  const Rows held = Rows::of_coded(bound, out, {GroupEffects::Kind::fresh, ""});
  return log_mean_exp(joint_log_density(bound, held, threads));
}

}  // namespace woodbury::answers
