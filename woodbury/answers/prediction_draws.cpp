#include "woodbury/answers/prediction_draws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "woodbury/answers/each_draw.hpp"
#include "woodbury/answers/given.hpp"

namespace woodbury::answers {

PredictionDraws::PredictionDraws(const Bound& bound, Rows rows, std::size_t targets, const PredictOptions& options,
                                 const DrawOptions& draws)
    : bound_(bound),
      rows_(std::move(rows)),
      targets_(targets),
      draws_(draws.draws == 0 ? bound.draws() : draws.draws),
      quantity_(options.quantity),
      options_(draws),
      threads_(options.threads) {
  if (draws_ > bound.draws())
    throw base::Error(fmt::format("{} draws are asked for, and the fit holds {}", draws_, bound.draws()), {},
                      "ask for fewer, or fit with more");
  if (targets_ == rows_.size()) return;
  given_ = given_by_level(bound_, rows_, targets_);
  weigh();
}

PredictionDraws::PredictionDraws(const Bound& bound, Rows rows, const PredictOptions& options, const DrawOptions& draws)
    : PredictionDraws(bound, rows, rows.size(), options, draws) {}

PredictionDraws::PredictionDraws(const Bound& bound, const frame::Frame& raw, const PredictOptions& options,
                                 const DrawOptions& draws)
    : PredictionDraws(bound,
                      options.given ? with_given(bound, raw, *options.given, options.effects)
                                    : Rows::of_new(bound, raw, options.effects),
                      raw.rows(), options, draws) {}

PredictionDraws PredictionDraws::of_fit(const Bound& bound, const PredictOptions& options, const DrawOptions& draws,
                                        bool residuals) {
  PredictionDraws result(bound, Rows::of_fit(bound, options.effects), options, draws);
  if (!residuals) return result;
  const bool linear = options.quantity == Quantity::linpred;
  result.observed_ = linear ? result.rows_.response() : bound.data().numeric(bound.observation().response).copy();
  return result;
}

/// How well each draw of the fit predicts the rows given of each new level.
void PredictionDraws::weigh() {
  std::vector<std::vector<double>> logs(given_.size());
  for (std::size_t g = 0; g < given_.size(); ++g)
    if (!given_[g].empty()) logs[g].assign(bound_.draws(), -std::numeric_limits<double>::infinity());
  each_draw({bound_, rows_, true, threads_}, [&](Predictor& predictor, std::size_t draw, bool sound) {
    for (std::size_t g = 0; g < given_.size() && sound; ++g) {
      if (given_[g].empty()) continue;
      Given given{.rows = given_[g]};
      solve(predictor, rows_, given);
      logs[g][draw] = given.log_density;
    }
  });
  for (const auto& log : logs) {
    auto& sums = cumulative_.emplace_back(log.empty() ? std::vector<double>() : normalised(log));
    std::partial_sum(sums.begin(), sums.end(), sums.begin());
  }
}

/// The fit's draw that stands for a draw of a level: systematic resampling.
std::size_t PredictionDraws::taken(std::size_t level, std::size_t draw) const {
  const auto& sums = cumulative_[level];
  const double share = (static_cast<double>(draw) + 0.5) / static_cast<double>(draws_) * sums.back();
  const auto at = std::ranges::lower_bound(sums, share);
  return std::min(static_cast<std::size_t>(at - sums.begin()), sums.size() - 1);
}

double PredictionDraws::value(const Predictor& predictor, std::size_t row, double linear, base::Stream& stream) const {
  if (quantity_ == Quantity::response) linear += std::sqrt(predictor.noise(row)) * stream.normal();
  if (bound_.lognormal() && quantity_ == Quantity::mean) linear += 0.5 * predictor.noise(row);
  return bound_.lognormal() && quantity_ != Quantity::linpred ? std::exp(linear) : linear;
}

/// Rows of one new level, given its own.
void PredictionDraws::draw_given(Predictor& predictor, std::size_t draw, std::size_t level,
                                 std::span<double> out) const {
  base::Stream stream(options_.seed, 2 + level, draw, base::Purpose::simulate);
  const bool sound = predictor.place(taken(level, draw));
  Given given{.rows = given_[level]};
  Eigen::VectorXd short_of(static_cast<Eigen::Index>(given.rows.size())), half;
  if (sound) {
    solve(predictor, rows_, given);
    half.resize(static_cast<Eigen::Index>(predictor.half_size()));
    predictor.draw_effects(stream);
    for (Eigen::Index i = 0; i < short_of.size(); ++i) {
      const std::size_t row = given.rows[static_cast<std::size_t>(i)];
      short_of[i] = rows_.response()[row] - predictor.drawn(row) - std::sqrt(predictor.noise(row)) * stream.normal();
    }
    given.factor.triangularView<Eigen::Lower>().solveInPlace(short_of);
  }
  for (std::size_t n = 0; n < targets_; ++n) {
    if (rows_.new_level(n) != static_cast<std::int32_t>(level)) continue;
    out[n] = std::numeric_limits<double>::quiet_NaN();
    if (!sound) continue;
    predictor.half(n, {half.data(), predictor.half_size()});
    out[n] = value(predictor, n, predictor.drawn(n) + gain(given, half).dot(short_of), stream);
  }
}

void PredictionDraws::fill(std::size_t first, std::span<double> out) const {
  if (targets_ == 0) return;
  const std::size_t count = out.size() / targets_;
  const bool noise = quantity_ == Quantity::response || bound_.lognormal() || !given_.empty();
  const std::size_t pieces = std::min<std::size_t>(count, 4 * base::thread_count(threads_));
  base::parallel_for(pieces, threads_, [&](std::size_t p) {
    Predictor predictor(bound_, rows_, noise);
    for (std::size_t i = p * count / pieces; i < (p + 1) * count / pieces; ++i) {
      const std::size_t draw = first + i;
      const std::span<double> row = out.subspan(i * targets_, targets_);
      base::Stream stream(options_.seed, 0, draw, base::Purpose::simulate);
      const bool sound = predictor.place(draw * bound_.draws() / draws_);
      if (sound) predictor.draw_effects(stream);
      for (std::size_t n = 0; n < targets_; ++n)
        row[n] = sound ? value(predictor, n, predictor.drawn(n), stream) : std::numeric_limits<double>::quiet_NaN();
      for (std::size_t g = 0; g < given_.size(); ++g)
        if (!given_[g].empty()) draw_given(predictor, draw, g, row);
      for (std::size_t n = 0; n < observed_.size(); ++n) row[n] = observed_[n] - row[n];
    }
  });
}

}  // namespace woodbury::answers
