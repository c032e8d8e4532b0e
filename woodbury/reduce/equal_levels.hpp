// The rule of equal levels: those of one factor that share their cross-products, with what is nested in them, rotate
// into pseudo-levels.
#pragma once

#include <vector>

#include "woodbury/reduce/couplings.hpp"
#include "woodbury/reduce/rotation.hpp"

namespace woodbury::reduce {

/// Whether two of a block's levels may have equal cross-products (d × d each): a quick look, by hashes.
[[nodiscard]] bool may_rotate(const std::vector<double>& squares, std::size_t d);

/// Rotates the levels of a block wherever that leaves fewer, together with those of blocks nested in it, and appends
/// what it did. Whether anything changed.
bool rotate_equal_levels(std::size_t block, Couplings& couplings, const std::vector<bool>& rotatable,
                         std::vector<moments::Contrast>& contrasts, std::vector<Rotation>& rotations);

}  // namespace woodbury::reduce
