#include "woodbury/kernels/structure.hpp"

#include <algorithm>
#include <utility>

namespace woodbury::kernels {

Structure::Structure(const moments::Layout& layout_in, Roles roles_in)
    : layout(&layout_in), roles(std::move(roles_in)) {
  WOODBURY_ASSERT(roles.blocks.size() == layout->blocks().size());
  place_blocks();
  std::vector<std::vector<std::uint32_t>> columns(nodes.size());
  find_meetings(columns);
  couple(columns);
  choose_dense();
}

/// By what either way costs: rows of a node one after another, a run at a time, or all of a stage's as products of
/// dense matrices over the whole tail, zeros included.
void Structure::choose_dense() {
  constexpr double kRun = 1.6, kFlop = 0.12, kDenseFlop = 0.02;  // nanoseconds, on a processor with AVX2
  constexpr std::size_t kSmallest = 24;
  if (tail_size < kSmallest) return;
  for (Stage& stage : stages) {
    const double d = stage.width, size = static_cast<double>(tail_size);
    double by_runs = 0;
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const auto met = static_cast<double>(nodes[n].columns - nodes[n].tail_column);
      by_runs += d * met * (kRun * static_cast<double>(nodes[n].runs) + 4 * kFlop * met);
    }
    stage.dense = by_runs > static_cast<double>(stage.last - stage.first) * 3 * d * size * size * kDenseFlop;
    stage.row = row_count;
    if (stage.dense) row_count += (stage.last - stage.first) * static_cast<std::size_t>(stage.width);
  }
}

void Structure::place_blocks() {
  const auto& blocks = layout->blocks();
  coordinate.resize(blocks.size());
  for (std::size_t k = 0; k < blocks.size(); ++k)
    width.push_back(roles.blocks[k].effects > 0 ? roles.blocks[k].effects : blocks[k].columns);
  for (const std::size_t k : roles.order) {
    WOODBURY_ASSERT(roles.blocks[k].integrated && roles.blocks[k].flat.empty());
    const std::size_t d = width[k];
    coordinate[k] = node_coordinates;
    stages.push_back(
        {k, static_cast<int>(d), blocks[k].width(), nodes.size(), nodes.size() + blocks[k].levels, left_size});
    left_size += blocks[k].levels * blocks[k].columns * d;
    for (std::size_t j = 0; j < blocks[k].levels; ++j) {
      nodes.push_back({.level = j, .coordinate = node_coordinates, .square = square_size});
      node_coordinates += d;
      square_size += d * d;
    }
  }
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const BlockRole& role = roles.blocks[k];
    integrated.push_back(role.integrated);
    sampled.push_back(!role.integrated);
    if (!role.integrated) continue;
    const auto flat = static_cast<std::size_t>(std::count(role.flat.begin(), role.flat.end(), true));
    flat_count += flat;
    const std::size_t size = blocks[k].levels * width[k];
    whitened_count += size - flat;
    if (std::find(roles.order.begin(), roles.order.end(), k) != roles.order.end()) continue;
    coordinate[k] = node_coordinates + tail_size;
    tail_blocks.push_back(k);
    tail_size += size;
    for (std::size_t i = 0; i < size; ++i) tail_flat.push_back(!role.flat.empty() && role.flat[i]);
  }
}

/// Meetings in the data, by node; `columns` gets the coordinates met. A meeting's column is filled in by `couple`:
/// until then it holds the coordinate.
void Structure::find_meetings(std::vector<std::vector<std::uint32_t>>& columns) {
  const auto& blocks = layout->blocks();
  std::vector<std::vector<Meeting>> by_node(nodes.size());
  for (const Stage& stage : stages)
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      if (!integrated[k] || coordinate[k] <= coordinate[stage.block]) continue;
      const std::size_t e = stage.block;
      const bool transposed = k < e;
      const std::size_t p = layout->pattern(std::min(e, k), std::max(e, k));
      const moments::Pattern& pattern = layout->patterns()[p];
      for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) {
          const auto other = static_cast<std::size_t>(pattern.level[s]);
          const std::size_t node = stage.first + (transposed ? other : j);
          const auto at = static_cast<std::uint32_t>(coordinate[k] + (transposed ? j : other) * width[k]);
          by_node[node].push_back({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(k), s, at, transposed});
          for (std::size_t c = 0; c < width[k]; ++c) columns[node].push_back(at + static_cast<std::uint32_t>(c));
        }
    }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    std::sort(by_node[n].begin(), by_node[n].end(),
              [](const Meeting& a, const Meeting& b) { return a.column < b.column; });
    std::sort(columns[n].begin(), columns[n].end());
    nodes[n].meeting = meetings.size();
    nodes[n].meetings = by_node[n].size();
    meetings.insert(meetings.end(), by_node[n].begin(), by_node[n].end());
  }
}

