// Rows of new levels whose responses are given: how well each draw predicts them, and what they tell of other rows.
#pragma once

#include <optional>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {

/// Rows given of one new level at a draw, y ~ N(mean, K) with K = HᵀH + noise.
struct Given {
  std::vector<std::size_t> rows = {};
  Eigen::MatrixXd halves = {}, factor = {};  ///< H, a column a row; the Cholesky factor of K
  Eigen::VectorXd solved = {};               ///< factor⁻¹ (y − mean)
  double log_density = 0;                    ///< −infinity where K is singular
};

/// Where the predictor stands.
void solve(Predictor& predictor, const Rows& rows, Given& given);
/// factor⁻¹ Hᵀh: of a row with half h. Its predictor's mean moves by the product with `solved`, its variance falls by
/// the square.
[[nodiscard]] Eigen::VectorXd gain(const Given& given, const Eigen::VectorXd& half);

/// Of a table whose first `targets` rows are to be predicted and whose others are given: the latter by the number of
/// their new level. Throws base::Error where one is of a known level, or has no response.
[[nodiscard]] std::vector<std::vector<std::size_t>> given_by_level(const Bound& bound, const Rows& both,
                                                                   std::size_t targets);
/// Rows to predict, and those given below them. Throws base::Error where no factor is said to have new levels.
[[nodiscard]] Rows with_given(const Bound& bound, const frame::Frame& raw, const frame::Frame& given,
                              const GroupEffects& effects);

/// Weights from their logarithms; they sum to one.
[[nodiscard]] std::vector<double> normalised(const std::vector<double>& logs);

/// log density of the rows' responses on the model's scale, jointly, under each draw: of new or of known levels.
[[nodiscard]] std::vector<double> joint_log_density(const Bound& bound, const Rows& rows, unsigned threads);

}  // namespace woodbury::answers
