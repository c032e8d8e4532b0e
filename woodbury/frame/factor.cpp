// Factors: from labels, from numbers, without unused levels, and their interactions.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "woodbury/frame/frame.hpp"
#include "woodbury/frame/levels.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {
namespace {

using Codes = std::vector<std::int32_t>;

std::int32_t next_code(std::size_t levels) {
  if (levels >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw base::Error("a factor has more than 2147483647 levels");
  }
  return static_cast<std::int32_t>(levels);
}

// The labels' values, or nothing unless all are numbers.
std::vector<double> values_of(const std::vector<std::string>& labels) {
  std::vector<double> values;
  values.reserve(labels.size());
  for (const auto& label : labels) {
    const auto value = parse_number(label);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

// Puts the levels in the order given (`order[new] = old`) and recodes the rows. In place, cycle by cycle: where every
// row is a level of its own, a second set of labels would be most of the memory.
void reorder(Factor& factor, Codes order) {
  Codes recode(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) recode[order[rank]] = static_cast<std::int32_t>(rank);
  for (auto& code : factor.codes) {
    if (code >= 0) code = recode[code];
  }
  for (std::size_t start = 0; start < order.size(); ++start) {
    std::string first = std::move(factor.levels[start]);
    std::size_t at = start;
    while (static_cast<std::size_t>(order[at]) != start) {
      const auto from = static_cast<std::size_t>(std::exchange(order[at], static_cast<std::int32_t>(at)));
      factor.levels[at] = std::move(factor.levels[from]);
      at = from;
    }
    order[at] = static_cast<std::int32_t>(at);
    factor.levels[at] = std::move(first);
  }
}

// The pairs (left, right) that rows have, coded by the order of left, then right; −1 where either is missing.
// `pairs` receives left · n_right + right of each.
Codes code_pairs(const Codes& left, const Codes& right, std::size_t n_right, std::vector<std::int64_t>& pairs) {
  std::unordered_map<std::int64_t, std::int32_t> code_of;
  const auto pair = [&](std::size_t row) { return left[row] * static_cast<std::int64_t>(n_right) + right[row]; };
  for (std::size_t row = 0; row < left.size(); ++row) {
    if (left[row] >= 0 && right[row] >= 0) code_of.try_emplace(pair(row), 0);
  }
  pairs.clear();
  for (const auto& [key, code] : code_of) pairs.push_back(key);
  std::ranges::sort(pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) code_of[pairs[i]] = next_code(i);
  Codes codes(left.size(), -1);
  for (std::size_t row = 0; row < left.size(); ++row) {
    if (left[row] >= 0 && right[row] >= 0) codes[row] = code_of[pair(row)];
  }
  return codes;
}

// "a = x, b = y_z": the levels of the first row that has this code.
std::string combination(const std::vector<const Factor*>& factors, const std::vector<std::string>& names,
                        const Codes& codes, std::int32_t code) {
  const auto row = static_cast<std::size_t>(std::ranges::find(codes, code) - codes.begin());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    parts.push_back(fmt::format("{} = {}", names[i], factors[i]->levels[factors[i]->codes[row]]));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

void check_distinct(const Factor& result, const std::vector<const Factor*>& factors,
                    const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::int32_t> seen;
  for (std::size_t i = 0; i < result.levels.size(); ++i) {
    const auto code = static_cast<std::int32_t>(i);
    const auto [other, is_new] = seen.try_emplace(result.levels[i], code);
    if (is_new) continue;
    throw base::Error(fmt::format("two levels of `{}` would both be called `{}`: {} and {}", fmt::join(names, ":"),
                                  result.levels[i], combination(factors, names, result.codes, other->second),
                                  combination(factors, names, result.codes, code)),
                      {}, "rename a level so that the labels joined by `_` differ");
  }
}

}  // namespace

void sort_levels(Factor& factor) {
  Codes order(factor.levels.size());
  std::iota(order.begin(), order.end(), 0);
  const auto values = values_of(factor.levels);
  const auto& labels = factor.levels;
  if (values.empty()) {
    std::ranges::sort(order, [&](auto a, auto b) { return labels[a] < labels[b]; });
  } else {
    std::ranges::sort(
        order, [&](auto a, auto b) { return values[a] != values[b] ? values[a] < values[b] : labels[a] < labels[b]; });
  }
  reorder(factor, std::move(order));
}

Factor make_factor(const std::vector<std::string>& labels) {
  Factor factor;
  factor.codes.reserve(labels.size());
  std::unordered_map<std::string_view, std::int32_t> code_of;
  for (const auto& label : labels) {
    const auto [found, is_new] = code_of.try_emplace(label, next_code(factor.levels.size()));
    if (is_new) factor.levels.push_back(label);
    factor.codes.push_back(found->second);
  }
  sort_levels(factor);
  return factor;
}

Factor make_factor(std::vector<std::int32_t> codes, std::vector<std::string> labels, bool ordered) {
  std::unordered_set<std::string_view> seen;
  for (const auto& label : labels) {
    if (!seen.insert(label).second) throw base::Error(fmt::format("two levels are called {}", shown(label)));
    if (!is_utf8(label) || label.find('\0') != std::string::npos)
      throw base::Error(fmt::format("the level {} is not UTF-8 text", shown(label)));
  }
  const auto levels = static_cast<std::int64_t>(labels.size());
  for (const auto code : codes) {
    if (code < -1 || code >= levels) throw base::Error(fmt::format("code {} of a factor of {} levels", code, levels));
  }
  Factor factor{std::move(codes), std::move(labels)};
  if (!ordered) sort_levels(factor);
  return factor;
}

Factor to_factor(const Numbers& values) {
  std::unordered_map<double, std::int32_t> code_of;  // 0 and −0 are equal keys
  for (const double value : values) {
    if (!std::isnan(value)) code_of.try_emplace(value, 0);
  }
  std::vector<double> distinct;
  distinct.reserve(code_of.size());
  for (const auto& [value, code] : code_of) distinct.push_back(value);
  std::ranges::sort(distinct);
  Factor factor;
  factor.levels.reserve(distinct.size());
  for (const double value : distinct) {
    code_of[value] = next_code(factor.levels.size());
    factor.levels.push_back(number_text(value));
  }
  factor.codes.reserve(values.size());
  for (const double value : values) factor.codes.push_back(std::isnan(value) ? -1 : code_of[value]);
  return factor;
}

Factor drop_unused(const Factor& factor) {
  Codes recode(factor.levels.size(), -1);
  for (const auto code : factor.codes) {
    if (code >= 0) recode[code] = 0;
  }
  Factor result;
  for (std::size_t level = 0; level < recode.size(); ++level) {
    if (recode[level] < 0) continue;
    recode[level] = static_cast<std::int32_t>(result.levels.size());
    result.levels.push_back(factor.levels[level]);
  }
  result.codes.reserve(factor.codes.size());
  for (const auto code : factor.codes) result.codes.push_back(code < 0 ? -1 : recode[code]);
  return result;
}

Factor interact(const std::vector<const Factor*>& factors, const std::vector<std::string>& names) {
  WOODBURY_ASSERT(!factors.empty() && factors.size() == names.size());
  Factor result = drop_unused(*factors.front());
  std::vector<std::int64_t> pairs;
  for (std::size_t i = 1; i < factors.size(); ++i) {
    const Factor& right = *factors[i];
    WOODBURY_ASSERT(right.codes.size() == result.codes.size());
    result.codes = code_pairs(result.codes, right.codes, right.levels.size(), pairs);
    std::vector<std::string> levels;
    levels.reserve(pairs.size());
    const auto n_right = static_cast<std::int64_t>(right.levels.size());
    for (const auto pair : pairs) levels.push_back(result.levels[pair / n_right] + "_" + right.levels[pair % n_right]);
    result.levels = std::move(levels);
  }
  check_distinct(result, factors, names);
  return result;
}

}  // namespace woodbury::frame
