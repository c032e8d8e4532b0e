#include "woodbury/reduce/couplings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace woodbury::reduce {

std::span<double> Pool::take(std::size_t count) {
  constexpr std::size_t kChunk = 8192;
  if (count > left_.size()) {
    const std::size_t size = std::max(kChunk, count);
    chunks_.push_back(std::make_unique_for_overwrite<double[]>(size));
    left_ = {chunks_.back().get(), size};
  }
  const std::span<double> taken = left_.first(count);
  left_ = left_.subspan(count);
  return taken;
}

std::span<double> Pool::copy(std::span<const double> values) {
  const std::span<double> taken = take(values.size());
  std::ranges::copy(values, taken.begin());
  return taken;
}

std::vector<double> powers_near_norms(const std::vector<double>& squares, std::size_t d) {
  std::vector<double> scales(d, 1);
  for (std::size_t c = 0; c < d; ++c) {
    double most = 0;
    for (std::size_t at = c * d + c; at < squares.size(); at += d * d) most = std::max(most, squares[at]);
    if (most > 0 && std::isfinite(most)) scales[c] = std::exp2(std::ceil(0.5 * std::log2(most)));
  }
  return scales;
}

namespace {

/// values[i, j] · row[i]^power · column[j]^power, power ±1.
void scale(double* values, const std::vector<double>& row, const std::vector<double>& column, bool up) {
  for (const double r : row)
    for (const double c : column) *values++ *= up ? r * c : 1 / (r * c);
}

std::span<double> transposed(std::span<const double> values, std::size_t rows, std::size_t columns, Pool& pool) {
  const std::span<double> out = pool.take(values.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = values[i * columns + j];
  return out;
}

void sort(std::vector<Level>& levels) {
  const auto before = [](const Coupling& a, const Coupling& b) {
    return std::pair(a.block, a.level) < std::pair(b.block, b.level);
  };
  for (Level& level : levels)
    if (!std::is_sorted(level.couplings.begin(), level.couplings.end(), before))
      std::sort(level.couplings.begin(), level.couplings.end(), before);
}

}  // namespace

Couplings::Couplings(const moments::Layout& layout, const moments::Sums& sums, std::vector<bool> watched)
    : shapes_(layout.blocks()), watched_(std::move(watched)) {
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const std::size_t d = shapes_[k].columns;
    scales_.push_back(powers_near_norms(sums.diagonal[k], d));
    std::vector<Level>& levels = blocks_.emplace_back(shapes_[k].levels);
    for (std::size_t j = 0; j < levels.size(); ++j) {
      const double* square = sums.diagonal[k].data() + j * d * d;
      const double* rhs = sums.rhs.data() + layout.offset(k) + j * d;
      levels[j].square.assign(square, square + d * d);
      levels[j].rhs.assign(rhs, rhs + d);
      scale(levels[j].square.data(), scales_[k], scales_[k], false);
      scale(levels[j].rhs.data(), scales_[k], {1}, false);
    }
  }
  reserve(layout);
  for (std::size_t p = 0; p < layout.patterns().size(); ++p) couple(layout.patterns()[p], sums.pairs[p]);
  for (auto& levels : blocks_) sort(levels);
}

std::vector<double> Couplings::scales_of(const std::vector<std::size_t>& blocks) const {
  std::vector<double> result;
  for (const std::size_t k : blocks) result.insert(result.end(), scales_[k].begin(), scales_[k].end());
  return result;
}

void Couplings::couple(const moments::Pattern& pattern, std::span<const double> values) {
  const std::size_t d = shapes_[pattern.first].columns, e = shapes_[pattern.second].columns, size = d * e;
  std::vector<double> unit(size, 1);
  scale(unit.data(), scales_[pattern.first], scales_[pattern.second], false);
  const bool both = holds(pattern.second, pattern.first);
  const std::span<double> own = pool_.take(values.size()), turned = pool_.take(both ? values.size() : 0);
  const auto first = static_cast<std::uint32_t>(pattern.first), second = static_cast<std::uint32_t>(pattern.second);
  for (std::size_t j = 0, at = 0; j + 1 < pattern.start.size(); ++j)
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, at += size) {
      for (std::size_t i = 0; i < size; ++i) own[at + i] = values[at + i] * unit[i];
      const auto l = static_cast<std::uint32_t>(pattern.level[s]);
      blocks_[first][j].couplings.push_back({second, l, own.subspan(at, size)});
      if (!both) continue;
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t c = 0; c < e; ++c) turned[at + c * d + i] = own[at + i * e + c];
      blocks_[second][l].couplings.push_back({first, static_cast<std::uint32_t>(j), turned.subspan(at, size)});
    }
}

