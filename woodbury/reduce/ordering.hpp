// The rule of fill-reducing order: of two crossed factors whose levels rarely meet, the second can be eliminated by
// levels, too, with little fill.
#pragma once

#include <optional>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::reduce {

/// An order of the levels of block `second` for elimination after block `first`, by approximate minimum degree on the
/// Schur complement's pattern. None where any order will do (`first` is nested in `second`), and where too much fills.
[[nodiscard]] std::optional<std::vector<std::size_t>> fill_reducing_order(const moments::Layout& layout,
                                                                          std::size_t first, std::size_t second);

/// The layout and the sums with a block's levels renumbered: the new level i is the old order[i].
[[nodiscard]] moments::Layout renumbered(const moments::Layout& layout, std::size_t block,
                                         const std::vector<std::size_t>& order);
[[nodiscard]] moments::Sums renumbered(const moments::Layout& layout, const moments::Sums& sums, std::size_t block,
                                       const std::vector<std::size_t>& order);

}  // namespace woodbury::reduce
