// The response along one variable, or along two, with the data.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "woodbury/answers/predict.hpp"
#include "woodbury/answers/table.hpp"

namespace woodbury::answers {

/// Variables as `Variables` knows them. What is neither set nor walked along is at its mean over the rows.
struct ConditionalQuestion {
  std::string along, by = {};                  ///< `by` draws lines; empty: one line
  std::map<std::string, std::string> at = {};  ///< variable → value or label of a level
};

struct ConditionalEffect {
  std::string name, response;
  std::vector<std::string> levels;  ///< of a factor; empty: a number
  std::string by;                   ///< empty: none
  std::vector<std::string> lines;   ///< levels of `by`, or its mean and one sd below and above; empty: one line
  /// The expected response, at a value or at the number of a level.
  struct Point {
    double x = 0;
    std::size_t line = 0;
    Prediction expected;
  };
  std::vector<Point> curve;  ///< line by line
  struct Row {
    double x = 0, y = 0;
    std::size_t line = 0;
  };
  std::vector<Row> rows;  ///< of the fit, in the response's units; the nearest line's
};

/// What there is to see: each variable of the fixed part by itself, unless it interacts, then each pair that does.
[[nodiscard]] std::vector<ConditionalQuestion> conditional_questions(const Bound& bound);

/// Answers in one pass over the draws. Of `options` the quantity is the mean. Throws base::Error where a variable is
/// none that the rows tell, a value is none of it, or group effects are asked for of a factor without a level.
[[nodiscard]] std::vector<ConditionalEffect> conditional_effects(const Bound& bound,
                                                                 const std::vector<ConditionalQuestion>& questions,
                                                                 const PredictOptions& options);

/// The curve with its intervals, and the fitted rows, values and labels as the user has them.
[[nodiscard]] std::vector<Table> conditional_tables(const ConditionalEffect& effect, double prob);

}  // namespace woodbury::answers
