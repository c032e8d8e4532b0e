// Totals of shards added up: levels matched by label, patterns united.
#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "woodbury/moments/totals.hpp"

namespace woodbury::moments {

namespace {

using Values = std::vector<Compensated>;

/// from → to: `to[map[i]]` gets `from[i]`, each `size` long.
Values scattered(const Values& from, const std::vector<std::int32_t>& map, std::size_t levels, std::size_t size) {
  Values to(levels * size);
  for (std::size_t i = 0; i < map.size(); ++i)
    std::copy_n(&from[i * size], size, &to[static_cast<std::size_t>(map[i]) * size]);
  return to;
}

void add_to(Values& sum, const Values& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

/// A pattern with its levels renumbered, and the values that go with its meetings.
void relabel(Pattern& pattern, const std::vector<std::int32_t>& first, std::size_t levels,
             const std::vector<std::int32_t>& second, std::size_t size, Values& values) {
  std::vector<std::size_t> old_of(levels, first.size());
  for (std::size_t j = 0; j < first.size(); ++j) old_of[static_cast<std::size_t>(first[j])] = j;
  Pattern result{pattern.first, pattern.second, {0}, {}};
  Values moved;
  moved.reserve(values.size());
  std::vector<std::pair<std::int32_t, std::size_t>> row;
  for (const std::size_t j : old_of) {
    row.clear();
    if (j < first.size())
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
        row.emplace_back(second[static_cast<std::size_t>(pattern.level[s])], s);
    std::sort(row.begin(), row.end());
    for (const auto& [level, s] : row) {
      result.level.push_back(level);
      moved.insert(moved.end(), &values[s * size], &values[s * size] + size);
    }
    result.start.push_back(result.level.size());
  }
  pattern = std::move(result);
  values = std::move(moved);
}

/// The meetings of both, over the same levels, and the sums of their values.
void unite(Pattern& pattern, Values& values, const Pattern& other, const Values& more, std::size_t size) {
  Pattern result{pattern.first, pattern.second, {0}, {}};
  Values sums;
  sums.reserve(std::max(values.size(), more.size()));
  const auto append = [&](const Pattern& from, const Values& of, std::size_t& s) {
    result.level.push_back(from.level[s]);
    sums.insert(sums.end(), &of[s * size], &of[s * size] + size);
    ++s;
  };
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j) {
    std::size_t s = pattern.start[j], t = other.start[j];
    const std::size_t s_end = pattern.start[j + 1], t_end = other.start[j + 1];
    while (s < s_end || t < t_end) {
      const bool ours = t == t_end || (s < s_end && pattern.level[s] <= other.level[t]);
      const bool theirs = s == s_end || (t < t_end && other.level[t] <= pattern.level[s]);
      if (ours) append(pattern, values, s);
      if (!ours) append(other, more, t);
      if (ours && theirs) {
        for (std::size_t i = 0; i < size; ++i) sums[sums.size() - size + i] += more[t * size + i];
        ++t;
      }
    }
    result.start.push_back(result.level.size());
  }
  pattern = std::move(result);
  values = std::move(sums);
}

bool holds(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  const std::unordered_set<std::string_view> known(all.begin(), all.end());
  return std::all_of(some.begin(), some.end(), [&](const std::string& label) { return known.contains(label); });
}

std::vector<std::string> joined(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (holds(a, b)) return a;
  if (holds(b, a)) return b;
  std::vector<std::string> all = a;
  all.insert(all.end(), b.begin(), b.end());
  return frame::make_factor(all).levels;
}

}  // namespace

void Totals::merge(const Totals& other) {
  WOODBURY_ASSERT(other.labels_.size() == labels_.size() && other.responses() == responses());
  std::vector<std::vector<std::string>> labels;
  std::vector<std::size_t> levels;
  for (std::size_t k = 0; k < labels_.size(); ++k) {
    WOODBURY_ASSERT(layout_.blocks()[k].columns == other.layout_.blocks()[k].columns);
    labels.push_back(joined(labels_[k], other.labels_[k]));
    levels.push_back(labels[k].empty() ? std::max(layout_.blocks()[k].levels, other.layout_.blocks()[k].levels)
                                       : labels[k].size());
  }
  relabel(labels, levels);
  Totals theirs = other;
  theirs.relabel(labels, levels);
  add(theirs);
}

/// Renumbers the levels, among which are all that there are.
void Totals::relabel(const std::vector<std::vector<std::string>>& labels, const std::vector<std::size_t>& levels) {
  if (labels == labels_ && std::ranges::equal(levels, layout_.blocks(), {}, {}, &Shape::levels)) return;
  std::vector<std::vector<std::int32_t>> maps;
  std::vector<Shape> shapes = layout_.blocks();
  std::vector<Values> rhs(rhs_.size());
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    auto& map = maps.emplace_back(shapes[k].levels);
    std::iota(map.begin(), map.end(), 0);
    if (labels[k] != labels_[k]) {
      std::unordered_map<std::string_view, std::int32_t> code_of;
      for (const std::string& label : labels[k]) code_of.emplace(label, static_cast<std::int32_t>(code_of.size()));
      for (std::size_t j = 0; j < map.size(); ++j) map[j] = code_of.at(labels_[k][j]);
    }
    const std::size_t d = shapes[k].columns;
    for (std::size_t i = 0; i < rhs_.size(); ++i) {
      const auto begin = rhs_[i].begin() + static_cast<std::ptrdiff_t>(layout_.offset(k));
      const Values own(begin, begin + static_cast<std::ptrdiff_t>(shapes[k].size()));
      const Values moved = scattered(own, map, levels[k], d);
      rhs[i].insert(rhs[i].end(), moved.begin(), moved.end());
    }
    diagonal_[k] = scattered(diagonal_[k], map, levels[k], d * d);
    shapes[k].levels = levels[k];
  }
  std::vector<Pattern> patterns = layout_.patterns();
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    const std::size_t first = patterns[p].first, second = patterns[p].second;
    moments::relabel(patterns[p], maps[first], levels[first], maps[second],
                     shapes[first].columns * shapes[second].columns, pairs_[p]);
  }
  layout_ = Layout(layout_.rows(), std::move(shapes), std::move(patterns));
  rhs_ = std::move(rhs);
  labels_ = labels;
}

/// Adds totals over the same levels.
void Totals::add(const Totals& other) {
  std::vector<Pattern> patterns = layout_.patterns();
  for (std::size_t p = 0; p < patterns.size(); ++p)
    unite(patterns[p], pairs_[p], other.layout_.patterns()[p], other.pairs_[p],
          layout_.blocks()[patterns[p].first].columns * layout_.blocks()[patterns[p].second].columns);
  for (std::size_t k = 0; k < diagonal_.size(); ++k) add_to(diagonal_[k], other.diagonal_[k]);
  for (std::size_t i = 0; i < rhs_.size(); ++i) add_to(rhs_[i], other.rhs_[i]);
  add_to(squares_, other.squares_);
  layout_ = Layout(layout_.rows() + other.layout_.rows(), layout_.blocks(), std::move(patterns));
}

}  // namespace woodbury::moments