/// Adds the fill: a node's columns, but for its first ancestor's own, are columns of that ancestor too.
void Structure::couple(std::vector<std::vector<std::uint32_t>>& columns) {
  for (const Stage& stage : stages)
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const auto& mine = columns[n];
      if (!mine.empty() && mine.front() < node_coordinates) {
        const std::size_t parent = owner(mine.front());
        const std::size_t end = parent + 1 < nodes.size() ? nodes[parent + 1].coordinate : node_coordinates;
        const auto rest = std::lower_bound(mine.begin(), mine.end(), end);
        std::vector<std::uint32_t> joined;
        std::set_union(columns[parent].begin(), columns[parent].end(), rest, mine.end(), std::back_inserter(joined));
        columns[parent] = std::move(joined);
      }
      add_columns(nodes[n], mine);
      nodes[n].values = values_size;
      values_size += nodes[n].columns * static_cast<std::size_t>(stage.width);
      nodes[n].half = half_size;
      half_size += nodes[n].columns * static_cast<std::size_t>(stage.columns);
    }
  for (Node& node : nodes) add_ancestors(node);
}

void Structure::add_columns(Node& node, const std::vector<std::uint32_t>& columns) {
  node.column = coupled.size();
  node.columns = columns.size();
  coupled.insert(coupled.end(), columns.begin(), columns.end());
  const auto column_of = [&](std::uint32_t at) {
    return static_cast<std::uint32_t>(std::lower_bound(columns.begin(), columns.end(), at) - columns.begin());
  };
  for (std::size_t i = node.meeting; i < node.meeting + node.meetings; ++i)
    meetings[i].column = column_of(meetings[i].column);
  node.tail_column = column_of(static_cast<std::uint32_t>(node_coordinates));
  node.run = runs.size();
  for (std::size_t i = node.tail_column; i < columns.size(); ++i) {
    if (i > node.tail_column && columns[i] == columns[i - 1] + 1)
      ++runs.back().length;
    else
      runs.push_back({static_cast<std::uint32_t>(i), columns[i] - static_cast<std::uint32_t>(node_coordinates), 1});
  }
  node.runs = runs.size() - node.run;
}

void Structure::add_ancestors(Node& node) {
  node.ancestor = ancestors.size();
  const std::span<const std::uint32_t> mine = coupled_of(node);
  for (std::size_t i = 0; i < node.tail_column;) {
    const std::size_t n = owner(mine[i]);
    const std::size_t end = n + 1 < nodes.size() ? nodes[n + 1].coordinate : node_coordinates;
    const std::size_t own = end - nodes[n].coordinate;
    ancestors.push_back(
        {static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(own), places.size()});
    const std::span<const std::uint32_t> theirs = coupled_of(nodes[n]);
    i += own;
    for (std::size_t c = i; c < mine.size(); ++c) {
      const auto found = std::lower_bound(theirs.begin(), theirs.end(), mine[c]);
      WOODBURY_ASSERT(found != theirs.end() && *found == mine[c]);
      places.push_back(static_cast<std::uint32_t>(found - theirs.begin()));
    }
  }
  node.ancestors = ancestors.size() - node.ancestor;
}

std::size_t Structure::owner(std::size_t coordinate_of_node) const {
  auto stage = stages.rbegin();
  while (coordinate[stage->block] > coordinate_of_node) ++stage;
  return stage->first + (coordinate_of_node - coordinate[stage->block]) / static_cast<std::size_t>(stage->width);
}

Structure::Flops Structure::flops() const {
  Flops flops;
  const double size = static_cast<double>(tail_size);
  for (const Stage& stage : stages) {
    const double d = stage.width, extra = stage.columns - d;
    if (stage.dense) flops.dense += 3 * static_cast<double>(stage.last - stage.first) * d * size * size;
    for (std::size_t n = stage.first; n < stage.last; ++n) {
      const auto c = static_cast<double>(nodes[n].columns), tail = c - static_cast<double>(nodes[n].tail_column);
      // D_j, its factor and inverse, V_jj and ∂/∂C; K_j, H_j, X_j and the products of these; couplings of later nodes.
      flops.products += d * (25 * d * d / 3 + 9 * d + 12) + d * c * (10 * d + 4) + 3 * d * (c * c - tail * tail);
      flops.products += extra * (4 * d * (d + extra) + 4 * d * c);
      for (const Meeting& meeting : meetings_of(nodes[n]))
        flops.products += 4 * d * static_cast<double>(width[meeting.block]) *
                          (roles.blocks[meeting.block].diagonal ? 1 : static_cast<double>(width[meeting.block]));
      if (!stage.dense) flops.updates += 3 * d * tail * tail;
    }
  }
  const auto& blocks = layout->blocks();
  for (const auto& block : blocks)  // residuals: AᵀWA by a vector
    flops.products += 2.0 * static_cast<double>(block.size() * block.columns);
  for (const auto& pattern : layout->patterns())
    flops.products += 4.0 * static_cast<double>(pattern.meetings()) *
                      static_cast<double>(blocks[pattern.first].columns * blocks[pattern.second].columns);
  for (const std::size_t k : tail_blocks) {
    const double n = static_cast<double>(blocks[k].columns), d = static_cast<double>(width[k]);
    const bool loaded = roles.blocks[k].effects > 0;  // TC, CᵀTC, and again TC, TCV
    if (loaded) flops.loaded += 4 * static_cast<double>(blocks[k].levels) * n * d * (n + d);
  }
  flops.tail = 7 * size * size * size / 3 + 4 * size * size;  // Cholesky, inverse by two solves
  return flops;
}

}  // namespace woodbury::kernels
