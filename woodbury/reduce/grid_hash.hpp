// Hashes of numbers that are equal but for rounding.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace woodbury::reduce {

/// A hash that numbers equal but for rounding share, unless they lie at a border of its grid (then a level is left out
/// of its class, and only speed is lost). The grid is off the round numbers that designs are made of.
struct GridHash {
  std::uint64_t value = 0x9E3779B97F4A7C15ULL;
  void add(std::uint64_t word) { value = (value ^ word) * 0xD6E8FEB86659FD93ULL ^ (value >> 29); }
  void add(std::span<const double> numbers) {
    for (const double x : numbers)
      add(static_cast<std::uint64_t>(static_cast<std::int64_t>(std::floor(x * 0x1p30 + 0.3679))));
  }
};

}  // namespace woodbury::reduce
