// The symbolic side of an elimination: what couples to what. Shared by all chains.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::kernels {

/// What becomes of a block of the design.
struct BlockRole {
  bool integrated = true;
  bool diagonal = false;   ///< the covariance factor is diagonal, and stored as its d entries
  std::vector<bool> flat;  ///< columns under a flat prior (of an integrated block without a factor); empty: none
};

/// Which block is eliminated first; the other integrated ones form the dense tail.
struct Roles {
  std::vector<BlockRole> blocks;
  int eliminated = -1;  ///< an integrated block with a factor, or −1: everything integrated is the tail
};

/// A level of the eliminated block meets a level of a tail block: T_jl in the sums, and its place among the columns
/// of K_j.
struct Meeting {
  std::uint32_t pair;   ///< pattern, and index into Sums::pairs
  std::uint32_t block;  ///< of the tail
  std::size_t slot;     ///< meeting in that pattern
  std::uint32_t tail;   ///< first tail coordinate
  bool transposed;      ///< the sums hold T_lj
};

/// Consecutive tail coordinates among a level's coupled columns.
struct Run {
  std::uint32_t column;  ///< first among the level's coupled columns
  std::uint32_t tail;    ///< first tail coordinate
  std::uint32_t length;
};

/// Index structure of an elimination. `coupled` lists, a level of the eliminated block after another, the tail
/// coordinates that the level meets, ascending.
struct Structure {
  Structure(const moments::Design& design, const moments::CrossProducts& products, Roles roles);

  const moments::Design* design;
  const moments::CrossProducts* products;
  Roles roles;
  std::vector<bool> integrated, sampled;  ///< a block each
  std::vector<std::size_t> tail_blocks;
  std::vector<std::size_t> tail_at;  ///< a block's first tail coordinate (of tail blocks)
  std::vector<bool> tail_flat;       ///< a tail coordinate each
  std::size_t tail_size = 0, flat_count = 0, whitened_count = 0;
  std::size_t levels = 0;  ///< of the eliminated block; 0 where there is none
  int width = 0;           ///< its d
  std::vector<Meeting> meetings;
  std::vector<std::size_t> meeting_start;  ///< levels + 1
  std::vector<std::uint32_t> coupled;
  std::vector<std::size_t> coupled_start;  ///< levels + 1
  std::vector<Run> runs;                   ///< of `coupled`
  std::vector<std::size_t> run_start;      ///< levels + 1

  [[nodiscard]] std::size_t coupled_count(std::size_t level) const {
    return coupled_start[level + 1] - coupled_start[level];
  }
  [[nodiscard]] std::span<const Run> runs_of(std::size_t level) const {
    return std::span(runs).subspan(run_start[level], run_start[level + 1] - run_start[level]);
  }
  /// Floating-point operations of a value with gradient.
  [[nodiscard]] double flops() const;

 private:
  void add_runs(std::size_t begin);
};

}  // namespace woodbury::kernels
