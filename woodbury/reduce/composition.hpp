// What a design's effect is made of after reductions, in one step: pseudo-levels and independent contrasts.
#pragma once

#include <cstdint>
#include <vector>

#include "woodbury/reduce/reduction.hpp"

namespace woodbury::reduce {

/// One level's effects as Σ weight · level of the reduced layout, plus contrasts: independent of these and of each
/// other, each adding `weight` times the conditional covariance of two of its parts. A rotation treats all columns
/// alike, so weights are numbers. Effects rotated into an eigenbasis are one column each.
struct Composition {
  struct Part {
    std::uint32_t block = 0, level = 0;
    double weight = 0;
  };
  struct Share {
    std::uint32_t contrast = 0;
    std::uint32_t first = 0, second = 0;  ///< parts of the contrast, of one block
    double weight = 0;
  };
  std::vector<Part> parts;
  std::vector<Share> shares;
};

/// The levels of a block of the design, or the effects (level by level, column by column) of one in the eigenbasis.
/// O(levels · rank of their rotations).
[[nodiscard]] std::vector<Composition> compose(const Reduction& reduction, std::size_t block);

}  // namespace woodbury::reduce
