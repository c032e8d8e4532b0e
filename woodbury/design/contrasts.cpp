// Codes of the contrasts.
#include "woodbury/design/contrasts.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "woodbury/design/poly.hpp"

namespace woodbury::design {

namespace {

[[noreturn]] void fail(const ContrastOption& option, const std::string& message, const std::string& suggestion = {}) {
  throw base::Error(message, base::Place{option.text, option.column.size() + 1, option.text.size()}, suggestion);
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= count; ++i) names.push_back(std::to_string(i));
  return names;
}

Contrast sum(std::size_t k) {
  Contrast result{numbered(k - 1), {}};
  for (std::size_t c = 0; c + 1 < k; ++c) {
    std::vector<double> codes(k, 0.0);
    codes[c] = 1;
    codes[k - 1] = -1;
    result.codes.push_back(std::move(codes));
  }
  return result;
}

// Each level against the mean of those before it: −1 … −1, c, 0 ….
Contrast helmert(std::size_t k) {
  Contrast result{numbered(k - 1), {}};
  for (std::size_t c = 1; c < k; ++c) {
    std::vector<double> codes(k, 0.0);
    std::fill_n(codes.begin(), c, -1.0);
    codes[c] = static_cast<double>(c);
    result.codes.push_back(std::move(codes));
  }
  return result;
}

Contrast polynomial(std::size_t k) {
  std::vector<double> scores(k);
  for (std::size_t i = 0; i < k; ++i) scores[i] = static_cast<double>(i + 1);
  Contrast result;
  result.codes = OrthogonalPolynomial::learn(scores, k - 1).columns(scores);
  static const char* const kFirst[] = {".L", ".Q", ".C"};
  for (std::size_t c = 0; c + 1 < k; ++c) result.names.push_back(c < 3 ? kFirst[c] : "^" + std::to_string(c + 1));
  return result;
}

// Rank of [1 C] by elimination with full pivoting over rows.
bool has_full_rank(const Contrast& contrast, std::size_t k) {
  std::vector<std::vector<double>> columns = contrast.codes;
  columns.emplace_back(k, 1.0);
  std::vector<bool> used(k, false);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    double scale = 0;
    for (const double value : c + 1 < columns.size() ? contrast.codes[c] : std::vector<double>(k, 1.0)) {
      scale = std::max(scale, std::fabs(value));
    }
    std::size_t pivot = k;
    for (std::size_t l = 0; l < k; ++l) {
      if (!used[l] && (pivot == k || std::fabs(columns[c][l]) > std::fabs(columns[c][pivot]))) pivot = l;
    }
    if (pivot == k || !(std::fabs(columns[c][pivot]) > 1e-10 * scale)) return false;
    used[pivot] = true;
    for (std::size_t d = c + 1; d < columns.size(); ++d) {
      const double factor = columns[d][pivot] / columns[c][pivot];
      for (std::size_t l = 0; l < k; ++l) columns[d][l] -= factor * columns[c][l];
    }
  }
  return true;
}

Contrast mapped(const ContrastOption& option, const std::vector<std::string>& levels) {
  const std::size_t k = levels.size();
  const std::size_t width = option.map.empty() ? 0 : option.map.front().second.size();
  if (width != k - 1) {
    fail(option, fmt::format("`{}` has {} levels, so its coding needs {} column{}, not {}", option.column, k, k - 1,
                             k == 2 ? "" : "s", width));
  }
  Contrast result{numbered(width), std::vector<std::vector<double>>(width, std::vector<double>(k, 0.0))};
  std::set<std::string> given;
  for (const auto& [label, codes] : option.map) {
    const auto at = std::find(levels.begin(), levels.end(), label);
    if (at == levels.end()) {
      fail(option, fmt::format("`{}` has no level `{}`", option.column, label), base::did_you_mean(label, levels));
    }
    if (!given.insert(label).second) fail(option, fmt::format("level `{}` is coded twice", label));
    for (std::size_t c = 0; c < width; ++c) result.codes[c][static_cast<std::size_t>(at - levels.begin())] = codes[c];
  }
  for (const std::string& level : levels) {
    if (!given.contains(level))
      fail(option, fmt::format("the coding of `{}` leaves out level `{}`", option.column, level));
  }
  if (!has_full_rank(result, k)) {
    fail(option,
         fmt::format("the coding of `{}` does not tell its levels apart: its columns and a constant are collinear",
                     option.column));
  }
  return result;
}

}  // namespace

Contrast treatment(const std::vector<std::string>& levels, std::size_t reference) {
  Contrast all = indicators(levels);
  all.names.erase(all.names.begin() + static_cast<std::ptrdiff_t>(reference));
  all.codes.erase(all.codes.begin() + static_cast<std::ptrdiff_t>(reference));
  return all;
}

Contrast indicators(const std::vector<std::string>& levels) {
  Contrast result{levels, {}};
  for (std::size_t c = 0; c < levels.size(); ++c) {
    result.codes.emplace_back(levels.size(), 0.0);
    result.codes.back()[c] = 1;
  }
  return result;
}

Contrast make_contrast(const ContrastOption& option, const std::vector<std::string>& levels) {
  if (option.kind == "sum") return sum(levels.size());
  if (option.kind == "helmert") return helmert(levels.size());
  if (option.kind == "poly") return polynomial(levels.size());
  if (option.kind == "map") return mapped(option, levels);
  if (option.reference.empty()) return treatment(levels);
  const auto at = std::find(levels.begin(), levels.end(), option.reference);
  if (at == levels.end()) {
    fail(option, fmt::format("`{}` has no level `{}`", option.column, option.reference),
         base::did_you_mean(option.reference, levels));
  }
  return treatment(levels, static_cast<std::size_t>(at - levels.begin()));
}

}  // namespace woodbury::design
