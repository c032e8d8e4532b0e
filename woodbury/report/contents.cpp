#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/report/sections.hpp"

namespace woodbury::report {

nlohmann::json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

std::vector<double> draws_of(const store::Record& record, std::size_t column) {
  std::vector<double> all;
  for (const auto& chain : record.draws.column(column)) all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

namespace {

nlohmann::json summary(const store::Record& record, double prob) {
  auto rows = nlohmann::json::array();
  for (std::size_t v = 0; v < record.draws.variables().size(); ++v) {
    if (!record.draws.variables()[v].dims.empty()) continue;
    const std::size_t column = record.draws.offset(v);
    const diagnose::Row& row = record.summary.parameters[column];
    const auto all = draws_of(record, column);
    rows.push_back({{"name", row.variable},
                    {"mean", rounded(row.mean)},
                    {"sd", rounded(row.sd)},
                    {"lower", rounded(diagnose::quantile(all, (1 - prob) / 2))},
                    {"upper", rounded(diagnose::quantile(all, (1 + prob) / 2))},
                    {"rhat", rounded(row.rhat)},
                    {"bulk", rounded(row.ess_bulk)},
                    {"tail", rounded(row.ess_tail)},
                    {"analytic", row.analytic}});
  }
  return rows;
}

nlohmann::json components(const store::Record& record, double prob) {
  auto list = nlohmann::json::array();
  for (const answers::Table& table : answers::varcorr(record, prob)) {
    if (table.rows.empty()) continue;
    auto rows = nlohmann::json::array();
    for (const auto& row : table.rows) {
      auto& cells = rows.emplace_back(nlohmann::json::array());
      for (const answers::Cell& cell : row)
        cells.push_back(std::holds_alternative<double>(cell) ? rounded(std::get<double>(cell))
                                                             : nlohmann::json(std::get<std::string>(cell)));
    }
    list.push_back({{"title", table.title}, {"columns", table.columns}, {"rows", rows}});
  }
  return list;
}

nlohmann::json diagnostics(const store::Record& record) {
  auto chains = nlohmann::json::array();
  for (std::size_t c = 0; c < record.draws.chains.size(); ++c) {
    const draws::Chain& chain = record.draws.chains[c];
    const auto divergent = std::ranges::count(chain.stats.divergent, 1);
    const double ebfmi = c < record.summary.ebfmi.size() ? record.summary.ebfmi[c] : std::nan("");
    chains.push_back({c + 1, chain.draws, divergent, rounded(ebfmi), rounded(chain.step_size)});
  }
  return {{"warnings", record.summary.warnings}, {"chains", chains}};
}

nlohmann::json plan_of(const store::Record& record) {
  nlohmann::json plan = nlohmann::json::object();
  for (const char* key : {"line", "reason", "kernel", "data", "terms", "candidates", "reductions"})
    if (record.plan.contains(key)) plan[key] = record.plan.at(key);
  return plan;
}

}  // namespace

nlohmann::json contents(const store::Record& kept, const Options& options) {
  const store::Record record = answers::with_effects(kept, options.threads);
  const answers::Bound bound(record);
  const nlohmann::json source = record.model.value("data", nlohmann::json::object());
  const std::string formula = record.run.value("formula", "");
  std::size_t draws = 0;
  for (const draws::Chain& chain : record.draws.chains) draws += chain.draws;
  const auto seconds = record.seconds.find("total");
  return {{"title", formula.empty() ? fmt::format("A model of {}", fmt::join(record.responses, ", ")) : formula},
          {"family", record.run.value("family", "gaussian")},
          {"response", record.responses.front()},
          {"percent", rounded(100 * options.prob)},
          {"data",
           {{"path", source.value("path", "")},
            {"rows", record.data.rows()},
            {"dropped", source.value("rows_dropped", 0)}}},
          {"draws", fmt::format("{} chains, {} draws in all after {} of warm-up each; seed {}",
                                record.draws.chains.size(), draws, record.warmup, record.seed)},
          {"foot", fmt::format("Woodbury {}, {}{}", record.version, record.created_at,
                               seconds == record.seconds.end() ? "" : fmt::format(", {:.3g} s", seconds->second))},
          {"summary", summary(record, options.prob)},
          {"components", components(record, options.prob)},
          {"groups", groups(record, options)},
          {"conditional", conditional(bound, options)},
          {"predictive", predictive(bound, options)},
          {"diagnostics", diagnostics(record)},
          {"traces", traces(record)},
          {"priors", priors(record)},
          {"plan", plan_of(record)}};
}

}  // namespace woodbury::report
