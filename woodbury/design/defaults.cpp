// Ours are Gaussian for coefficients, so that these can be integrated, and free of units; brms's are brms's.
#include "woodbury/design/defaults.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace woodbury::design {

namespace {

using enum model::DistributionKind;
using model::Prior;

double median_of(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// The sd of a column; of a constant one its size, so that a scale over it stays finite.
double spread(const DesignColumn& column) {
  if (column.sd > 0) return column.sd;
  return column.mean != 0 ? std::abs(column.mean) : 1;
}

/// Is it a 1, or one of indicators that sum to 1?
bool like_intercept(const DesignColumn& column) { return column.data.empty() || column.indicator; }

/// √(1 + Σ (mean x / sd x)²) over the columns that are no intercept: what a prior of the centred intercept is at x = 0.
double distance_from_zero(const DesignPart& part) {
  double sum = 1;
  for (const DesignColumn& each : part.columns)
    if (!like_intercept(each) && each.sd > 0) sum += (each.mean / each.sd) * (each.mean / each.sd);
  return std::sqrt(sum);
}

}  // namespace

ResponseMoments response_moments(std::span<const double> values) {
  WOODBURY_ASSERT(!values.empty());
  const auto count = static_cast<double>(values.size());
  ResponseMoments out;
  for (const double each : values) out.mean += each / count;
  double correction = 0, squares = 0;
  for (const double each : values) correction += (each - out.mean) / count;
  out.mean += correction;
  for (const double each : values) squares += (each - out.mean) * (each - out.mean);
  out.sd = values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0;
  std::vector<double> copy(values.begin(), values.end());
  out.median = median_of(copy);
  for (double& each : copy) each = std::abs(each - out.median);
  out.mad = 1.4826 * median_of(std::move(copy));
  return out;
}

double round_to_tenth(double x) {
  const double tenths = std::floor(10 * x);
  const double low = tenths / 10, high = (tenths + 1) / 10;
  if (10 * x == tenths) return low;
  const double to_low = x - low, to_high = high - x;
  if (to_low == to_high) return std::fmod(tenths, 2) == 0 ? low : high;
  return to_low < to_high ? low : high;
}

Defaults::Defaults(DefaultPriors set, const ResponseMoments& y)
    : brms_(set == DefaultPriors::brms), y_(y), brms_scale_(std::max(2.5, round_to_tenth(y.mad))) {}

Prior Defaults::intercept(bool sigma) const {
  if (brms_)
    return sigma ? Prior{student_t, {3, 0, 2.5}} : Prior{student_t, {3, round_to_tenth(y_.median), brms_scale_}};
  return sigma ? Prior{normal, {std::log(y_.sd), 2.5}} : Prior{normal, {y_.mean, 2.5 * y_.sd}};
}

Prior Defaults::coefficient(bool sigma, const DesignPart& part, const DesignColumn& column) const {
  if (brms_) return {flat, {}};
  if (sigma) return like_intercept(column) ? intercept(true) : Prior{normal, {0, 1 / spread(column)}};
  if (like_intercept(column)) return {normal, {y_.mean, 2.5 * y_.sd * distance_from_zero(part)}};
  return {normal, {0, 2.5 * y_.sd / spread(column)}};
}

Prior Defaults::sd(bool sigma, const DesignColumn& column) const {
  if (brms_) return {half_student_t, {3, sigma ? 2.5 : brms_scale_}};
  const double unit = like_intercept(column) ? 1 : 1 / spread(column);
  return sigma ? Prior{half_normal, {unit}} : Prior{half_student_t, {3, y_.sd * unit}};
}

Prior Defaults::residual_sd() const { return {half_student_t, {3, brms_ ? brms_scale_ : y_.sd}}; }

}  // namespace woodbury::design
