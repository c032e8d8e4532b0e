#include "woodbury/answers/leave_out.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace woodbury::answers {

namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

double log_normal(double deviation, double variance) {
  return -0.5 * (kLogTwoPi + std::log(variance) + deviation * deviation / variance);
}

}  // namespace

LeaveOut::LeaveOut(const Bound& bound, const std::string& by)
    : bound_(bound), rows_(Rows::of_fit(bound, {})), by_rows_(by == "row") {
  if (by_rows_) {
    for (std::size_t n = 0; n < rows_.size(); ++n) units_.push_back({n});
    return;
  }
  const frame::Factor& factor = bound.data().factor(by);
  labels_ = factor.levels;
  units_.resize(labels_.size());
  for (std::size_t n = 0; n < rows_.size(); ++n) units_[static_cast<std::size_t>(factor.codes[n])].push_back(n);
  density::Density density = bound.density();
  bound.place(density, 0);
  auto& likelihood = density.likelihood();
  for (const auto& unit : units_) {
    auto& met = coordinates_.emplace_back();
    for (const std::size_t n : unit)
      for (const auto& entry : likelihood.kernel().whitened_row(rows_.design(), likelihood.row_point(), n))
        met.push_back(entry.coordinate);
    std::ranges::sort(met);
    met.erase(std::ranges::unique(met).begin(), met.end());
  }
}

std::string LeaveOut::label(std::size_t unit) const { return by_rows_ ? std::to_string(unit + 1) : labels_[unit]; }

LeaveOut::Worker::Worker(const LeaveOut& leave_out)
    : leave_out_(leave_out), predictor_(leave_out.bound_, leave_out.rows_, true) {}

bool LeaveOut::Worker::place(std::size_t draw) {
  if (!predictor_.place(draw)) return false;
  predictor_.density().likelihood().kernel().invert();
  return true;
}

LogDensities LeaveOut::Worker::unit(std::size_t unit) { return leave_out_.by_rows_ ? row(unit) : group(unit); }

LogDensities LeaveOut::Worker::row(std::size_t row) {
  auto& likelihood = predictor_.density().likelihood();
  const double noise = predictor_.noise(row), residual = leave_out_.rows_.response()[row] - predictor_.mean(row);
  const double variance = likelihood.kernel().row_variance(leave_out_.rows_.design(), likelihood.row_point(), row);
  const double left = std::max(1 - variance / noise, 1e-12);
  return {log_normal(residual / left, noise / left), log_normal(residual, noise + variance)};
}

LogDensities LeaveOut::Worker::group(std::size_t unit) {
  const auto& met = leave_out_.coordinates_[unit];
  covariance_.resize(met.size() * met.size());
  predictor_.density().likelihood().kernel().covariance_of(met, covariance_);
  if (leave_out_.units_[unit].size() <= met.size())
    if (const auto logs = group_by_rows(unit)) return *logs;
  return group_by_coordinates(unit);
}

/// Appends a row's whitened coefficients, by their places among the coordinates that its group meets.
void LeaveOut::Worker::add_entries(std::size_t unit, std::size_t row) {
  auto& likelihood = predictor_.density().likelihood();
  const auto& met = leave_out_.coordinates_[unit];
  for (const auto& [coordinate, value] :
       likelihood.kernel().whitened_row(leave_out_.rows_.design(), likelihood.row_point(), row))
    entries_.emplace_back(std::ranges::lower_bound(met, coordinate) - met.begin(), value);
}

std::optional<LogDensities> LeaveOut::Worker::group_by_rows(std::size_t unit) {
  const auto& rows = leave_out_.units_[unit];
  const auto n = static_cast<Eigen::Index>(rows.size()),
             size = static_cast<Eigen::Index>(leave_out_.coordinates_[unit].size());
  const Eigen::Map<const Eigen::MatrixXd> v(covariance_.data(), size, size);
  projected_.setZero(size, n);
  square_.resize(n, n);
  scaled_.resize(n);
  entries_.clear();
  double constant = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t row = rows[static_cast<std::size_t>(i)], first = entries_.size();
    const double w = 1 / predictor_.noise(row), root = std::sqrt(w);
    constant += std::log(w) - kLogTwoPi;
    scaled_[i] = root * (leave_out_.rows_.response()[row] - predictor_.mean(row));
    add_entries(unit, row);
    for (auto& [at, x] : std::span(entries_).subspan(first)) {
      x *= root;
      projected_.col(i) += x * v.col(at);
    }
    for (Eigen::Index j = 0; j <= i; ++j) {  // the lower triangle, which the factor reads
      double sum = 0;
      for (const auto& [at, x] : std::span(entries_).subspan(first)) sum += x * projected_(at, j);
      square_(i, j) = sum;
    }
  }
  const auto density = [&](double sign) {
    work_ = sign * square_;
    work_.diagonal().array() += 1;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(work_);
    solved_ = scaled_;
    factor.matrixL().solveInPlace(solved_);
    const double root = work_.diagonal().array().log().sum();
    sound_ = factor.info() == Eigen::Success;
    return 0.5 * (constant - solved_.squaredNorm()) - sign * root;
  };
  const double with = density(1), without = density(-1);
  if (!sound_) return std::nullopt;
  return LogDensities{without, with};
}

LogDensities LeaveOut::Worker::group_by_coordinates(std::size_t unit) {
  const auto size = static_cast<Eigen::Index>(leave_out_.coordinates_[unit].size());
  const Eigen::Map<const Eigen::MatrixXd> v(covariance_.data(), size, size);
  Eigen::MatrixXd t = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd g = Eigen::VectorXd::Zero(size);
  double constant = 0, square = 0;
  for (const std::size_t n : leave_out_.units_[unit]) {
    const double w = 1 / predictor_.noise(n), residual = leave_out_.rows_.response()[n] - predictor_.mean(n);
    constant += std::log(w) - kLogTwoPi;
    square += w * residual * residual;
    entries_.clear();
    add_entries(unit, n);
    for (const auto& [i, x] : entries_) {
      g[i] += w * residual * x;
      for (const auto& [j, y] : entries_) t(i, j) += w * x * y;
    }
  }
  const auto identity = Eigen::MatrixXd::Identity(size, size);
  const auto density = [&](double sign) {
    const Eigen::PartialPivLU<Eigen::MatrixXd> b(identity + sign * t * v);
    const double determinant = b.matrixLU().diagonal().array().abs().log().sum();
    return 0.5 * (constant - sign * determinant - square + sign * g.dot(v * b.solve(g)));
  };
  return {density(-1), density(1)};
}

}  // namespace woodbury::answers
