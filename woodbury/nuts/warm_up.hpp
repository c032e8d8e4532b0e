// The warm-up schemes: what is learnt between transitions, and when.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <numeric>
#include <vector>

#include "woodbury/nuts/chain.hpp"

namespace woodbury::nuts {

/// Stan's: step size by dual averaging, diagonal metric from the draws of growing windows.
void warm_up_in_windows(Chain& chain, std::size_t draws);

inline constexpr std::size_t kAroundModeDraws = 100;

/// Around a mode: the step; where the metric is no more than a beginning (`rough`), after the first third its
/// refinement by the draws and gradients of all chains together, which wait for one another there.
void warm_up_around_mode(const std::vector<std::unique_ptr<Chain>>& chains, unsigned threads, bool rough);

/// Draws of each window of the next scheme: the way to where the mass is, two that look at it, one for the step alone.
inline constexpr std::array<std::size_t, 4> kTogether{15, 15, 30, 50};
inline constexpr std::size_t kTogetherDraws = std::accumulate(kTogether.begin(), kTogether.end(), std::size_t{0});

/// Of a large density: a diagonal metric that all chains share, first the density's guess or the curvature at the
/// starts, then by the draws and gradients of all chains together (DiagonalFisher) in short windows. Chains wait for
/// one another where a window ends, so that the metric does not depend on threads.
void warm_up_together(const std::vector<std::unique_ptr<Chain>>& chains, unsigned threads);

}  // namespace woodbury::nuts
