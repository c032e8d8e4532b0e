// The one gradient check: an analytic gradient against extrapolated differences.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace woodbury::testing {

using Function = std::function<double(std::span<const double>)>;

/// ∂f/∂x_i by central differences with steps `step`, step/2, step/4, …, extrapolated to zero (Ridders 1982): the entry
/// of the tableau that agrees best with its neighbours. Smooth functions give 9 to 12 digits. A step at which f is not
/// finite is skipped, so x may lie near the edge of a support.
inline double difference(const Function& f, std::vector<double> x, std::size_t i, double step) {
  constexpr int kRows = 12;
  std::array<double, kRows> above{}, row{};
  double best = std::numeric_limits<double>::quiet_NaN(), least = std::numeric_limits<double>::infinity();
  const double at = x[i];
  int filled = 0;
  for (int halvings = 0; halvings < kRows; ++halvings, step /= 2) {
    const double high = at + step, low = at - step;
    x[i] = high;
    const double f_high = f(x);
    x[i] = low;
    row[0] = (f_high - f(x)) / (high - low);
    if (!std::isfinite(row[0])) continue;
    double power = 1;
    for (int k = 1; k <= filled; ++k) {
      power *= 4;
      row[k] = (power * row[k - 1] - above[k - 1]) / (power - 1);
      const double error = std::max(std::abs(row[k] - row[k - 1]), std::abs(row[k] - above[k - 1]));
      if (error < least) {
        least = error;
        best = row[k];
      }
    }
    above = row;
    ++filled;
  }
  return best;
}

/// Every ∂f/∂x_i within `tolerance` · max(1, |gradient|∞) of the extrapolated difference. The first step is
/// `step` · max(|x_i|, 0.1).
inline void expect_gradient(const Function& f, std::span<const double> x, std::span<const double> gradient,
                            double tolerance = 1e-7, const std::string& what = {}, double step = 0.1) {
  ASSERT_EQ(x.size(), gradient.size()) << what;
  double scale = 1;
  for (const double each : gradient) scale = std::max(scale, std::abs(each));
  const std::vector<double> at(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = difference(f, at, i, step * std::max(std::abs(x[i]), 0.1));
    EXPECT_NEAR(gradient[i], expected, tolerance * scale) << what << ", coordinate " << i << " of " << x.size();
  }
}

}  // namespace woodbury::testing
