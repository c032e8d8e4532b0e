#include "woodbury/answers/effects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "woodbury/answers/columns.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::answers {

namespace {

/// Effects on the mean alone: those on sigma have names of their own.
bool of_mean(const draws::Variable& variable) {
  return is_group_effect(variable) && !variable.name.ends_with("__sigma");
}

std::vector<std::string> factors_of(const draws::Draws& draws) {
  std::vector<std::string> factors;
  for (const draws::Variable& v : draws.variables())
    if (is_group_effect(v) && std::ranges::count(factors, v.dims[0]) == 0) factors.push_back(v.dims[0]);
  return factors;
}

/// Whether a variable has a value, or several, for each level of a factor of the data.
bool has_levels(const store::Record& record, const draws::Variable& variable) {
  if (variable.dims.empty() || variable.dims.size() > 2) return false;
  const std::string& factor = variable.dims[0];
  return record.data.has(factor) && record.data.is_factor(factor);
}

/// What a level's values are called: a formula's columns, a built model's variables.
std::vector<std::string> coefficients_of(const draws::Variable& variable) {
  if (variable.dims.size() == 1) return {variable.name};
  const bool formula = is_group_effect(variable);
  const std::string prefix = formula && !of_mean(variable) ? "sigma_" : "";
  std::vector<std::string> names;
  for (const std::string& column : variable.coords[1])
    names.push_back(formula ? prefix + column : fmt::format("{}[{}]", variable.name, column));
  return names;
}

std::vector<std::string> with_intervals(std::vector<std::string> first, double prob) {
  for (const std::string& name : interval_names(prob)) first.push_back(name);
  return first;
}

void append(std::vector<Cell>& row, const std::vector<Cell>& more) { row.insert(row.end(), more.begin(), more.end()); }

/// Estimates of a stored column: mean and error as the summary has them, which may be better than the draws' own.
std::vector<Cell> described(const store::Record& record, std::size_t column, double prob) {
  std::vector<Cell> cells = answers::described(all_draws(record.draws, column), prob);
  cells[0] = record.summary.parameters[column].mean;
  cells[1] = record.summary.parameters[column].sd;
  return cells;
}

}  // namespace

std::vector<std::string> interval_names(double prob) {
  return {"Estimate", "Est.Error", fmt::format("l-{:.6g}% CI", 100 * prob), fmt::format("u-{:.6g}% CI", 100 * prob)};
}

std::vector<Cell> described(std::vector<double> draws, double prob) {
  double mean = 0, squares = 0;
  for (const double x : draws) mean += x / static_cast<double>(draws.size());
  for (const double x : draws) squares += (x - mean) * (x - mean);
  const double sd = draws.size() > 1 ? std::sqrt(squares / static_cast<double>(draws.size() - 1))
                                     : std::numeric_limits<double>::quiet_NaN();
  const double lower = diagnose::quantile(draws, (1 - prob) / 2),
               upper = diagnose::quantile(std::move(draws), (1 + prob) / 2);
  return {mean, sd, lower, upper};
}

std::vector<Table> ranef(const store::Record& record, double prob) {
  std::vector<Table> tables;
  for (std::size_t v = 0; v < record.draws.variables().size(); ++v) {
    const draws::Variable& variable = record.draws.variables()[v];
    if (!has_levels(record, variable)) continue;
    auto table = std::ranges::find(tables, variable.dims[0], &Table::title);
    if (table == tables.end())
      table = tables.insert(tables.end(), {variable.dims[0], with_intervals({"level", "coefficient"}, prob), {}, {}});
    std::size_t column = record.draws.offset(v);
    for (const std::string& level : variable.coords[0])
      for (const std::string& name : coefficients_of(variable)) {
        auto& row = table->rows.emplace_back(std::vector<Cell>{level, name});
        append(row, described(record, column++, prob));
      }
  }
  return tables;
}

