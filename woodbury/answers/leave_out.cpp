#include "woodbury/answers/leave_out.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace woodbury::answers {

namespace {

/// What a pivot must keep of one: digits enough to be told from rounding.
constexpr double kKeeps = 1e-9;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kLogTwoPi = std::log(2 * std::numbers::pi);

double log_normal(double deviation, double variance) {
  return -0.5 * (kLogTwoPi + std::log(variance) + deviation * deviation / variance);
}

double flops_by_rows(std::size_t rows, std::size_t entries, std::size_t met) {
  const auto n = static_cast<double>(rows), e = static_cast<double>(entries), m = static_cast<double>(met);
  return 0.7 * n * n * n + 2 * n * n * e + 2 * n * m * e + 20 * m * m;
}

}  // namespace

LeaveOut::LeaveOut(const Bound& bound, const std::string& by, const std::vector<OwnBlock>& own)
    : bound_(bound), rows_(Rows::of_fit(bound, {})), by_rows_(by == "row"), own_(own) {
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
  choose(density.likelihood());
}

/// Which way each group is worked, by what either costs.
void LeaveOut::choose(density::Likelihood& likelihood) {
  auto& kernel = likelihood.kernel();
  for (const auto& unit : units_) {
    const GroupRows& group = groups_.emplace_back(group_rows(rows_, likelihood, unit, own_));
    auto& met = coordinates_.emplace_back();
    if (group.own() > 0) continue;
    std::size_t entries = 0;
    for (const std::size_t n : unit) {
      const auto row = kernel.whitened_row(rows_.design(), likelihood.row_point(), n);
      entries = row.size();
      for (const auto& entry : row) met.push_back(entry.coordinate);
    }
    std::ranges::sort(met);
    met.erase(std::ranges::unique(met).begin(), met.end());
    if (flops_by_rows(unit.size(), entries, met.size()) > group.flops()) met.clear();
  }
  // Covariances within the tail are at hand, others are solved for.
  const kernels::Structure& structure = kernel.structure();
  constexpr std::size_t kMost = 256;
  if (structure.stages.size() < 2) return;
  const std::size_t first = kernel.first_levels() * kernel.first_level(0).width, end = kernel.coordinates();
  for (std::size_t c = first; c < end && end - first <= kMost; ++c) separators_.push_back(c);
}

double LeaveOut::flops() const {
  double flops = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i)
    flops += coordinates_[i].empty() ? groups_[i].flops() : flops_by_rows(units_[i].size(), 4, coordinates_[i].size());
  return flops;
}

std::string LeaveOut::label(std::size_t unit) const { return by_rows_ ? std::to_string(unit + 1) : labels_[unit]; }

LeaveOut::Worker::Worker(const LeaveOut& leave_out)
    : leave_out_(leave_out),
      predictor_(leave_out.bound_, leave_out.rows_, true),
      density_(predictor_, leave_out.rows_, leave_out.own_) {}

bool LeaveOut::Worker::place(std::size_t draw) {
  if (!predictor_.place(draw)) return false;
  auto& kernel = predictor_.density().likelihood().kernel();
  if (!predictor_.precise()) kernel.invert();
  density_.place(leave_out_.bound_.plan());
  const std::vector<std::size_t>& separators = leave_out_.separators_;
  separators_.resize(separators.size() * separators.size());
  if (!separators.empty() && !predictor_.precise()) kernel.covariance_of(separators, separators_);
  return true;
}

LogDensities LeaveOut::Worker::unit(std::size_t unit) { return leave_out_.by_rows_ ? row(unit) : group(unit); }

LogDensities LeaveOut::Worker::row(std::size_t row) {
  auto& likelihood = predictor_.density().likelihood();
  const double noise = predictor_.noise(row), residual = leave_out_.rows_.response()[row] - predictor_.mean(row);
  if (predictor_.precise()) {
    const double left = predictor_.remainder(row);
    return {log_normal(residual / left, noise / left), log_normal(residual, noise * (2 - left))};
  }
  const double variance = likelihood.kernel().row_variance(predictor_.design(), likelihood.row_point(), row);
  const double left = std::max(1 - variance / noise, 1e-12);
  return {log_normal(residual / left, noise / left), log_normal(residual, noise + variance)};
}

