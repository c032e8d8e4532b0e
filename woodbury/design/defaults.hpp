// The default sets of priors, from the response's moments and the design columns' spread.
#pragma once

#include <span>

#include "woodbury/design/coding.hpp"
#include "woodbury/design/priors.hpp"

namespace woodbury::design {

/// Moments as R computes them: sd over n − 1, mad scaled by 1.4826.
struct ResponseMoments {
  double mean = 0, sd = 0, median = 0, mad = 0;
};
[[nodiscard]] ResponseMoments response_moments(std::span<const double> values);

/// R's round(x, 1): the nearer of the two tenths around x as doubles, at a tie the even one.
[[nodiscard]] double round_to_tenth(double x);

/// Default priors. `sigma` says whether a part is log sigma's. `y` are the moments of the response (of its log under
/// lognormal).
class Defaults {
 public:
  Defaults(DefaultPriors set, const ResponseMoments& y);

  /// The intercept of a centred design.
  [[nodiscard]] model::Prior intercept(bool sigma) const;
  /// A column of the fixed part: ordinary, or a raw intercept, or an indicator of `0 + f`, whose scale allows for the
  /// distance of the other columns from zero.
  [[nodiscard]] model::Prior coefficient(bool sigma, const DesignPart& part, const DesignColumn& column) const;
  [[nodiscard]] model::Prior sd(bool sigma, const DesignColumn& column) const;
  [[nodiscard]] model::Prior cor() const { return {model::DistributionKind::lkj, {1}}; }
  [[nodiscard]] model::Prior residual_sd() const;

 private:
  bool brms_;
  ResponseMoments y_;
  double brms_scale_;  ///< max(2.5, mad y to a tenth)
};

}  // namespace woodbury::design
