// From the table as read to the rows that are fitted.
#include "woodbury/design/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "woodbury/design/evaluate.hpp"

namespace woodbury::design {

namespace {

using base::Error;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append_new(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (!name.empty() && !contains(names, name)) names.push_back(name);
}

bool is_plain_sigma(const formula::Formula& sigma) {
  const formula::Terms& fixed = sigma.fixed;
  return fixed.intercept && fixed.terms.empty() && fixed.offsets.empty() && sigma.groups.empty();
}

void refuse_excluding(const Options& options, bool sigma) {
  if (options.se.empty()) return;
  const char* other = sigma ? "--sigma" : (options.weights.empty() ? nullptr : "--weights");
  if (other == nullptr) return;
  throw Error(fmt::format("--se and {} exclude each other", other), {}, "with known residual sds there is no sigma");
}

void require_columns(const formula::Formula& formula, const frame::Frame& table) {
  const auto require = [&](const formula::Variable& variable) {
    for (const formula::Node* node : formula::column_nodes(*variable.node)) require_column(formula, *node, table);
  };
  const auto require_terms = [&](const formula::Terms& terms) {
    for (const auto& term : terms.terms) std::for_each(term.variables.begin(), term.variables.end(), require);
    std::for_each(terms.offsets.begin(), terms.offsets.end(), require);
  };
  if (formula.response_variable) require(*formula.response_variable);
  require_terms(formula.fixed);
  for (const auto& group : formula.groups) {
    require_terms(group.terms);
    std::for_each(group.factors.begin(), group.factors.end(), require);
  }
}

void require_option(const std::string& option, const std::string& name, const frame::Frame& table) {
  if (name.empty()) return;
  if (!table.has(name))
    throw Error(fmt::format("{} names `{}`, but there is no such column", option, name), {},
                base::did_you_mean(name, table.names()));
  if (!table.is_numeric(name)) throw Error(fmt::format("{} takes a column of numbers; `{}` is a factor", option, name));
}

double number_of(const std::string& label, const std::string& column) {
  double value = 0;
  const char* end = label.data() + label.size();
  const auto [stop, error] = std::from_chars(label.data(), end, value);
  if (error != std::errc{} || stop != end)
    throw Error(fmt::format("--numeric {0}: `{1}` is not a number", column, label), {},
                "mend the value, or drop --numeric");
  return value;
}

frame::Numeric to_numeric(const frame::Factor& factor, const std::string& column) {
  std::vector<double> of_level;
  for (const std::string& label : factor.levels) of_level.push_back(number_of(label, column));
  std::vector<double> values;
  values.reserve(factor.codes.size());
  for (const auto code : factor.codes)
    values.push_back(code < 0 ? std::numeric_limits<double>::quiet_NaN() : of_level[static_cast<std::size_t>(code)]);
  return {std::move(values)};
}

void override_types(frame::Frame& table, const std::vector<std::string>& used, const std::vector<std::string>& grouping,
                    const Options& options) {
  const auto require_used = [&](const char* option, const std::string& name) {
    if (contains(used, name)) return;
    throw Error(fmt::format("{} names `{}`, which the model does not use", option, name), {},
                base::did_you_mean(name, used));
  };
  for (const std::string& name : options.factors) {
    require_used("--factor", name);
    if (contains(options.numerics, name)) throw Error(fmt::format("`{}` is named by --factor and by --numeric", name));
    if (table.is_numeric(name)) table.add(name, frame::to_factor(table.numeric(name)));
  }
  for (const std::string& name : options.numerics) {
    require_used("--numeric", name);
    if (contains(grouping, name))
      throw Error(fmt::format("--numeric names `{}`, but right of `|` a column is a factor", name));
    if (table.is_factor(name)) table.add(name, to_numeric(table.factor(name), name));
  }
}

bool is_missing(const frame::Column& column, std::size_t row) {
  if (const auto* numeric = std::get_if<frame::Numeric>(&column)) return std::isnan(numeric->values[row]);
  return std::get<frame::Factor>(column).codes[row] < 0;
}

bool is_complete(const frame::Frame& table, const std::vector<std::string>& used, std::size_t row) {
  return std::none_of(used.begin(), used.end(), [&](const auto& name) { return is_missing(table.column(name), row); });
}

void refuse_missing(const frame::Frame& table, const std::vector<std::string>& used) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (const std::string& name : used) {
      if (is_missing(table.column(name), row))
        throw Error(fmt::format("row {}: `{}` is missing", row + 1, name), {},
                    "mend the row, or drop incomplete rows with --na drop");
    }
  }
}

[[noreturn]] void refuse_empty(const frame::Frame& table, const std::vector<std::string>& used) {
  if (table.rows() == 0) throw Error("the table has no rows");
  std::string counts;
  for (const std::string& name : used) {
    std::size_t missing = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) missing += is_missing(table.column(name), row) ? 1 : 0;
    if (missing > 0) counts += fmt::format("{}`{}` in {}", counts.empty() ? "" : ", ", name, missing);
  }
  throw Error(fmt::format("none of the {} rows is complete: missing are {}", table.rows(), counts), {},
              "leave such a column out of the model, or mend it");
}

std::vector<std::string> grouping_columns(const Formulas& formulas) {
  std::vector<std::string> names = formula::grouping_columns(formulas.mean);
  if (formulas.sigma) append_new(names, formula::grouping_columns(*formulas.sigma));
  return names;
}

}  // namespace

Formulas parse_formulas(const std::string& formula, const Options& options) {
  Formulas out{formula::parse(formula), {}};
  formula::require_response(out.mean);
  if (!options.sigma.empty()) {
    formula::Formula sigma = formula::parse(options.sigma);
    if (sigma.response)
      throw Error("the formula of --sigma has no response", formula::place(sigma, sigma.response->span),
                  "write ~ and the predictors of log sigma");
    if (!is_plain_sigma(sigma)) out.sigma = std::move(sigma);
  }
  refuse_excluding(options, out.sigma.has_value());
  return out;
}

std::vector<std::string> used_columns(const Formulas& formulas, const Options& options) {
  std::vector<std::string> names = formula::columns(formulas.mean);
  if (formulas.sigma) append_new(names, formula::columns(*formulas.sigma));
  append_new(names, {options.weights, options.se});
  return names;
}

std::size_t UsedRows::number(std::size_t row) const {
  if (dropped == 0) return row + 1;
  std::size_t left = row;
  for (std::size_t at = 0; at < original.rows(); ++at)
    if (is_complete(original, used, at) && left-- == 0) return at + 1;
  return original.rows();
}

UsedRows use_rows(frame::Frame table, const Formulas& formulas, const Options& options) {
  require_columns(formulas.mean, table);
  if (formulas.sigma) require_columns(*formulas.sigma, table);
  UsedRows out;
  out.used = used_columns(formulas, options);
  require_option("--weights", options.weights, table);
  require_option("--se", options.se, table);
  override_types(table, out.used, grouping_columns(formulas), options);
  out.original = table;
  if (!options.drop_missing) refuse_missing(table, out.used);
  out.dropped = table.drop_incomplete(out.used);
  if (table.rows() == 0) refuse_empty(out.original, out.used);
  out.table = std::move(table);
  return out;
}

std::vector<std::string> columns_used(const std::string& formula, const Options& options) {
  return used_columns(parse_formulas(formula, options), options);
}

std::vector<std::string> factor_columns(const std::string& formula, const Options& options) {
  std::vector<std::string> names = grouping_columns(parse_formulas(formula, options));
  append_new(names, options.factors);
  return names;
}

}  // namespace woodbury::design
