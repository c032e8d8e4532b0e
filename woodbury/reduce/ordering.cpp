#include "woodbury/reduce/ordering.hpp"

#include <algorithm>
#include <utility>

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

namespace woodbury::reduce {

namespace {

/// Pairs of levels of the Schur complement, or of its factor, above which elimination by levels is out of the question.
constexpr std::size_t kMostPairs = 20'000'000;
/// The same for a complement with more than this many entries a row and so large a part of all: a dense tail is faster.
constexpr std::size_t kSparseRow = 40, kFullFraction = 10;

/// Levels of `to` that each level of `from` meets.
std::vector<std::vector<int>> neighbours(const moments::Layout& layout, std::size_t from, std::size_t to) {
  const moments::Pattern& pattern = layout.patterns()[layout.pattern(std::min(from, to), std::max(from, to))];
  std::vector<std::vector<int>> result(layout.blocks()[from].levels);
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) {
      if (from < to)
        result[j].push_back(pattern.level[s]);
      else
        result[static_cast<std::size_t>(pattern.level[s])].push_back(static_cast<int>(j));
    }
  return result;
}

/// Levels of `to` that the level of `from` with most of them meets.
std::size_t most_met(const moments::Layout& layout, std::size_t from, std::size_t to) {
  const moments::Pattern& pattern = layout.patterns()[layout.pattern(std::min(from, to), std::max(from, to))];
  std::vector<std::size_t> met(layout.blocks()[from].levels);
  if (from > to)
    for (const std::int32_t level : pattern.level) ++met[static_cast<std::size_t>(level)];
  else
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j) met[j] = pattern.start[j + 1] - pattern.start[j];
  return met.empty() ? 0 : *std::max_element(met.begin(), met.end());
}

/// Pairs of levels in the columns of the Schur complement's Cholesky factor, Σ c², with rows and columns in this order.
std::size_t pairs_filled(const Eigen::SparseMatrix<double>& schur, const std::vector<std::size_t>& order) {
  std::vector<int> rank(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<int>(i);
  std::vector<std::vector<int>> columns(order.size());
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < order.size() && pairs <= kMostPairs; ++i) {
    std::vector<int>& mine = columns[i];
    for (Eigen::SparseMatrix<double>::InnerIterator entry(schur, static_cast<Eigen::Index>(order[i])); entry; ++entry)
      if (const int row = rank[static_cast<std::size_t>(entry.row())]; row > static_cast<int>(i)) mine.push_back(row);
    std::sort(mine.begin(), mine.end());
    mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
    pairs += mine.size() * mine.size();
    if (mine.empty()) continue;
    auto& parent = columns[static_cast<std::size_t>(mine.front())];
    parent.insert(parent.end(), mine.begin() + 1, mine.end());
    mine = {};
  }
  return pairs;
}

/// For each entry of the renumbered pattern, the old slot it comes from.
std::vector<std::size_t> sources(const moments::Pattern& pattern, std::size_t block,
                                 const std::vector<std::size_t>& order) {
  std::vector<std::size_t> slots;
  if (pattern.first == block) {
    for (const std::size_t j : order)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) slots.push_back(s);
    return slots;
  }
  std::vector<std::size_t> rank(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j) {
    const auto begin = static_cast<std::ptrdiff_t>(slots.size());
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) slots.push_back(s);
    std::sort(slots.begin() + begin, slots.end(), [&](std::size_t a, std::size_t b) {
      return rank[static_cast<std::size_t>(pattern.level[a])] < rank[static_cast<std::size_t>(pattern.level[b])];
    });
  }
  return slots;
}

/// values ← blocks of `size` numbers taken in order.
std::vector<double> taken(const std::vector<double>& values, const std::vector<std::size_t>& order, std::size_t size) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const std::size_t i : order)
    result.insert(result.end(), values.begin() + static_cast<std::ptrdiff_t>(i * size),
                  values.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
  return result;
}

}  // namespace

std::optional<std::vector<std::size_t>> fill_reducing_order(const moments::Layout& layout, std::size_t first,
                                                            std::size_t second) {
  const std::size_t levels = layout.blocks()[second].levels;
  const std::size_t most = std::min(kMostPairs, kSparseRow * levels + levels * levels / kFullFraction);
  // A level of the first makes all that it meets meet one another.
  if (const std::size_t met = most_met(layout, first, second); met * met > most) return std::nullopt;
  const auto met_by_first = neighbours(layout, first, second), met_by_second = neighbours(layout, second, first);
  std::vector<Eigen::Triplet<double>> entries;
  std::vector<std::size_t> seen(levels, levels);
  for (std::size_t a = 0; a < levels; ++a)
    for (const int j : met_by_second[a])
      for (const int b : met_by_first[static_cast<std::size_t>(j)]) {
        if (std::exchange(seen[static_cast<std::size_t>(b)], a) == a) continue;
        entries.emplace_back(b, static_cast<int>(a), 1.0);
        if (entries.size() > most) return std::nullopt;
      }
  if (entries.size() <= levels) return std::nullopt;  // nested: nothing fills
  Eigen::SparseMatrix<double> schur(static_cast<Eigen::Index>(levels), static_cast<Eigen::Index>(levels));
  schur.setFromTriplets(entries.begin(), entries.end());
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int> permutation;
  Eigen::AMDOrdering<int>()(schur.selfadjointView<Eigen::Lower>(), permutation);
  const auto& indices = permutation.indices();
  std::vector<std::size_t> order(indices.data(), indices.data() + indices.size());
  if (pairs_filled(schur, order) > kMostPairs) return std::nullopt;
  return order;
}

moments::Layout renumbered(const moments::Layout& layout, std::size_t block, const std::vector<std::size_t>& order) {
  std::vector<std::int32_t> rank(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<std::int32_t>(i);
  std::vector<moments::Pattern> patterns;
  for (const moments::Pattern& old : layout.patterns()) {
    if (old.first != block && old.second != block) {
      patterns.push_back(old);
      continue;
    }
    moments::Pattern pattern{.first = old.first, .second = old.second, .start = {0}, .level = {}};
    for (std::size_t i = 0; i + 1 < old.start.size(); ++i) {
      const std::size_t j = old.first == block ? order[i] : i;
      pattern.start.push_back(pattern.start.back() + old.start[j + 1] - old.start[j]);
    }
    for (const std::size_t s : sources(old, block, order))
      pattern.level.push_back(old.second == block ? rank[static_cast<std::size_t>(old.level[s])] : old.level[s]);
    patterns.push_back(std::move(pattern));
  }
  return {layout.rows(), layout.blocks(), std::move(patterns)};
}

moments::Sums renumbered(const moments::Layout& layout, const moments::Sums& sums, std::size_t block,
                         const std::vector<std::size_t>& order) {
  moments::Sums result = sums;
  const std::size_t d = layout.blocks()[block].columns;
  result.diagonal[block] = taken(sums.diagonal[block], order, d * d);
  for (std::size_t i = 0; i < order.size(); ++i)
    std::copy_n(&sums.rhs[layout.offset(block) + order[i] * d], d, &result.rhs[layout.offset(block) + i * d]);
  for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
    const moments::Pattern& pattern = layout.patterns()[p];
    if (pattern.first == block || pattern.second == block)
      result.pairs[p] = taken(sums.pairs[p], sources(pattern, block, order),
                              layout.blocks()[pattern.first].columns * layout.blocks()[pattern.second].columns);
  }
  return result;
}

}  // namespace woodbury::reduce