std::vector<Table> coef(const store::Record& record, double prob) {
  const draws::Draws& draws = record.draws;
  std::vector<Table> tables;
  for (const std::string& factor : factors_of(draws)) {
    // Coefficients of the factor in order, each a population part and a column of effects; then the other fixed ones.
    Table table{factor, with_intervals({"level", "coefficient"}, prob), {}, {}};
    for (std::size_t v = 0; v < draws.variables().size(); ++v) {
      const draws::Variable& variable = draws.variables()[v];
      if (!is_group_effect(variable) || variable.dims[0] != factor) continue;
      const std::string prefix = of_mean(variable) ? "" : "sigma_";
      const std::size_t d = variable.coords[1].size();
      for (std::size_t c = 0; c < d; ++c) {
        const std::string name = prefix + variable.coords[1][c];
        const std::vector<double> population = scalar(draws, "b_" + name);
        for (std::size_t j = 0; j < variable.coords[0].size(); ++j) {
          std::vector<double> sum = all_draws(draws, draws.offset(v) + j * d + c);
          for (std::size_t i = 0; i < population.size(); ++i) sum[i] += population[i];
          auto& row = table.rows.emplace_back(std::vector<Cell>{variable.coords[0][j], name});
          append(row, answers::described(std::move(sum), prob));
        }
      }
    }
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

Table estimates(const store::Record& record, double prob, bool effects) {
  Table table{"", with_intervals({"parameter"}, prob), {}, {}};
  for (const char* name : {"Rhat", "Bulk_ESS", "Tail_ESS"}) table.columns.emplace_back(name);
  for (std::size_t v = 0; v < record.draws.variables().size(); ++v) {
    const draws::Variable& variable = record.draws.variables()[v];
    if (!effects && !variable.dims.empty()) continue;
    const auto names = variable.element_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::size_t column = record.draws.offset(v) + i;
      const diagnose::Row& s = record.summary.parameters[column];
      auto& row = table.rows.emplace_back(std::vector<Cell>{names[i]});
      append(row, described(record, column, prob));
      append(row, {s.rhat, std::round(s.ess_bulk), std::round(s.ess_tail)});
    }
  }
  return table;
}

std::vector<Table> lme4_summary(const store::Record& record, double prob) {
  const auto& variables = record.draws.variables();
  Table random{"Random effects:", {"Groups", "Name", "Variance", "Std.Dev.", "Corr"}, {}, {}};
  for (const std::string& factor : record.run.value("grouping_factors", factors_of(record.draws)))
    for (const draws::Variable& v : variables) {
      const std::string prefix = "sd_" + factor + "__";
      if (!v.dims.empty() || !v.name.starts_with(prefix)) continue;
      const std::string name = v.name.substr(prefix.size());
      double variance = 0, sd = 0;
      const auto draws = scalar(record.draws, v.name);
      for (const double x : draws) {
        variance += x * x / static_cast<double>(draws.size());
        sd += x / static_cast<double>(draws.size());
      }
      std::string correlations;
      for (const draws::Variable& other : variables)
        if (other.name.starts_with("cor_" + factor + "__") && other.name.ends_with("__" + name)) {
          const auto values = scalar(record.draws, other.name);
          double mean = 0;
          for (const double x : values) mean += x / static_cast<double>(values.size());
          correlations += fmt::format("{}{:.2f}", correlations.empty() ? "" : " ", mean);
        }
      random.rows.push_back({factor, name, variance, sd, correlations});
    }
  if (const auto draws = scalar(record.draws, "sigma"); !draws.empty()) {
    double variance = 0, sd = 0;
    for (const double x : draws) {
      variance += x * x / static_cast<double>(draws.size());
      sd += x / static_cast<double>(draws.size());
    }
    random.rows.push_back({std::string("Residual"), std::string(), variance, sd, std::string()});
  }
  std::size_t total = 0;
  for (const draws::Chain& chain : record.draws.chains) total += chain.draws;
  std::string groups;
  auto factors = factors_of(record.draws);
  if (factors.empty()) factors = model::from_json(record.model).data_factors();
  for (const std::string& factor : factors)
    groups += fmt::format("; {}, {}", factor, record.data.factor(factor).levels.size());
  random.notes.push_back(fmt::format("Number of obs: {}, groups{}", record.data.rows(),
                                     groups.empty() ? ": none" : ": " + groups.substr(2)));
  random.notes.push_back(fmt::format("Posterior means over {} draws.", total));
  Table fixed{"Fixed effects:", {"", "Estimate", "Std. Error"}, {}, {}};
  fixed.columns.push_back(interval_names(prob)[2]);
  fixed.columns.push_back(interval_names(prob)[3]);
  for (std::size_t v = 0; v < variables.size(); ++v)
    if (variables[v].dims.empty() && variables[v].name.starts_with("b_")) {
      auto& row = fixed.rows.emplace_back(
          std::vector<Cell>{variables[v].name == "b_Intercept" ? "(Intercept)" : variables[v].name.substr(2)});
      append(row, described(record, record.draws.offset(v), prob));
    }
  return {random, fixed};
}

}  // namespace woodbury::answers
