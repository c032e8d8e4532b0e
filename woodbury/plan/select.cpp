// A candidate's cross-products are some of the survey's.
#include <algorithm>
#include <numeric>

#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {

namespace {

using Columns = std::vector<std::size_t>;

/// Where the meetings of a pattern come from, and whether the values stand transposed there.
struct Meetings {
  moments::Pattern pattern;
  std::vector<std::size_t> slots;
  bool transposed = false;
};

Meetings forward(const moments::Pattern& pattern) {
  Meetings result{pattern, std::vector<std::size_t>(pattern.meetings()), false};
  std::iota(result.slots.begin(), result.slots.end(), std::size_t{0});
  return result;
}

Meetings transposed(const moments::Pattern& pattern, std::size_t levels) {
  Meetings result{{}, std::vector<std::size_t>(pattern.meetings()), true};
  std::vector<std::size_t>& start = result.pattern.start;
  start.assign(levels + 1, 0);
  for (const std::int32_t level : pattern.level) ++start[static_cast<std::size_t>(level) + 1];
  std::partial_sum(start.begin(), start.end(), start.begin());
  result.pattern.level.resize(pattern.meetings());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) {
      const std::size_t at = next[static_cast<std::size_t>(pattern.level[s])]++;
      result.pattern.level[at] = static_cast<std::int32_t>(j);
      result.slots[at] = s;
    }
  return result;
}

/// Two parts of one block: each level meets itself.
Meetings itself(std::size_t levels) {
  Meetings result{{}, std::vector<std::size_t>(levels), false};
  std::iota(result.slots.begin(), result.slots.end(), std::size_t{0});
  result.pattern.start.resize(levels + 1);
  std::iota(result.pattern.start.begin(), result.pattern.start.end(), std::size_t{0});
  result.pattern.level.resize(levels);
  std::iota(result.pattern.level.begin(), result.pattern.level.end(), 0);
  return result;
}

/// Meetings of two selected blocks, in the order first, second.
Meetings meetings(const moments::Layout& layout, std::size_t first, std::size_t second) {
  if (first == second) return itself(layout.blocks()[first].levels);
  if (first < second) return forward(layout.patterns()[layout.pattern(first, second)]);
  return transposed(layout.patterns()[layout.pattern(second, first)], layout.blocks()[first].levels);
}

/// to ← the selected entries of blocks of `rows` × `columns` numbers (as they stand in `from`).
void take(const std::vector<double>& from, const Meetings& meetings, std::size_t rows, std::size_t columns,
          const Columns& picked_rows, const Columns& picked_columns, std::vector<double>& to) {
  double* out = to.data();
  for (const std::size_t slot : meetings.slots) {
    const double* block = from.data() + slot * rows * columns;
    for (const std::size_t i : picked_rows)
      for (const std::size_t j : picked_columns)
        *out++ = meetings.transposed ? block[j * columns + i] : block[i * columns + j];
  }
}

}  // namespace

Products select(const Products& all, const std::vector<Selected>& blocks) {
  const auto& shapes = all.layout.blocks();
  std::vector<moments::Shape> picked;
  std::vector<Meetings> pairs;
  std::vector<moments::Pattern> patterns;
  for (const Selected& block : blocks) picked.push_back({shapes[block.block].levels, block.columns.size()});
  for (std::size_t k = 0; k < blocks.size(); ++k)
    for (std::size_t l = k + 1; l < blocks.size(); ++l) {
      pairs.push_back(meetings(all.layout, blocks[k].block, blocks[l].block));
      pairs.back().pattern.first = k;
      pairs.back().pattern.second = l;
      patterns.push_back(pairs.back().pattern);
    }
  Products result{{all.layout.rows(), std::move(picked), std::move(patterns)}, {}};
  result.sums = result.layout.zeros();
  result.sums.square = all.sums.square;
  for (std::size_t k = 0, p = 0; k < blocks.size(); ++k) {
    const std::size_t from = blocks[k].block, d = shapes[from].columns;
    const Columns& columns = blocks[k].columns;
    take(all.sums.diagonal[from], itself(shapes[from].levels), d, d, columns, columns, result.sums.diagonal[k]);
    double* rhs = &result.sums.rhs[result.layout.offset(k)];
    for (std::size_t j = 0; j < shapes[from].levels; ++j)
      for (const std::size_t c : columns) *rhs++ = all.sums.rhs[all.layout.offset(from) + j * d + c];
    for (std::size_t l = k + 1; l < blocks.size(); ++l, ++p) {
      const std::size_t other = blocks[l].block, e = shapes[other].columns;
      const std::vector<double>& values =
          from == other ? all.sums.diagonal[from]
                        : all.sums.pairs[all.layout.pattern(std::min(from, other), std::max(from, other))];
      take(values, pairs[p], from > other ? e : d, from > other ? d : e, columns, blocks[l].columns,
           result.sums.pairs[p]);
    }
  }
  return result;
}

}  // namespace woodbury::plan
