// Scales that the integrated density is even in: τ and −τ give one covariance CCᵀ, C = diag(τ) L.
#pragma once

#include <vector>

#include "woodbury/model/model.hpp"

namespace woodbury::plan {

struct Plan;

/// A scalar scale that enters as the prior sd of one column of integrated effects and nowhere else, under a prior
/// that is even and smooth at zero, and whose correlations with other columns, if any, are under an LKJ prior, which
/// does not see their signs. A density that holds it is that of (|τ|, S R S), S = diag(sign τ): the scale may be
/// sampled on the whole line.
struct EvenScale {
  model::VariableId scale = -1;
  model::VariableId effects = -1;
  int component = 0;                   ///< its column of the effects
  model::VariableId correlation = -1;  ///< of the effects' columns; −1: independent
};

/// All of a plan's. Decided on the graph: numbers play no part.
[[nodiscard]] std::vector<EvenScale> even_scales(const Plan& plan);

}  // namespace woodbury::plan
