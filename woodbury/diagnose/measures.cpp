// The measures of Vehtari et al. (2021), and R's of location and scale.
#include "woodbury/diagnose/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace woodbury::diagnose {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

/// The smaller or larger by `pick`, NaN if either is.
template <typename Pick>
double pick_defined(double a, double b, const Pick& pick) {
  return std::isnan(a) || std::isnan(b) ? kUndefined : pick(a, b);
}

}  // namespace

void Measures::take(const Column& column) {
  column_ = &column;
  const auto& x = column.values;
  sound_ = !x.empty() && std::ranges::all_of(x, [](double value) { return std::isfinite(value); });
  if (!sound_) return;
  order_.sort(column);
  order_.bulk_scores(*scores_, bulk_);
  order_.folded_scores(*scores_, folded_);
  mean_ = mean_of(x);
  mean_ += std::accumulate(x.begin(), x.end(), 0.0, [&](double sum, double value) { return sum + (value - mean_); }) /
           static_cast<double>(x.size());
  double squares = 0;
  for (const double value : x) squares += (value - mean_) * (value - mean_);
  sd_ = x.size() > 1 ? std::sqrt(squares / static_cast<double>(x.size() - 1)) : kUndefined;
}

Sequences Measures::halves(const std::vector<double>& values) const { return {values, column_->halves()}; }

void Measures::split(const std::vector<double>& values) {
  split_.resize(column_->halves() * column_->half());
  std::size_t index = 0;
  for (std::size_t chain = 0; chain < column_->chains; ++chain) {
    for (std::size_t draw = 0; draw < column_->draws; ++draw, ++index)
      if (const auto place = column_->place(chain, draw); place != Column::kMiddle) split_[place] = values[index];
  }
}

double Measures::rhat() {
  if (!sound_) return kUndefined;
  const double bulk = split_rhat(halves(bulk_)), folded = split_rhat(halves(folded_));
  return pick_defined(bulk, folded, [](double a, double b) { return std::max(a, b); });
}

double Measures::ess_bulk() { return sound_ ? effective_size_(halves(bulk_)) : kUndefined; }

/// Of the indicator of draws up to the quantile.
double Measures::ess_quantile(double probability) {
  const double quantile = order_.quantile(probability);
  work_.resize(column_->values.size());
  std::ranges::transform(column_->values, work_.begin(), [&](double x) { return x <= quantile ? 1.0 : 0.0; });
  split(work_);
  return effective_size_(halves(split_));
}

double Measures::ess_tail() {
  if (!sound_ || is_constant(column_->values)) return kUndefined;
  return pick_defined(ess_quantile(0.05), ess_quantile(0.95), [](double a, double b) { return std::min(a, b); });
}

double Measures::ess_mean() {
  if (!sound_) return kUndefined;
  split(column_->values);
  return effective_size_(halves(split_));
}

double Measures::mcse_mean() { return sound_ ? sd_ / std::sqrt(ess_mean()) : kUndefined; }

/// By the delta method from the variance of the squared deviations, which needs no normality.
double Measures::mcse_sd() {
  if (!sound_) return kUndefined;
  work_.resize(column_->values.size());
  std::ranges::transform(column_->values, work_.begin(), [&](double x) { return (x - mean_) * (x - mean_); });
  const double second = mean_of(work_);
  split(work_);
  const double ess = effective_size_(halves(split_));
  for (double& square : work_) square *= square;
  const double fourth = mean_of(work_);
  return std::sqrt((fourth - second * second) / ess / second / 4);
}

Row Measures::row() {
  if (!sound_) {
    constexpr double kNone = kUndefined;
    return {{}, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};
  }
  return {{},          mean_,  order_.median(), sd_,       order_.mad(), order_.quantile(0.05), order_.quantile(0.95),
          mcse_mean(), rhat(), ess_bulk(),      ess_tail()};
}

}  // namespace woodbury::diagnose
