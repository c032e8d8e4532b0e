// A unit left out by a fit without its rows. Internal to answers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "woodbury/store/store.hpp"

namespace woodbury::answers {

/// log of the mean of draws' densities, from their logarithms.
[[nodiscard]] double log_mean_exp(std::span<const double> logs);

/// log p(y_j | y_−j), on the model's scale, from a fit without rows j; sampled as the record's fit was.
[[nodiscard]] double refitted(const store::Record& record, const std::vector<std::size_t>& rows, unsigned threads);

}  // namespace woodbury::answers
