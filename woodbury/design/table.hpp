// The rows and columns a formula uses of a table: types overridden, incomplete rows dropped or refused.
#pragma once

#include <string>
#include <vector>

#include "woodbury/design/design.hpp"

namespace woodbury::design {

/// The formulas of a model: the mean's, and log sigma's where there is one that says more than `~ 1`.
struct Formulas {
  formula::Formula mean;
  std::optional<formula::Formula> sigma;
};
/// Parses both. Throws base::Error where the mean's has no response, sigma's has one, or options exclude each other.
[[nodiscard]] Formulas parse_formulas(const std::string& formula, const Options& options);

/// Columns used, in order: the mean's, sigma's, weights, se.
[[nodiscard]] std::vector<std::string> used_columns(const Formulas& formulas, const Options& options);

/// Rows used of a table, and which these were.
struct UsedRows {
  frame::Frame table;
  std::size_t dropped = 0;

  /// Number, from 1, of used row `row` in the table as read.
  [[nodiscard]] std::size_t number(std::size_t row) const;

  frame::Frame original;          ///< the same columns, all rows
  std::vector<std::string> used;  ///< columns that must not be missing
};
/// Throws base::Error: an unknown column (with its place in the formula), a text that is no number under --numeric,
/// a missing value unless they are dropped, no row left.
[[nodiscard]] UsedRows use_rows(frame::Frame table, const Formulas& formulas, const Options& options);

}  // namespace woodbury::design
