// Covariance factors that sampled effects have by their prior, at a draw. Internal to answers.
#pragma once

#include <vector>

#include "woodbury/answers/bound.hpp"

namespace woodbury::answers {

/// C, d × d row-major, of a sampled block's effects at one level: Σ = C Cᵀ. `density` is at the draw. Throws
/// base::Error where `effect_of` would.
[[nodiscard]] std::vector<double> prior_factor(const plan::Plan& plan, const density::Density& density,
                                               std::size_t block);

}  // namespace woodbury::answers
