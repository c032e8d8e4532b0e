// Several observations as one over a longer table, in which each row stands once for each response.
#pragma once

#include <string>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

/// The column that is 1 in the rows of this observation's response and 0 in the others'.
[[nodiscard]] std::string indicator(const Observation& observation);

/// Sets `stacked`: mean Σ_k indicator_k · mean_k, and sd alike, or the one sd that all share. What is affine in all
/// means jointly is affine in that mean. Does nothing to a model with one observation.
void stack_observations(Model& model);

}  // namespace woodbury::model
