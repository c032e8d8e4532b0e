// The linear predictor of rows, and what is exact about it, at one draw after another.
#pragma once

#include <span>
#include <vector>

#include "woodbury/answers/rows.hpp"

namespace woodbury::answers {

/// N(mean, variance) of a linear predictor given the data and a draw's hyperparameters.
struct Conditional {
  double mean = 0, variance = 0;
};

/// One thread's view of rows at one draw after another.
class Predictor {
 public:
  /// With `noise` residual variances are known, too, for which weights and known sds need their columns.
  Predictor(const Bound& bound, const Rows& rows, bool noise);

  /// Puts it at a draw; false where the density is zero there.
  bool place(std::size_t draw);
  [[nodiscard]] Conditional at(std::size_t row);
  [[nodiscard]] double noise(std::size_t row) const;
  /// A row's half-solved coefficients: products of two rows' are the covariances of their linear predictors, those of
  /// rows that share a new level included. `half_size()` numbers.
  void half(std::size_t row, std::span<double> out);
  [[nodiscard]] std::size_t half_size() const;
  [[nodiscard]] double mean(std::size_t row) const;
  /// Of the row's known level of a block: a sampled effect's value, an integrated one's mean.
  [[nodiscard]] double effect(std::size_t block, std::size_t row, std::size_t column) const {
    const auto& b = design().blocks()[block];
    return effects_[design().offset(block) + b.level(row) * b.columns.size() + column];
  }
  /// In place of means: the integrated effects of one draw, and new levels' effects; then a row's linear predictor.
  void draw_effects(base::Stream& stream);
  [[nodiscard]] double drawn(std::size_t row) const;
  /// 1 − Var/noise of a known row's linear predictor: what of its precision the other rows do not give.
  [[nodiscard]] double remainder(std::size_t row);
  /// The rows' design, of columns that vary with what is sampled their values at the draw.
  [[nodiscard]] const moments::Design& design() const noexcept {
    return row_columns_.empty() ? rows_.design() : row_columns_.design();
  }
  /// The same of some rows together, which share levels: log|I − S| and uᵀ(I − S)⁻¹u, where the point is worked in more
  /// digits.
  [[nodiscard]] kernels::Precise::Remainder remainder(std::span<const std::size_t> rows, std::span<const double> u);
  /// Whether the point is worked in more digits than doubles have: then `kernel()` has nothing to say of it.
  [[nodiscard]] bool precise() const noexcept { return precise_; }
  /// The density where it was placed.
  [[nodiscard]] density::Density& density() noexcept { return density_; }

 private:
  /// Calls body with what the point was worked by.
  template <class Body>
  decltype(auto) ask(Body&& body) {
    auto& likelihood = density_.likelihood();
    return precise_ ? body(likelihood.more_digits()) : body(likelihood.kernel());
  }
  void fresh_factors();
  /// Cov of what the data pair, where there are enough rows to look it up for.
  void invert_once();
  /// A level's effects of a block; fewer or more than its columns where these are loadings.
  [[nodiscard]] std::size_t effects(std::size_t block) const;
  [[nodiscard]] double fresh_coefficient(std::size_t row, std::size_t block, std::size_t i) const;
  [[nodiscard]] double fresh_variance(std::size_t row, std::size_t block) const;
  void form_of(std::size_t row);
  [[nodiscard]] double column(std::size_t block, std::size_t column, std::size_t row) const {
    const auto& values = design().blocks()[block].columns[column];
    return values ? (*values)[row] : 1;
  }

  const Bound& bound_;
  const Rows& rows_;
  density::Density density_;
  bool precise_ = false, inverted_ = false;
  std::vector<std::size_t> fresh_;            ///< blocks that are new in some row
  double origin_ = 0;                         ///< taken from the response, back on every row's predictor
  std::vector<double> effects_;               ///< means of integrated effects, values of sampled ones
  std::vector<std::vector<double>> factors_;  ///< C of blocks that are new somewhere, columns × effects
  std::vector<double> row_values_;            ///< of the rows' tape
  density::RowColumns row_columns_;
  std::vector<double> weights_;
  std::vector<kernels::Coefficient> form_;
  std::vector<std::vector<double>> fresh_effects_;  ///< by block: new levels × d
};

}  // namespace woodbury::answers
