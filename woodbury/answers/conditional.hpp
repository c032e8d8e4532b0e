// The average member's response along one variable, or along two that interact, with the data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "woodbury/store/store.hpp"

namespace woodbury::answers {

/// Group effects are zero. Columns of other variables are at their means over the rows, products with these included.
struct ConditionalEffect {
  std::string name;                 ///< of the variable: a column, or an expression of it
  std::vector<std::string> levels;  ///< of a factor; empty: a number
  std::string by;                   ///< the variable that it interacts with; empty: none
  std::vector<std::string> lines;   ///< levels of `by`, or its mean and one sd below and above; empty: one line
  /// Median and interval at a value, or at the number of a level.
  struct Point {
    double x = 0;
    std::size_t line = 0;
    double estimate = 0, lower = 0, upper = 0;
  };
  std::vector<Point> curve;
  struct Row {
    double x = 0, y = 0;
    std::size_t line = 0;
  };
  std::vector<Row> rows;  ///< of the fit, in the response's units; the nearest line's
};

/// A variable by itself, unless it interacts, then each pair that does. None of a built model, which has no formula.
[[nodiscard]] std::vector<ConditionalEffect> conditional_effects(const store::Record& record, double prob);

}  // namespace woodbury::answers
