#include "woodbury/kernels/structure.hpp"

#include <algorithm>
#include <utility>

namespace woodbury::kernels {

Structure::Structure(const moments::Design& design_in, const moments::CrossProducts& products_in, Roles roles_in)
    : design(&design_in), products(&products_in), roles(std::move(roles_in)) {
  const auto& blocks = design->blocks();
  WOODBURY_ASSERT(roles.blocks.size() == blocks.size());
  tail_at.resize(blocks.size());
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const BlockRole& role = roles.blocks[k];
    integrated.push_back(role.integrated);
    sampled.push_back(!role.integrated);
    if (!role.integrated) continue;
    const auto flat = static_cast<std::size_t>(std::count(role.flat.begin(), role.flat.end(), true));
    flat_count += flat;
    whitened_count += blocks[k].size() - flat;
    if (static_cast<int>(k) == roles.eliminated) continue;
    tail_at[k] = tail_size;
    tail_blocks.push_back(k);
    tail_size += blocks[k].size();
    for (std::size_t i = 0; i < blocks[k].size(); ++i) tail_flat.push_back(!role.flat.empty() && role.flat[i]);
  }
  meeting_start = {0};
  coupled_start = {0};
  run_start = {0};
  if (roles.eliminated < 0) return;

  const auto e = static_cast<std::size_t>(roles.eliminated);
  levels = blocks[e].levels;
  width = blocks[e].width();
  std::vector<std::vector<Meeting>> by_level(levels);
  for (const std::size_t k : tail_blocks) {
    const bool transposed = k < e;
    const std::size_t p = products->pattern(std::min(e, k), std::max(e, k));
    const moments::Pattern& pattern = products->patterns()[p];
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) {
        const auto other = static_cast<std::size_t>(pattern.level[s]);
        const std::size_t level = transposed ? other : j, tail_level = transposed ? j : other;
        by_level[level].push_back({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(k), s,
                                   static_cast<std::uint32_t>(tail_at[k] + tail_level * blocks[k].columns.size()),
                                   transposed});
      }
  }
  for (auto& list : by_level) {
    std::sort(list.begin(), list.end(), [](const Meeting& a, const Meeting& b) { return a.tail < b.tail; });
    for (const Meeting& meeting : list) {
      meetings.push_back(meeting);
      for (std::size_t c = 0; c < blocks[meeting.block].columns.size(); ++c)
        coupled.push_back(meeting.tail + static_cast<std::uint32_t>(c));
    }
    add_runs(coupled_start.back());
    meeting_start.push_back(meetings.size());
    coupled_start.push_back(coupled.size());
  }
}

/// Runs of the level whose coupled columns begin at `begin` and end the list.
void Structure::add_runs(std::size_t begin) {
  for (std::size_t i = begin; i < coupled.size(); ++i) {
    if (i > begin && coupled[i] == coupled[i - 1] + 1)
      ++runs.back().length;
    else
      runs.push_back({static_cast<std::uint32_t>(i - begin), coupled[i], 1});
  }
  run_start.push_back(runs.size());
}

double Structure::flops() const {
  const double d = width, m = static_cast<double>(tail_size);
  double total = 0;
  for (std::size_t j = 0; j < levels; ++j) {
    const auto c = static_cast<double>(coupled_count(j));
    total += d * d * d * 4 + 8 * d * d * c + 4 * d * c * c;  // blocks, couplings, Schur update and its mirror
  }
  for (const auto& pattern : products->patterns())
    total += 8.0 * static_cast<double>(pattern.meetings()) *
             static_cast<double>(design->blocks()[pattern.first].columns.size() *
                                 design->blocks()[pattern.second].columns.size());
  return total + 2 * m * m * m / 3 + 2 * m * m * m / 3 + 4 * m * m;  // factor, inverse, solves
}

}  // namespace woodbury::kernels
