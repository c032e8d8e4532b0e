// The mode over log scales tells which are near zero: there sd τ ≈ τ · sd log τ.
#include "woodbury/fit/coordinates.hpp"

#include <cmath>
#include <utility>

#include "woodbury/fit/target.hpp"

namespace woodbury::fit {

namespace {

constexpr double kFar = 3;  // standard deviations from zero

/// Standard deviation of a coordinate under N(mode, H⁻¹).
double sd_of(const nuts::Mode& mode, std::size_t i) {
  double square = 0;
  for (std::size_t j = 0; j <= i; ++j) square += std::pow(mode.factor[i * mode.q.size() + j], 2);
  return std::sqrt(square);
}

std::vector<density::SignedScale> near_zero(const plan::Plan& plan, const density::Density& density,
                                            const nuts::Mode& mode) {
  std::vector<density::SignedScale> list;
  for (const plan::EvenScale& scale : plan::even_scales(plan)) {
    const std::size_t at = density.coordinate(scale.scale);
    const double sd = sd_of(mode, at), spread = kFar * sd * std::exp(mode.q[at]);
    if (sd > 1 / kFar && std::isfinite(spread) && spread > 0) list.push_back({scale, spread});
  }
  return list;
}

}  // namespace

Coordinates choose_coordinates(const plan::Plan& plan, const density::Density& density, const nuts::Options& options) {
  Coordinates chosen{density, std::nullopt, {}};
  if (!nuts::seeks_mode(options, density.dimension())) return chosen;
  Target target(density);
  nuts::ModeOptions search{options.seed, options.init_radius, options.init};
  chosen.mode = nuts::find_mode(target, search);
  // Starts that the user gave are on the log.
  if (!options.init.empty() || chosen.mode->factor.empty()) return chosen;
  const auto scales = near_zero(plan, density, *chosen.mode);
  if (scales.empty()) return chosen;
  search.start = chosen.mode->q;
  // Where one mode was found on the log, it leads to the one through zero.
  if (chosen.mode->usable()) search.pairs = 0;
  for (const density::SignedScale& scale : scales) {
    double& start = search.start[density.coordinate(scale.scale.scale)];
    start = std::asinh(std::exp(start) / scale.spread);
  }
  density::Density through_zero = density.with_signed(scales);
  Target other(through_zero);
  nuts::Mode mode = nuts::find_mode(other, search);
  mode.gradients += chosen.mode->gradients;
  mode.seconds += chosen.mode->seconds;
  chosen.density = std::move(through_zero);
  chosen.mode = std::move(mode);
  for (const density::SignedScale& scale : scales)
    chosen.signed_scales.push_back(plan.model.variable(scale.scale.scale).name);
  return chosen;
}

}  // namespace woodbury::fit
