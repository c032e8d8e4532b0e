// Binding a formula to a small table written as text, for tests.
#pragma once

#include <string>
#include <vector>

#include "woodbury/design/design.hpp"

namespace woodbury::design {

inline Bound bound(const std::string& formula, const std::string& csv, const Options& options = {}) {
  frame::CsvOptions reading;
  for (const auto& name : factor_columns(formula, options)) reading.types[name] = frame::ColumnType::factor;
  return bind(formula, frame::parse_csv(csv, reading), options);
}

/// What the user is told, or "no error".
inline std::string complaint(const std::string& formula, const std::string& csv, const Options& options = {}) {
  try {
    static_cast<void>(bound(formula, csv, options));
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "no error";
}

/// The prior of a parameter as printed, or "absent".
inline std::string prior(const Bound& bound, const std::string& parameter) {
  for (const PriorRow& row : bound.priors)
    if (row.parameter == parameter) return row.prior;
  return "absent";
}

inline Options with_priors(std::vector<std::string> priors) {
  Options options;
  options.priors = std::move(priors);
  return options;
}

}  // namespace woodbury::design