LogDensities LeaveOut::Worker::group(std::size_t unit) {
  if (predictor_.precise()) return group_by_halves(unit);
  if (!leave_out_.coordinates_[unit].empty()) return group_by_rows(unit);
  const GroupRows& group = leave_out_.groups_[unit];
  const std::vector<std::size_t>& met = group.separators;
  covariance_.resize(met.size() * met.size());
  if (leave_out_.separators_.empty()) {
    predictor_.density().likelihood().kernel().covariance_of(met, covariance_);
  } else {
    const std::size_t size = leave_out_.separators_.size(), first = leave_out_.separators_.front();
    for (std::size_t i = 0; i < met.size(); ++i)
      for (std::size_t j = 0; j < met.size(); ++j)
        covariance_[i * met.size() + j] = separators_[(met[i] - first) * size + (met[j] - first)];
  }
  return density_(group, covariance_);
}

/// Appends a row's whitened coefficients, by their places among the coordinates that its group meets.
void LeaveOut::Worker::add_entries(std::size_t unit, std::size_t row) {
  auto& likelihood = predictor_.density().likelihood();
  const auto& met = leave_out_.coordinates_[unit];
  for (const auto& [coordinate, value] :
       likelihood.kernel().whitened_row(predictor_.design(), likelihood.row_point(), row))
    entries_.emplace_back(std::ranges::lower_bound(met, coordinate) - met.begin(), value);
}

/// S from the coordinates that the rows meet.
LogDensities LeaveOut::Worker::group_by_rows(std::size_t unit) {
  const auto& met = leave_out_.coordinates_[unit];
  covariance_.resize(met.size() * met.size());
  predictor_.density().likelihood().kernel().covariance_of(met, covariance_);
  const auto& rows = leave_out_.units_[unit];
  const auto n = static_cast<Eigen::Index>(rows.size()), size = static_cast<Eigen::Index>(met.size());
  const Eigen::Map<const Eigen::MatrixXd> v(covariance_.data(), size, size);
  projected_.setZero(size, n);
  square_.resize(n, n);
  entries_.clear();
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t row = rows[static_cast<std::size_t>(i)], first = entries_.size();
    const double root = 1 / std::sqrt(predictor_.noise(row));
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
  return from_square(rows, {});
}

/// S from half-solved rows, at points that are worked in more digits.
LogDensities LeaveOut::Worker::group_by_halves(std::size_t unit) {
  const GroupRows& group = leave_out_.groups_[unit];
  const auto n = static_cast<Eigen::Index>(group.rows.size());
  projected_.resize(static_cast<Eigen::Index>(predictor_.half_size()), n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t row = group.rows[static_cast<std::size_t>(i)];
    predictor_.half(row, {projected_.col(i).data(), predictor_.half_size()});
    projected_.col(i) /= std::sqrt(predictor_.noise(row));
  }
  square_.noalias() = projected_.transpose() * projected_;
  return from_square(group.rows, density_.own_rows(group));
}

/// `own`: [G | t] of effects that were sampled; no columns where there are none.
LogDensities LeaveOut::Worker::from_square(const std::vector<std::size_t>& rows, const Eigen::MatrixXd& own) {
  const auto n = static_cast<Eigen::Index>(rows.size());
  scaled_.resize(n);
  double constant = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t row = rows[static_cast<std::size_t>(i)];
    const double w = 1 / predictor_.noise(row);
    constant += std::log(w) - kLogTwoPi;
    scaled_[i] = std::sqrt(w) * (leave_out_.rows_.response()[row] - predictor_.mean(row));
  }
  // log|E| and uᵀE⁻¹u
  const auto side = [&](double sign) -> std::pair<double, double> {
    work_ = sign * square_;
    work_.diagonal().array() += 1;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(work_);
    const bool told = work_.diagonal().array().square().minCoeff() > kKeeps;
    if (factor.info() != Eigen::Success || !told) return {kNaN, kNaN};
    solved_ = scaled_;
    factor.matrixL().solveInPlace(solved_);
    return {2 * work_.diagonal().array().log().sum(), solved_.squaredNorm()};
  };
  const auto [in, in_square] = side(1);
  const auto [out, out_square] = side(-1);
  double without = out_square - out;
  if (own.cols() == 0 && predictor_.precise()) {
    const auto left = predictor_.remainder(rows, {scaled_.data(), rows.size()});
    without = left.square - left.log_determinant;
  } else if (own.cols() > 0) {
    work_ = square_.selfadjointView<Eigen::Lower>();
    work_ *= -1;
    work_.diagonal().array() += 1;
    without = GroupDensity::with_own(own.transpose() * work_ * own, own.transpose() * scaled_, out_square, out);
  }
  return {0.5 * (constant - without), 0.5 * (constant - in - in_square)};
}

}  // namespace woodbury::answers
