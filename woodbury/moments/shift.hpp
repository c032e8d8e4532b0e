// Columns that lie far from zero, as years do, moved: less a multiple of their block's column of ones.
#pragma once

#include <vector>

#include "woodbury/moments/cross_products.hpp"

namespace woodbury::moments {

/// A column of a block becomes itself less `by` times the block's column of ones.
struct Shift {
  std::size_t block = 0, ones = 0, column = 0;
  double by = 0;
};

/// Those worth it, as sums of doubles lose (mean / sd)² of their digits: of blocks that may be centred and have a
/// column of ones, columns of a mean more than ten of their sds.
[[nodiscard]] std::vector<Shift> find_shifts(const Design& design, const std::vector<bool>& may);

[[nodiscard]] Design shifted(const Design& design, const std::vector<Shift>& shifts);

}  // namespace woodbury::moments