void Couplings::reserve(const moments::Layout& layout) {
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    std::vector<std::size_t> met(blocks_[k].size());
    for (const moments::Pattern& pattern : layout.patterns()) {
      if (pattern.first == k)
        for (std::size_t j = 0; j < met.size(); ++j) met[j] += pattern.start[j + 1] - pattern.start[j];
      if (pattern.second == k && holds(k, pattern.first))
        for (const std::int32_t level : pattern.level) ++met[static_cast<std::size_t>(level)];
    }
    for (std::size_t j = 0; j < met.size(); ++j) blocks_[k][j].couplings.reserve(met[j]);
  }
}

void Couplings::mirror(const std::vector<std::size_t>& blocks) {
  std::vector<bool> changed(blocks_.size());
  for (const std::size_t k : blocks) changed[k] = true;
  for (std::size_t k = 0; k < blocks_.size(); ++k)
    if (!changed[k])
      for (Level& level : blocks_[k])
        std::erase_if(level.couplings, [&](const Coupling& c) { return changed[c.block]; });
  for (const std::size_t k : blocks)
    for (std::size_t j = 0; j < blocks_[k].size(); ++j)
      for (const Coupling& c : blocks_[k][j].couplings)
        if (!changed[c.block] && holds(c.block, k))
          blocks_[c.block][c.level].couplings.push_back(
              {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(j),
               transposed(c.values, shapes_[k].columns, shapes_[c.block].columns, pool_)});
  for (std::size_t k = 0; k < blocks_.size(); ++k)
    if (!changed[k]) sort(blocks_[k]);
}

/// A level → its number among those of its block that live, or −1.
std::vector<std::vector<std::int32_t>> Couplings::numbers() const {
  std::vector<std::vector<std::int32_t>> numbers;
  for (const auto& levels : blocks_) {
    std::int32_t next = 0;
    auto& mine = numbers.emplace_back();
    for (const Level& level : levels) mine.push_back(level.live ? next++ : -1);
  }
  return numbers;
}

moments::Layout Couplings::layout(std::size_t rows) const {
  const auto number = numbers();
  std::vector<moments::Shape> shapes;
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    const auto live = std::count_if(blocks_[k].begin(), blocks_[k].end(), [](const Level& l) { return l.live; });
    shapes.push_back({static_cast<std::size_t>(live), shapes_[k].columns});
  }
  std::vector<moments::Pattern> patterns;
  for (std::size_t k = 0; k < blocks_.size(); ++k)
    for (std::size_t l = k + 1; l < blocks_.size(); ++l) {
      moments::Pattern pattern{.first = k, .second = l, .start = {0}, .level = {}};
      for (const Level& level : blocks_[k]) {
        if (!level.live) continue;
        for (const Coupling& c : level.couplings)
          if (c.block == l) pattern.level.push_back(number[l][c.level]);
        pattern.start.push_back(pattern.level.size());
      }
      patterns.push_back(std::move(pattern));
    }
  return {rows, std::move(shapes), std::move(patterns)};
}

moments::Sums Couplings::sums(const moments::Layout& layout) const {
  moments::Sums sums = layout.zeros();
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    double* square = sums.diagonal[k].data();
    double* rhs = sums.rhs.data() + layout.offset(k);
    for (const Level& level : blocks_[k]) {
      if (!level.live) continue;
      std::copy(level.square.begin(), level.square.end(), square);
      std::copy(level.rhs.begin(), level.rhs.end(), rhs);
      scale(square, scales_[k], scales_[k], true);
      scale(rhs, scales_[k], {1}, true);
      square += level.square.size();
      rhs += level.rhs.size();
    }
  }
  for (std::size_t p = 0; p < sums.pairs.size(); ++p) {
    const moments::Pattern& pattern = layout.patterns()[p];
    double* out = sums.pairs[p].data();
    for (const Level& level : blocks_[pattern.first])
      for (const Coupling& c : level.couplings) {
        if (!level.live || c.block != pattern.second) continue;
        std::copy(c.values.begin(), c.values.end(), out);
        scale(out, scales_[pattern.first], scales_[pattern.second], true);
        out += c.values.size();
      }
  }
  return sums;
}

}  // namespace woodbury::reduce
