#include "woodbury/fit/written.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"

namespace woodbury::fit {

namespace {

using base::Error;
using base::ErrorKind;

template <class Number>
bool reads(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::uint64_t whole(const std::string& option, const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  if (!reads(text, value))
    throw Error(fmt::format("{} takes a whole number, not `{}`", option, text), {}, {}, ErrorKind::usage);
  if (value < least) throw Error(fmt::format("{} must be at least {}; it is {}", option, least, value));
  if (value > most) throw Error(fmt::format("{} must be at most {}; it is {}", option, most, value));
  return value;
}

double number(const std::string& option, const std::string& text) {
  double value = 0;
  if (!reads(text, value) || !std::isfinite(value))
    throw Error(fmt::format("{} takes a number, not `{}`", option, text), {}, {}, ErrorKind::usage);
  return value;
}

std::size_t choice(const std::string& option, const std::string& text, std::string_view list) {
  const auto known = split(list, '|');
  const auto found = std::find(known.begin(), known.end(), text);
  if (found == known.end()) {
    const auto near = base::nearest(text, known);
    throw Error(fmt::format("{} has no `{}`", option, text), {},
                near.empty() ? fmt::format("it takes `{}`", fmt::join(known, "`, `")) : "did you mean `" + near + "`?");
  }
  return static_cast<std::size_t>(found - known.begin());
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

Reader::Reader(const Written& written) {
  for (const auto& [called, texts] : written) {
    std::string name = called.substr(std::min(called.find_first_not_of('-'), called.size()));
    std::ranges::replace(name, '-', '_');
    if (!texts.empty()) options_.insert_or_assign(name, Option{called, texts});
  }
}

std::string Reader::called(const std::string& name) const { return has(name) ? options_.at(name).called : name; }

std::vector<std::string> Reader::all(const std::string& name) const {
  return has(name) ? options_.at(name).texts : std::vector<std::string>{};
}

std::string Reader::last(const std::string& name) const { return has(name) ? options_.at(name).texts.back() : ""; }

std::optional<std::size_t> Reader::choice(const std::string& name, std::string_view list) const {
  if (!has(name)) return std::nullopt;
  return fit::choice(called(name), last(name), list);
}

void Reader::number(const std::string& name, double& target) const {
  if (has(name)) target = fit::number(called(name), last(name));
}

void Reader::probability(const std::string& name, double& target) const {
  number(name, target);
  if (target > 0 && target < 1) return;
  throw Error(fmt::format("{} must lie between 0 and 1; it is {}", called(name), target), {},
              target > 1 && target < 100 && name == "prob" ? fmt::format("write {}", target / 100) : "");
}

}  // namespace woodbury::fit
