// Predictions for rows: mixtures over the draws in closed form, new levels and what is known of them included.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "woodbury/answers/rows.hpp"
#include "woodbury/answers/table.hpp"

namespace woodbury::answers {

/// What is predicted: a new response; its expectation or median given the effects; or the linear predictor, which under
/// log-normal is on the log. Without log-normal the last three are the same.
enum class Quantity { response, mean, median, linpred };

struct PredictOptions {
  Quantity quantity = Quantity::response;
  GroupEffects effects = {};
  double prob = 0.95;
  unsigned threads = 0;
  /// Rows of new levels with their responses, as the user has them: predictions for the same new level are given these,
  /// the draws reweighted by how well they predict them.
  std::optional<frame::Frame> given = std::nullopt;
};

struct Prediction {
  double mean = 0, sd = 0, lower = 0, upper = 0;
};

/// A prediction a row. Works blocks of rows, so that storage is bounded: a pass over the draws for each.
[[nodiscard]] std::vector<Prediction> predict(const Bound& bound, const Rows& rows, const PredictOptions& options);
/// The table of `woodbury predict`: a row number, the prediction and its interval.
[[nodiscard]] Table predict_table(const Bound& bound, const frame::Frame& raw, const PredictOptions& options);
/// Expectations of the fitted rows, and responses less these, with their intervals.
[[nodiscard]] Table fitted_table(const Bound& bound, const PredictOptions& options);
[[nodiscard]] Table residuals_table(const Bound& bound, const PredictOptions& options);

/// Columns of a file that a fit needs of new data, those that it has; the fit's factors are read as labels.
[[nodiscard]] frame::Frame read_new_data(const store::Record& record, const std::string& path);

}  // namespace woodbury::answers
