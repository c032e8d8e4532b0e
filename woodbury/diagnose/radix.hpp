// Sorts doubles with something attached to them, without comparisons: a sort is most of a column's summary.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace woodbury::diagnose {

/// A draw and where it stands.
struct Entry {
  double value;
  std::uint32_t place;
};

/// Least significant digit first, 11 bits at a time; stable. Values must not be NaN. `spare` is scratch.
inline void radix_sort(std::vector<Entry>& entries, std::vector<Entry>& spare) {
  constexpr int kBits = 11, kPasses = 6;
  constexpr std::size_t kBuckets = std::size_t{1} << kBits;
  const auto digit = [](double value, int pass) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    // Unsigned order is that of the doubles once the sign of positives and all bits of negatives are flipped.
    const std::uint64_t key = bits ^ (bits >> 63 ? ~std::uint64_t{0} : std::uint64_t{1} << 63);
    return static_cast<std::size_t>(key >> (kBits * pass)) & (kBuckets - 1);
  };
  std::array<std::array<std::uint32_t, kBuckets>, kPasses> starts{};
  for (const Entry& entry : entries)
    for (int pass = 0; pass < kPasses; ++pass) ++starts[static_cast<std::size_t>(pass)][digit(entry.value, pass)];
  spare.resize(entries.size());
  for (int pass = 0; pass < kPasses; ++pass) {
    auto& start = starts[static_cast<std::size_t>(pass)];
    if (!entries.empty() && start[digit(entries[0].value, pass)] == entries.size()) continue;  // all alike
    std::uint32_t before = 0;
    for (auto& count : start) before += std::exchange(count, before);
    for (const Entry& entry : entries) spare[start[digit(entry.value, pass)]++] = entry;
    entries.swap(spare);
  }
}

}  // namespace woodbury::diagnose
