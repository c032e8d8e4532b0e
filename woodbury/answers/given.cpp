#include "woodbury/answers/given.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "woodbury/answers/each_draw.hpp"

namespace woodbury::answers {

namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// The user's columns that the response is made of.
std::vector<std::string> response_columns(const Bound& bound) {
  if (!bound.coding()) return {bound.observation().response};
  std::vector<std::string> names;
  for (const formula::Node* node : formula::column_nodes(*bound.coding()->formula().response))
    names.push_back(node->text);
  return names;
}

}  // namespace

void solve(Predictor& predictor, const Rows& rows, Given& given) {
  const auto n = static_cast<Eigen::Index>(given.rows.size());
  given.halves.resize(static_cast<Eigen::Index>(predictor.half_size()), n);
  Eigen::VectorXd residual(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t row = given.rows[static_cast<std::size_t>(i)];
    predictor.half(row, {given.halves.col(i).data(), predictor.half_size()});
    residual[i] = rows.response()[row] - predictor.mean(row);
  }
  Eigen::MatrixXd covariance = given.halves.transpose() * given.halves;
  for (Eigen::Index i = 0; i < n; ++i) covariance(i, i) += predictor.noise(given.rows[static_cast<std::size_t>(i)]);
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  given.factor = llt.matrixL();
  given.solved = given.factor.triangularView<Eigen::Lower>().solve(residual);
  given.log_density = -0.5 * (static_cast<double>(n) * std::log(2 * std::numbers::pi) + given.solved.squaredNorm()) -
                      given.factor.diagonal().array().log().sum();
  if (llt.info() != Eigen::Success || !std::isfinite(given.log_density)) given.log_density = kMinusInfinity;
}

Eigen::VectorXd gain(const Given& given, const Eigen::VectorXd& half) {
  return given.factor.triangularView<Eigen::Lower>().solve(Eigen::VectorXd(given.halves.transpose() * half));
}

std::vector<std::vector<std::size_t>> given_by_level(const Bound& bound, const Rows& both, std::size_t targets) {
  if (both.response().empty())
    throw base::Error(fmt::format("the rows given have no response `{}`", bound.observation().response));
  std::vector<std::vector<std::size_t>> by_level(both.new_levels());
  for (std::size_t n = targets; n < both.size(); ++n) {
    if (both.new_level(n) < 0)
      throw base::Error(fmt::format("row {} of those given is of a level that the fit knows", n - targets + 1), {},
                        "give rows of new levels; the fit has its own rows already");
    if (!std::isfinite(both.response()[n]))
      throw base::Error(fmt::format("row {} of those given has no response", n - targets + 1));
    by_level[static_cast<std::size_t>(both.new_level(n))].push_back(n);
  }
  return by_level;
}

namespace {

/// Of the columns that both have; the response missing where it is.
frame::Frame stacked(const Bound& bound, const frame::Frame& raw, const frame::Frame& given) {
  const std::vector<std::string> response = response_columns(bound);
  frame::Frame both;
  const auto numbers = [&](const frame::Frame& table, const std::string& name) {
    return table.has(name) ? table.numeric(name).copy()
                           : std::vector<double>(table.rows(), std::numeric_limits<double>::quiet_NaN());
  };
  for (const std::string& name : given.names()) {
    if (!raw.has(name) && std::ranges::count(response, name) == 0) continue;
    if (given.is_numeric(name) && (!raw.has(name) || raw.is_numeric(name))) {
      std::vector<double> values = numbers(raw, name);
      const auto more = numbers(given, name);
      values.insert(values.end(), more.begin(), more.end());
      both.add(name, frame::Numeric{std::move(values)});
      continue;
    }
    std::vector<std::string> labels;
    for (const frame::Frame* table : {&raw, &given}) {
      const frame::Factor factor =
          table->is_factor(name) ? table->factor(name) : frame::to_factor(table->numeric(name));
      for (const auto code : factor.codes)
        labels.push_back(code < 0 ? "" : factor.levels[static_cast<std::size_t>(code)]);
    }
    both.add(name, frame::make_factor(labels));
  }
  return both;
}

}  // namespace

Rows with_given(const Bound& bound, const frame::Frame& raw, const frame::Frame& given, const GroupEffects& effects) {
  if (effects.kind != GroupEffects::Kind::fresh)
    throw base::Error("rows are given of a new level, and no factor is said to have one", {},
                      "ask for effects `new:FACTOR`, too");
  return Rows::of_new(bound, stacked(bound, raw, given), effects);
}

std::vector<double> normalised(const std::vector<double>& logs) {
  const double most = *std::ranges::max_element(logs);
  std::vector<double> weights;
  for (const double log : logs) weights.push_back(std::exp(log - most));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

std::vector<double> joint_log_density(const Bound& bound, const Rows& rows, unsigned threads) {
  std::vector<double> logs(bound.draws(), kMinusInfinity);
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  each_draw({bound, rows, true, threads}, [&](Predictor& predictor, std::size_t draw, bool sound) {
    if (!sound) return;
    Given given{.rows = all};
    solve(predictor, rows, given);
    logs[draw] = given.log_density;
  });
  return logs;
}

}  // namespace woodbury::answers
