#include "woodbury/moments/cells.hpp"

#include <bit>
#include <unordered_map>
#include <utility>

namespace woodbury::moments {

namespace {

struct Key {
  std::int32_t cell;
  std::uint64_t value;
  bool operator==(const Key&) const = default;
};

struct Hash {
  std::size_t operator()(const Key& key) const {
    std::uint64_t h =
        (key.value ^ static_cast<std::uint64_t>(key.cell) * 0x9E3779B97F4A7C15ULL) * 0xD6E8FEB86659FD93ULL;
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93ULL;
    return static_cast<std::size_t>(h ^ (h >> 32));
  }
};

/// Splits each cell by the values of one more column.
template <class Value>
void refine(Cells& cells, Value&& value) {
  std::unordered_map<Key, std::int32_t, Hash> found;
  found.reserve(2 * cells.size());
  cells.first.clear();
  for (std::size_t n = 0; n < cells.of_row.size(); ++n) {
    const auto next = static_cast<std::int32_t>(cells.first.size());
    const auto [at, inserted] = found.try_emplace({cells.of_row[n], value(n)}, next);
    if (inserted) cells.first.push_back(n);
    cells.of_row[n] = at->second;
  }
}

}  // namespace

Cells find_cells(std::size_t rows, const std::vector<std::span<const std::int32_t>>& codes,
                 const std::vector<std::span<const double>>& columns) {
  Cells cells{std::vector<std::int32_t>(rows), {}};
  if (rows > 0) cells.first.push_back(0);
  for (const auto& code : codes) refine(cells, [&](std::size_t n) { return static_cast<std::uint64_t>(code[n]); });
  // −0 + 0 is 0.
  for (const auto& column : columns)
    refine(cells, [&](std::size_t n) { return std::bit_cast<std::uint64_t>(column[n] + 0.0); });
  return cells;
}

CellResponses summarise(const Cells& cells, std::span<const double> weights, std::span<const double> response) {
  const std::size_t count = cells.size();
  CellResponses result{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count),
                       std::vector<double>(count)};
  // Each row in turn moves its cell's mean (West 1979): no square of a large number is taken.
  for (std::size_t n = 0; n < response.size(); ++n) {
    const auto c = static_cast<std::size_t>(cells.of_row[n]);
    const double weight = weights.empty() ? 1 : weights[n], off = response[n] - result.mean[c];
    result.rows[c] += 1;
    result.weight[c] += weight;
    result.mean[c] += off * (weight / result.weight[c]);
    result.within[c] += weight * off * (response[n] - result.mean[c]);
  }
  return result;
}

}  // namespace woodbury::moments
