#include "woodbury/base/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

#include <fmt/format.h>

namespace woodbury::base {

namespace {

/// Levenshtein distance in half units: a wrong letter costs 2, a wrong case 1.
std::size_t half_edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (auto& entry : row) entry *= 2;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] += 2;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = a[i] == b[j] ? 0 : (lower(a[i]) == lower(b[j]) ? 1 : 2);
      const std::size_t best = std::min({row[j] + 2, row[j + 1] + 2, diagonal + change});
      diagonal = row[j + 1];
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  // Of a one-letter name everything is a letter away: only its other case is near.
  const std::size_t limit = name.size() < 2 ? 1 : 2 * std::max<std::size_t>(name.size() / 3, 1);
  std::string best;
  std::size_t least = limit + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = half_edits(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  if (const std::string near = nearest(name, candidates); !near.empty()) return fmt::format("did you mean `{}`?", near);
  if (candidates.empty()) return {};
  constexpr std::size_t kShown = 12;
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), kShown); ++i)
    list += fmt::format("{}`{}`", i ? ", " : "", candidates[i]);
  return fmt::format("known are {}{}", list, candidates.size() > kShown ? ", …" : "");
}

}  // namespace woodbury::base
