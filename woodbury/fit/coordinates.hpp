// Whether scales are sampled on the log or through zero. Internal to fit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "woodbury/density/density.hpp"
#include "woodbury/nuts/nuts.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::fit {

/// The density to sample, and what is known of its mode.
struct Coordinates {
  density::Density density;
  std::optional<nuts::Mode> mode;
  std::vector<std::string> signed_scales;  ///< names of those sampled through zero
};

/// Scales are on the log far from zero. A scale that the density is even in, and that is less than three of its
/// standard deviations from zero at the mode, is signed instead, τ = s sinh η with s three of them: on the log its
/// posterior has a long tail, and its own mode may be at zero. Decided where the sampler will look for the mode anyway.
[[nodiscard]] Coordinates choose_coordinates(const plan::Plan& plan, const density::Density& density,
                                             const nuts::Options& options);

}  // namespace woodbury::fit
