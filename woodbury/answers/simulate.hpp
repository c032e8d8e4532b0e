// Tables simulated from a fit: responses of its rows, or of others, with effects and residuals drawn anew.
#pragma once

#include <cstdint>
#include <vector>

#include "woodbury/answers/rows.hpp"
#include "woodbury/answers/table.hpp"

namespace woodbury::answers {

struct SimulateOptions {
  std::size_t copies = 100;  ///< tables, each from another draw; those draws are spread evenly over all
  std::uint64_t seed = 1;    ///< a copy's stream is named by (seed, copy)
  unsigned threads = 0;
};

/// Responses in the user's units, a vector a copy. Integrated effects are drawn from their exact conditional; new
/// levels from their distribution, rows that share one sharing its effects.
[[nodiscard]] std::vector<std::vector<double>> simulate(const Bound& bound, const Rows& rows,
                                                        const SimulateOptions& options);

/// Mean, sd, smallest, median and largest response: of the data, and of copies the 5 % and 95 % quantiles and the share
/// above the data's.
[[nodiscard]] Table predictive_check(const Bound& bound, const std::vector<std::vector<double>>& copies);

}  // namespace woodbury::answers
