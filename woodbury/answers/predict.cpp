#include "woodbury/answers/predict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "woodbury/answers/alike.hpp"
#include "woodbury/answers/each_draw.hpp"
#include "woodbury/answers/given.hpp"
#include "woodbury/answers/mixture.hpp"

namespace woodbury::answers {

namespace {

/// Numbers held at a time, of rows × draws.
constexpr std::size_t kHeld = std::size_t{1} << 23U;
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// Means and variances of some rows at all draws: [row × draws + draw].
struct Held {
  std::span<const std::size_t> rows = {};
  std::size_t draws = 0;
  std::vector<double> means = {}, variances = {};
};

/// On a log-normal's log scale, what makes the exponential of N(mean, variance) the quantity.
Conditional shifted(Conditional c, double noise, Quantity quantity, bool lognormal) {
  if (quantity == Quantity::response) c.variance += noise;
  if (lognormal && quantity == Quantity::mean) c.mean += 0.5 * noise;
  return c;
}

bool needs_noise(const Bound& bound, Quantity quantity) {
  return quantity == Quantity::response || (quantity == Quantity::mean && bound.lognormal());
}

void fill(const Bound& bound, const Rows& rows, const PredictOptions& options, Held& held) {
  const bool noise = needs_noise(bound, options.quantity);
  each_draw({bound, rows, noise, options.threads}, [&](Predictor& predictor, std::size_t draw, bool sound) {
    for (std::size_t i = 0; i < held.rows.size(); ++i) {
      const std::size_t row = held.rows[i];
      Conditional c{std::numeric_limits<double>::quiet_NaN(), 0};
      if (sound) c = shifted(predictor.at(row), noise ? predictor.noise(row) : 0, options.quantity, bound.lognormal());
      held.means[i * held.draws + draw] = c.mean;
      held.variances[i * held.draws + draw] = c.variance;
    }
  });
}

Prediction described(const Mixture& mixture, double prob) {
  return {mixture.mean(), mixture.sd(), mixture.quantile((1 - prob) / 2), mixture.quantile((1 + prob) / 2)};
}

}  // namespace

std::vector<Prediction> predict(const Bound& bound, const Rows& rows, const PredictOptions& options) {
  std::vector<Prediction> result(rows.size());
  const std::vector<std::size_t> first = first_alike(bound, rows, needs_noise(bound, options.quantity));
  std::vector<std::size_t> apart;
  for (std::size_t n = 0; n < first.size(); ++n)
    if (first[n] == n) apart.push_back(n);
  const std::size_t block = std::max<std::size_t>(1, kHeld / bound.draws());
  const bool exponential = bound.lognormal() && options.quantity != Quantity::linpred;
  Held held{.draws = bound.draws()};
  for (std::size_t begin = 0; begin < apart.size(); begin += block) {
    held.rows = std::span(apart).subspan(begin, std::min(block, apart.size() - begin));
    held.means.resize(held.rows.size() * held.draws);
    held.variances.resize(held.rows.size() * held.draws);
    fill(bound, rows, options, held);
    base::parallel_for(held.rows.size(), options.threads, [&](std::size_t i) {
      const std::size_t at = i * held.draws;
      const std::span<const double> means = held.means, variances = held.variances;
      const Mixture mixture{means.subspan(at, held.draws), variances.subspan(at, held.draws), {}, exponential};
      result[held.rows[i]] = described(mixture, options.prob);
    });
  }
  for (std::size_t n = 0; n < first.size(); ++n) result[n] = result[first[n]];
  return result;
}

namespace {

/// `target` rows stand first in `both`, then those given; each new label's rows are conditioned on its own.
std::vector<Prediction> predict_given(const Bound& bound, const Rows& both, std::size_t targets,
                                      const PredictOptions& options) {
  const auto given_of = given_by_level(bound, both, targets);
  const std::size_t draws = bound.draws();
  std::vector<double> means(targets * draws), variances(targets * draws);
  std::vector<std::vector<double>> logs(given_of.size(), std::vector<double>(draws, 0));
  each_draw({bound, both, true, options.threads}, [&](Predictor& predictor, std::size_t draw, bool sound) {
    std::vector<Given> solved(given_of.size());
    for (std::size_t g = 0; g < solved.size(); ++g) {
      solved[g].rows = given_of[g];
      if (sound && !given_of[g].empty()) solve(predictor, both, solved[g]);
      logs[g][draw] = sound ? solved[g].log_density : kMinusInfinity;
    }
    Eigen::VectorXd half(static_cast<Eigen::Index>(predictor.half_size()));
    for (std::size_t n = 0; n < targets && sound; ++n) {
      Conditional c = predictor.at(n);
      if (const auto level = both.new_level(n); level >= 0 && !given_of[static_cast<std::size_t>(level)].empty()) {
        const Given& g = solved[static_cast<std::size_t>(level)];
        predictor.half(n, {half.data(), predictor.half_size()});
        const Eigen::VectorXd gained = gain(g, half);
        c.mean += gained.dot(g.solved);
        c.variance = std::max(0.0, c.variance - gained.squaredNorm());
      }
      c = shifted(c, predictor.noise(n), options.quantity, bound.lognormal());
      means[n * draws + draw] = c.mean;
      variances[n * draws + draw] = c.variance;
    }
  });
  std::vector<Prediction> result;
  std::vector<std::vector<double>> weights;
  for (const auto& log : logs) weights.push_back(normalised(log));
  const bool exponential = bound.lognormal() && options.quantity != Quantity::linpred;
  for (std::size_t n = 0; n < targets; ++n) {
    const auto level = both.new_level(n);
    const std::span<const double> weight =
        level < 0 ? std::span<const double>() : std::span<const double>(weights[static_cast<std::size_t>(level)]);
    const std::span<const double> all_means = means, all_variances = variances;
    const Mixture mixture{all_means.subspan(n * draws, draws), all_variances.subspan(n * draws, draws), weight,
                          exponential};
    result.push_back(described(mixture, options.prob));
  }
  return result;
}

std::vector<std::string> columns_of(double prob) {
  return {"row", "Estimate", "Est.Error", fmt::format("l-{:.6g}% CI", 100 * prob),
          fmt::format("u-{:.6g}% CI", 100 * prob)};
}

Table table_of(const std::vector<Prediction>& predictions, double prob) {
  Table table{"", columns_of(prob), {}, {}};
  for (std::size_t n = 0; n < predictions.size(); ++n) {
    const Prediction& p = predictions[n];
    table.rows.push_back({static_cast<double>(n + 1), p.mean, p.sd, p.lower, p.upper});
  }
  return table;
}

}  // namespace

Table predict_table(const Bound& bound, const frame::Frame& raw, const PredictOptions& options) {
  if (!options.given) return table_of(predict(bound, Rows::of_new(bound, raw, options.effects), options), options.prob);
  const Rows both = with_given(bound, raw, *options.given, options.effects);
  return table_of(predict_given(bound, both, raw.rows(), options), options.prob);
}

Table fitted_table(const Bound& bound, const PredictOptions& options) {
  return table_of(predict(bound, Rows::of_fit(bound, options.effects), options), options.prob);
}

Table residuals_table(const Bound& bound, const PredictOptions& options) {
  const Rows rows = Rows::of_fit(bound, options.effects);
  std::vector<Prediction> predictions = predict(bound, rows, options);
  const auto& y = bound.data().numeric(bound.observation().response);
  for (std::size_t n = 0; n < predictions.size(); ++n) {
    Prediction& p = predictions[n];
    const double observed = options.quantity == Quantity::linpred ? rows.response()[n] : y[n];
    p = {observed - p.mean, p.sd, observed - p.upper, observed - p.lower};
  }
  return table_of(predictions, options.prob);
}

frame::Frame read_new_data(const store::Record& record, const std::string& path) {
  const nlohmann::json data = record.model.value("data", nlohmann::json::object());
  const auto factors = data.value("factors", std::vector<std::string>{});
  std::vector<std::string> wanted = data.value("columns", std::vector<std::string>{});
  wanted.insert(wanted.end(), factors.begin(), factors.end());
  const frame::Frame first = frame::read_csv(path);
  frame::CsvOptions options;
  for (const std::string& name : wanted)
    if (first.has(name) && std::ranges::count(options.columns, name) == 0) options.columns.push_back(name);
  for (const std::string& name : factors)
    if (first.has(name)) options.types[name] = frame::ColumnType::factor;
  if (options.columns.empty()) return first;
  return frame::read_csv(path, options);
}

}  // namespace woodbury::answers
