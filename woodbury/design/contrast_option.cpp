// Reads the --contrasts option: a column, and a name or a map of level → codes.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "woodbury/design/contrasts.hpp"

namespace woodbury::design {

namespace {

const std::vector<std::string> kKinds = {"treatment", "sum", "helmert", "poly"};

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  ContrastOption run() {
    ContrastOption option;
    option.text = text_;
    const std::size_t equals = text_.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail(0, text_.size(), "a coding is written COL=CODING", "as in f=sum or f={low:-0.5,high:0.5}");
    }
    option.column = trim(text_.substr(0, equals));
    if (option.column.size() > 1 && option.column.front() == '`' && option.column.back() == '`') {
      option.column = option.column.substr(1, option.column.size() - 2);
    }
    at_ = equals + 1;
    skip();
    if (peek() == '{') {
      option.kind = "map";
      option.map = map();
    } else {
      named(option);
    }
    skip();
    if (at_ < text_.size()) fail(at_, text_.size(), "the coding should end here");
    return option;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() {
    while (peek() == ' ') ++at_;
  }
  bool accept(char c) {
    skip();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(at_, at_ + 1, fmt::format("expected `{}` here", c));
  }
  static std::string trim(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? std::string() : text.substr(first);
  }
  [[noreturn]] void fail(std::size_t begin, std::size_t end, const std::string& message,
                         const std::string& suggestion = {}) const {
    throw base::Error(message, base::Place{text_, begin, end}, suggestion);
  }

  void named(ContrastOption& option) {
    const std::size_t begin = at_;
    const std::size_t end = std::min(text_.find('(', at_), text_.size());
    option.kind = trim(text_.substr(begin, end - begin));
    if (std::find(kKinds.begin(), kKinds.end(), option.kind) == kKinds.end()) {
      fail(begin, end, fmt::format("no coding `{}` is known", option.kind), base::did_you_mean(option.kind, kKinds));
    }
    at_ = end;
    if (end == text_.size()) return;
    if (option.kind != "treatment") fail(end, text_.size(), "only treatment takes an argument, its reference level");
    const std::size_t close = text_.rfind(')');
    if (close == std::string::npos || close < end) fail(end, end + 1, "this bracket is never closed", "add `)`");
    option.reference = unquote(trim(text_.substr(end + 1, close - end - 1)));
    if (option.reference.empty()) fail(end, close + 1, "the reference level is missing");
    at_ = close + 1;
  }

  static std::string unquote(const std::string& label) {
    const bool quoted = label.size() > 1 && label.front() == label.back() &&
                        (label.front() == '"' || label.front() == '\'' || label.front() == '`');
    return quoted ? label.substr(1, label.size() - 2) : label;
  }

  std::vector<std::pair<std::string, std::vector<double>>> map() {
    std::vector<std::pair<std::string, std::vector<double>>> entries;
    expect('{');
    do {
      std::string level = label();
      expect(':');
      const std::size_t begin = at_;
      std::vector<double> codes = values();
      if (!entries.empty() && codes.size() != entries.front().second.size()) {
        fail(begin, at_, "every level needs as many codes as the first");
      }
      entries.emplace_back(std::move(level), std::move(codes));
    } while (accept(','));
    expect('}');
    return entries;
  }

  std::string label() {
    skip();
    const char quote = peek();
    if (quote == '"' || quote == '\'' || quote == '`') {
      const std::size_t close = text_.find(quote, at_ + 1);
      if (close == std::string::npos) fail(at_, at_ + 1, "this quote is never closed");
      std::string name = text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
      return name;
    }
    const std::size_t end = std::min(text_.find_first_of(":,{}", at_), text_.size());
    if (trim(text_.substr(at_, end - at_)).empty()) fail(at_, at_ + 1, "a level is missing here");
    return trim(text_.substr(std::exchange(at_, end), end - at_));
  }

  std::vector<double> values() {
    if (!accept('[')) return {value()};
    std::vector<double> all;
    do {
      all.push_back(value());
    } while (accept(','));
    expect(']');
    return all;
  }

  // A number or a fraction: 0.5, -1, 1/3.
  double value() {
    const double top = number();
    if (!accept('/')) return top;
    const std::size_t begin = at_;
    const double bottom = number();
    if (bottom == 0) fail(begin, at_, "a code divides by zero");
    return top / bottom;
  }

  double number() {
    skip();
    if (peek() == '+') ++at_;
    double result = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), result);
    if (error != std::errc() || !std::isfinite(result)) fail(at_, at_ + 1, "a number is needed here");
    at_ = static_cast<std::size_t>(end - text_.data());
    return result;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

ContrastOption parse_contrast(const std::string& text) { return Reader(text).run(); }

}  // namespace woodbury::design
