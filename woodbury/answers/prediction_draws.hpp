// Draws of predictions, jointly over rows: what a table of means and intervals does not say.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/answers/predict.hpp"
#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {

struct DrawOptions {
  std::size_t draws = 0;   ///< each from another draw of the fit, spread evenly over these; 0: all
  std::uint64_t seed = 1;  ///< a draw's streams are named by (seed, draw): the same in whatever pieces it is asked for
};

/// The quantity of each row, in the user's units unless it is the linear predictor. Integrated effects are drawn from
/// their exact conditional; new levels' from their distribution, rows that share one sharing its effects. Rows of a new
/// level of which rows are given are drawn given these: at draws of the fit taken by their weights, with effects moved
/// by what the given responses differ from replicated ones (Matheron's rule). Immutable; the bound fit must outlive it.
class PredictionDraws {
 public:
  /// Throws base::Error where more draws are asked for than the fit holds.
  PredictionDraws(const Bound& bound, const frame::Frame& raw, const PredictOptions& options, const DrawOptions& draws);
  PredictionDraws(const Bound& bound, Rows rows, const PredictOptions& options, const DrawOptions& draws);
  /// Of the fitted rows; with `residuals` the responses less these.
  static PredictionDraws of_fit(const Bound& bound, const PredictOptions& options, const DrawOptions& draws,
                                bool residuals);

  [[nodiscard]] std::size_t draws() const noexcept { return draws_; }
  [[nodiscard]] std::size_t rows() const noexcept { return targets_; }
  /// Some draws, [draw × row], `out.size() / rows()` of them. NaN at a draw of density zero.
  void fill(std::size_t first, std::span<double> out) const;

 private:
  PredictionDraws(const Bound& bound, Rows rows, std::size_t targets, const PredictOptions& options,
                  const DrawOptions& draws);
  void weigh();
  [[nodiscard]] std::size_t taken(std::size_t level, std::size_t draw) const;
  void draw_given(Predictor& predictor, std::size_t draw, std::size_t level, std::span<double> out) const;
  [[nodiscard]] double value(const Predictor& predictor, std::size_t row, double linear, base::Stream& stream) const;

  const Bound& bound_;
  Rows rows_;  ///< to predict, then those given
  std::size_t targets_, draws_;
  Quantity quantity_;
  DrawOptions options_;
  unsigned threads_;
  std::vector<std::vector<std::size_t>> given_;  ///< by new level
  std::vector<std::vector<double>> cumulative_;  ///< weights of the fit's draws, by new level with rows given
  std::vector<double> observed_;                 ///< where residuals are asked for
};

}  // namespace woodbury::answers
