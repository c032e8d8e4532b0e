#include "woodbury/base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace woodbury::base {

namespace {

/// Columns a UTF-8 text takes on a terminal, one a code point.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

// The message is by value like the other texts; std::runtime_error can only copy it.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Error::Error(std::string message, std::optional<Place> place, std::string suggestion, ErrorKind kind)
    : std::runtime_error(message), place_(std::move(place)), suggestion_(std::move(suggestion)), kind_(kind) {}

std::string Error::describe() const {
  std::string text = what();
  if (!suggestion_.empty()) text += "; " + suggestion_;
  if (!place_ || place_->text.empty()) return text;

  // A long line is shown around the place only.
  constexpr std::size_t kContext = 60;
  const std::string& whole = place_->text;
  const std::size_t begin = std::min(place_->begin, whole.size());
  const std::size_t end = std::clamp(place_->end, begin, whole.size());
  const bool cut = whole.size() > 2 * kContext;
  std::size_t from = cut && begin > kContext ? begin - kContext : 0;
  std::size_t to = cut ? std::min(whole.size(), begin + kContext) : whole.size();
  while (from < begin && (whole[from] & 0xC0) == 0x80) ++from;
  while (to < whole.size() && (whole[to] & 0xC0) == 0x80) ++to;
  const std::string_view view = std::string_view(whole).substr(from, to - from);
  const std::string_view before = std::string_view(whole).substr(from, begin - from);
  const std::string_view at = std::string_view(whole).substr(begin, std::min(end, to) - begin);
  const std::string lead = from > 0 ? "…" : "";
  text += fmt::format("\n  {}{}{}\n  {}^{}", lead, view, to < whole.size() ? "…" : "",
                      std::string(width(lead) + width(before), ' '),
                      std::string(std::max<std::size_t>(width(at), 1) - 1, '~'));
  return text;
}

void bug(const char* expression, const char* file, int line) {
  throw std::logic_error(fmt::format("internal error: {} does not hold at {}:{}", expression, file, line));
}

}  // namespace woodbury::base
