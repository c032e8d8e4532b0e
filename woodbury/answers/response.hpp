// The response as the user has it, behind a model's transformation of it, with the transformation's Jacobian.
#pragma once

#include <string>
#include <vector>

#include "woodbury/answers/bound.hpp"

namespace woodbury::answers {

struct Responses {
  std::string name;                   ///< the column
  std::vector<double> values;         ///< a row each, in the user's units
  std::vector<double> log_jacobians;  ///< log |d transformed / d response|, zero where nothing was transformed
};

/// Of `log(y)`, `sqrt(y)`, `exp(y)`, powers, and sums and products with numbers; base::Error for others.
[[nodiscard]] Responses response_of(const Bound& bound);

}  // namespace woodbury::answers
