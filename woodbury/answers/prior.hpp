// Tables simulated from the priors: what the model expects before it has seen the data.
#pragma once

#include "woodbury/answers/simulate.hpp"

namespace woodbury::answers {

/// Responses of the fit's rows under parameters drawn from their priors, a vector a copy, in the user's units. Throws
/// base::Error naming a parameter whose prior is flat: nothing can be drawn from that.
[[nodiscard]] std::vector<std::vector<double>> simulate_prior(const Bound& bound, const SimulateOptions& options);

}  // namespace woodbury::answers
