#include "woodbury/reduce/trees.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "woodbury/reduce/grid_hash.hpp"

namespace woodbury::reduce {

namespace {

constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

/// Of each level the one of `block` that it meets; none where a live level meets none or several.
std::optional<std::vector<std::uint32_t>> roots(const std::vector<Level>& levels, std::size_t block) {
  std::vector<std::uint32_t> result(levels.size(), kNone);
  for (std::size_t j = 0; j < levels.size(); ++j) {
    for (const Coupling& c : levels[j].couplings) {
      if (c.block != block) continue;
      if (result[j] != kNone) return std::nullopt;
      result[j] = c.level;
    }
    if (levels[j].live && result[j] == kNone) return std::nullopt;
  }
  return result;
}

}  // namespace

std::vector<std::size_t> nested_in(std::size_t block, const Couplings& couplings, const std::vector<bool>& rotatable) {
  std::vector<std::size_t> blocks;
  std::vector<std::vector<std::uint32_t>> root(rotatable.size());
  for (std::size_t k = 0; k < rotatable.size(); ++k)
    if (rotatable[k] && k != block)
      if (auto found = roots(couplings.levels(k), block)) {
        blocks.push_back(k);
        root[k] = std::move(*found);
      }
  for (const std::size_t k : blocks)
    for (std::size_t j = 0; j < root[k].size(); ++j)
      for (const Coupling& c : couplings.levels(k)[j].couplings)
        if (!root[c.block].empty() && root[c.block][c.level] != root[k][j]) return {};
  return blocks;
}

Trees::Trees(std::size_t block, const Couplings& couplings, const std::vector<bool>& rotatable)
    : blocks_(nested_in(block, couplings, rotatable)), in_(rotatable.size()) {
  blocks_.insert(blocks_.begin(), block);
  for (const std::size_t k : blocks_) in_[k] = true;
  for (const moments::Shape& shape : couplings.shapes()) first_.push_back(first_.back() + shape.levels);
  const std::vector<Level>& levels = couplings.levels(block);
  for (std::uint32_t j = 0; j < levels.size(); ++j) {
    if (!levels[j].live) continue;
    places_.push_back({static_cast<std::uint32_t>(block), j});
    for (const Coupling& c : levels[j].couplings)
      if (inside(c)) places_.push_back({c.block, c.level});
    start_.push_back(places_.size());
  }
  if (!plain()) order(couplings);
}

void Trees::order(const Couplings& couplings) {
  const auto key = [&](const Place& place) {
    GridHash hash;
    hash.add(couplings.levels(place.block)[place.level].square);
    return std::tuple(place.block, hash.value, place.level);
  };
  position_.resize(first_.back());
  for (std::size_t t = 0; t < size(); ++t) {
    const auto at = places_.begin() + static_cast<std::ptrdiff_t>(start_[t]);
    const auto end = places_.begin() + static_cast<std::ptrdiff_t>(start_[t + 1]);
    std::ranges::sort(at + 1, end, {}, key);
    for (auto place = at; place != end; ++place)
      position_[first_[place->block] + place->level] = static_cast<std::uint32_t>(place - at);
  }
}

}  // namespace woodbury::reduce
