// A quick look at chains after a short warm-up: did it do?
#pragma once

#include <string>
#include <vector>

#include "woodbury/nuts/chain.hpp"

namespace woodbury::nuts {

/// The largest split R-hat of any coordinate (Gelman et al. 2013, section 11.4), over the draws all chains have; 1 with
/// fewer than four. Infinite where halves do not move and differ.
[[nodiscard]] double largest_split_rhat(const std::vector<ChainResult>& chains, std::size_t dimension);

/// In words, what says that the chains have not explored one density; empty: nothing does.
[[nodiscard]] std::string disagreement(const std::vector<ChainResult>& chains, const Options& options,
                                       std::size_t dimension);

}  // namespace woodbury::nuts
