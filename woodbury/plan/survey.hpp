// The data as the planner sees them: cross-products of all columns that a candidate's design may have, summed once, and
// variances guessed from them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// Cross-products of a linear model's design, with the response as the likelihood sees it.
struct Products {
  moments::Layout layout;
  moments::Sums sums;
};

/// Columns of some blocks of a layout, as a layout of their own. Blocks may come in any order and more than once.
struct Selected {
  std::size_t block;
  std::vector<std::size_t> columns;
};
[[nodiscard]] Products select(const Products& all, const std::vector<Selected>& blocks);

/// Guesses of the residual variance and of each column's variance over its levels, and the effects' means there.
struct Estimates {
  double residual = 1;
  std::vector<std::vector<double>> effects;  ///< by block and column of the survey; infinite: no prior to speak of
  std::vector<double> means;                 ///< in the layout's order
};

/// What the data tell of a variable over a factor: T = ZᵀWZ of its columns, a level each (levels × d × d), against the
/// columns' variances and that of a row.
struct Information {
  std::size_t levels = 0, width = 0;
  std::vector<double> squares, variances;
  double residual = 1;
  bool of_scale = false;  ///< of effects on the log of the residual sd
  /// n τ²/σ², the mean over levels and columns.
  [[nodiscard]] double mean() const;
  /// √Σ T_j √Σ / σ² of a level, with Σ the variances: against the unit precision of standardised effects.
  [[nodiscard]] Eigen::MatrixXd scaled(std::size_t level) const;
};

/// The blocks of a linear model with those over one factor joined, columns that hold the same once.
[[nodiscard]] LinearModel joined(const model::Model& model, LinearModel linear);
/// Columns' variances where a constant prior sd gives them; infinite under no Gaussian prior; NaN: to be guessed.
[[nodiscard]] std::vector<std::vector<double>> known_variances(const model::Model& model, const LinearModel& linear);
[[nodiscard]] std::optional<Information> information_of(const LinearModel& linear, const Products& products,
                                                        const Estimates& estimates, model::VariableId variable);

/// One block a factor, with the columns of all variables over it, integrable or not; then the border.
class Survey {
 public:
  Survey(model::Model& model, const frame::Frame& table, const Detection& detected);

  /// Of a candidate's blocks: taken from the survey's, or summed from the rows where they have columns of their own (a
  /// mean that is itself sampled).
  [[nodiscard]] Products products(const LinearModel& linear) const;
  /// Variance of a candidate's column.
  [[nodiscard]] double variance(const LinearBlock& block, const LinearColumn& column) const;
  [[nodiscard]] double residual_variance() const noexcept { return estimates_.residual; }
  /// Of the scales of effects over factors, the largest relative standard deviation given the data, at the guesses.
  [[nodiscard]] double scale_uncertainty() const noexcept { return uncertainty_; }
  /// Whether every level of one factor meets one level of the other in the data.
  [[nodiscard]] bool nested(const std::string& inner, const std::string& outer) const;

  /// Whether some column varies with what is sampled: of those there are guesses.
  [[nodiscard]] bool by_rows() const { return linear_.has_row_columns(); }

  /// None where the variable has no columns over a factor, in the mean or in the log of the residual sd.
  [[nodiscard]] std::optional<Information> information(model::VariableId variable) const;

 private:
  [[nodiscard]] std::optional<std::vector<Selected>> picks(const LinearModel& linear) const;
  [[nodiscard]] Products sum(const moments::Design& design) const;
  [[nodiscard]] Estimates estimate(const moments::Design& design, const std::vector<std::vector<double>>& known);
  [[nodiscard]] std::optional<std::size_t> block_of(const std::string& factor) const;
  [[nodiscard]] double uncertainty(const std::vector<std::vector<double>>& known) const;

  const model::Model& model_;
  const frame::Frame& table_;
  LinearModel linear_;
  std::vector<std::map<std::string, std::size_t>> places_;  ///< by block: a column's data as text → its place
  std::vector<double> weights_, response_;
  std::optional<Products> products_;
  Estimates estimates_;
  std::map<model::VariableId, Information> of_scale_;
  double uncertainty_ = 0;
};

/// A · coefficients, a row each.
[[nodiscard]] std::vector<double> fitted(const moments::Design& design, std::span<const double> coefficients);

/// Every level of block `inner` meets at most one level of block `outer`.
[[nodiscard]] bool nested(const moments::Layout& layout, std::size_t inner, std::size_t outer);

/// Variances by mean-field expectation-maximisation, each level's effects independent given the others' means: of the
/// right order, for O(non-zeros) a sweep. `known`: variances that are given (or none: infinite), by block and column;
/// NaN where they are to be guessed.
[[nodiscard]] Estimates estimate_variances(const Products& products, std::vector<std::vector<double>> known);

}  // namespace woodbury::plan
