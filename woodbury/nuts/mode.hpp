// The mode of a small density and the curvature there: BFGS from a few starts, then differences of gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "woodbury/nuts/log_density.hpp"

namespace woodbury::nuts {

/// What is known of a mode. Usable where `reason` is empty.
struct Mode {
  std::vector<double> q;
  double log_density = 0;
  std::vector<double> factor;  ///< lower L of H⁻¹ = L Lᵀ, row-major; H is the negative Hessian of the log density at q,
                               ///< its curvatures made positive where the mode is refused for those that are not
  bool rough = false;         ///< the normal density N(q, H⁻¹) is no more than a beginning
  std::size_t gradients = 0;  ///< asked of the density, by all that was tried
  double seconds = 0;
  std::string reason;  ///< in words, why it is no guide to the density
  [[nodiscard]] bool usable() const { return reason.empty(); }
};

struct ModeOptions {
  std::uint64_t seed = 1;
  double radius = 2;          ///< starts are 0, and uniform draws in ±radius with their mirror images
  std::vector<double> start;  ///< the first start, instead of 0, where not empty
  std::uint64_t pairs = 2;    ///< of random starts; none where it is known that there is one mode
};

/// Climbs from five starts, or as many as there are. The mode is refused, with a reason, where no climb converged, two
/// ended at different modes that both matter, the Hessian is not positive definite, or where draws from N(mode, H⁻¹)
/// find a density far from the normal one: a funnel, a boundary, a mode at infinity. The same seed gives the same mode.
[[nodiscard]] Mode find_mode(LogDensity& density, const ModeOptions& options);

}  // namespace woodbury::nuts
