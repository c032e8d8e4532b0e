// The symbolic side of an elimination: which levels are eliminated in which order, and what couples to what.
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
  std::vector<bool> flat;  ///< effects under a flat prior (of an integrated block without a factor); empty: none
  /// Where the columns' coefficients are w = Cz with C of columns × effects, the effects a level; 0: C is square.
  std::size_t effects = 0;
};

/// The order of elimination. Blocks in `order` go level by level; the other integrated ones are the dense tail.
/// Any order is right; it costs nothing extra where each block is nested in those after it.
struct Roles {
  std::vector<BlockRole> blocks;
  std::vector<std::size_t> order;
};

/// Coordinates are those of the whitened effects in order of elimination: the nodes' one after another, then the
/// tail's. A node is a level of an eliminated block; its coupled columns are the later coordinates that it meets in the
/// data or through fill, ascending.
struct Node {
  std::size_t level = 0;
  std::size_t coordinate = 0;           ///< first of its own
  std::size_t square = 0;               ///< its place in storage of d × d a node
  std::size_t values = 0;               ///< its place in storage of d × columns a node
  std::size_t half = 0;                 ///< the same with the design's columns in place of d
  std::size_t column = 0, columns = 0;  ///< its part of Structure::coupled
  std::size_t tail_column = 0;          ///< of these, the first that is of the tail
  std::size_t meeting = 0, meetings = 0, run = 0, runs = 0, ancestor = 0, ancestors = 0;
};

/// An eliminated block's nodes, `first` to `last` exclusive.
struct Stage {
  std::size_t block = 0;
  int width = 0;    ///< d, effects a level
  int columns = 0;  ///< of the design; d but where C is not square
  std::size_t first = 0, last = 0;
  std::size_t left = 0;  ///< place of the first node in storage of columns × d a node
  /// Whether the levels meet so much of the tail that their updates of it are best worked as products of dense
  /// matrices; and the first node's place in storage of d rows a node.
  bool dense = false;
  std::size_t row = 0;
};

/// A node's level meets a level of a later block: T_jl in the sums, and its place among the node's columns.
struct Meeting {
  std::uint32_t pair;    ///< pattern, and index into Sums::pairs
  std::uint32_t block;   ///< of the later level
  std::size_t slot;      ///< meeting in that pattern
  std::uint32_t column;  ///< of the node
  bool transposed;       ///< the sums hold T_lj
};

/// Consecutive tail coordinates among a node's columns.
struct Run {
  std::uint32_t column, tail, length;
};

/// A later node among a node's columns. The node's columns behind the ancestor's own are columns of the ancestor, too:
/// `places` says which (Structure::places).
struct Ancestor {
  std::uint32_t node, column, width;
  std::size_t places;
};

struct Structure {
  /// The layout must outlive the structure.
  Structure(const moments::Layout& layout, Roles roles);

  const moments::Layout* layout;
  Roles roles;
  std::vector<bool> integrated, sampled;  ///< a block each
  std::vector<std::size_t> coordinate;    ///< of an integrated block's first level
  std::vector<std::size_t> width;         ///< effects a level of each block
  std::vector<std::size_t> tail_blocks;
  std::vector<bool> tail_flat;  ///< a tail coordinate each
  std::size_t node_coordinates = 0, tail_size = 0, flat_count = 0, whitened_count = 0;
  std::size_t square_size = 0, values_size = 0, left_size = 0, half_size = 0, row_count = 0;

  std::vector<Stage> stages;
  std::vector<Node> nodes;
  std::vector<std::uint32_t> coupled, places;
  std::vector<Meeting> meetings;
  std::vector<Run> runs;
  std::vector<Ancestor> ancestors;

  [[nodiscard]] std::size_t tail_at(std::size_t block) const { return coordinate[block] - node_coordinates; }
  [[nodiscard]] std::span<const std::uint32_t> coupled_of(const Node& node) const {
    return std::span(coupled).subspan(node.column, node.columns);
  }
  [[nodiscard]] std::span<const Meeting> meetings_of(const Node& node) const {
    return std::span(meetings).subspan(node.meeting, node.meetings);
  }
  [[nodiscard]] std::span<const Run> runs_of(const Node& node) const {
    return std::span(runs).subspan(node.run, node.runs);
  }
  [[nodiscard]] std::span<const Ancestor> ancestors_of(const Node& node) const {
    return std::span(ancestors).subspan(node.ancestor, node.ancestors);
  }
  /// The node that owns a coordinate below node_coordinates.
  [[nodiscard]] std::size_t owner(std::size_t coordinate_of_node) const;

  /// Floating-point operations of a value with gradient: products over the patterns and blocks; the levels' updates of
  /// the tail, a run at a time; and products of dense matrices: dense stages' updates, and the tail's factorisation and
  /// inverse, which run fastest.
  struct Flops {
    double products = 0, updates = 0, dense = 0, loaded = 0, tail = 0;
    [[nodiscard]] double total() const { return products + updates + dense + loaded + tail; }
  };
  [[nodiscard]] Flops flops() const;

 private:
  void place_blocks();
  void find_meetings(std::vector<std::vector<std::uint32_t>>& columns);
  void couple(std::vector<std::vector<std::uint32_t>>& columns);
  void add_columns(Node& node, const std::vector<std::uint32_t>& columns);
  void add_ancestors(Node& node);
  void choose_dense();
};

}  // namespace woodbury::kernels
