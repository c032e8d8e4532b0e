// Splits a formula into numbers, names and symbols.
#include "woodbury/formula/lexer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

namespace woodbury::formula {

namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Length of the UTF-8 sequence at `at`, 0 where there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t sequence_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool outside = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || outside ? 0 : length;
}

// Names end up in JSON and netCDF, which are UTF-8.
void require_utf8(const std::string& text) {
  std::string shown = text;
  std::size_t bad = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) {
      shown[at] = '?';
      bad = std::min(bad, at);
    }
    at += std::max<std::size_t>(length, 1);
  }
  if (bad < text.size()) fail(shown, {bad, bad + 1}, "the formula is not in UTF-8");
}

class Lexer {
 public:
  explicit Lexer(const std::string& text) : text_(text) {}

  std::vector<Token> run() {
    for (skip_spaces(); at_ < text_.size(); skip_spaces()) tokens_.push_back(next());
    Token end;
    end.span = {text_.size(), text_.size()};
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  [[nodiscard]] char ahead(std::size_t by) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }

  Token next() {
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(ahead(1)))) return number();
    if (c == '`') return quoted_name();
    if (starts_name(c)) return plain_name();
    return symbol();
  }

  Token number() {
    Token token;
    token.kind = TokenKind::number;
    const char* const first = text_.data() + at_;
    const auto [last, error] = std::from_chars(first, text_.data() + text_.size(), token.value);
    token.text.assign(first, last);
    token.span = {at_, at_ + token.text.size()};
    at_ = token.span.end;
    if (error != std::errc() || !std::isfinite(token.value)) {
      fail(text_, token.span, "`" + token.text + "` is out of a number's range");
    }
    if (at_ < text_.size() && starts_name(text_[at_])) {
      fail(text_, {token.span.begin, at_ + 1}, "a name cannot begin with a digit", "write it in backticks");
    }
    return token;
  }

  Token quoted_name() {
    const std::size_t close = text_.find('`', at_ + 1);
    if (close == std::string::npos) fail(text_, {at_, at_ + 1}, "this backtick is never closed");
    if (close == at_ + 1) fail(text_, {at_, close + 1}, "the name between these backticks is empty");
    Token token{TokenKind::name, text_.substr(at_ + 1, close - at_ - 1), 0, {at_, close + 1}};
    at_ = close + 1;
    return token;
  }

  Token plain_name() {
    std::size_t end = at_;
    while (end < text_.size() && is_name_byte(text_[end])) ++end;
    Token token{TokenKind::name, text_.substr(at_, end - at_), 0, {at_, end}};
    at_ = end;
    if (token.text == ".") {
      fail(text_, token.span, "`.` does not stand for all other columns here", "name the columns");
    }
    return token;
  }

  Token symbol() {
    constexpr std::string_view known = "+-*/:^|(),~";
    if (known.find(text_[at_]) == std::string_view::npos) stray();
    const bool two = (text_[at_] == '|' && ahead(1) == '|') || (text_[at_] == '*' && ahead(1) == '*');
    const std::size_t length = two ? 2 : 1;
    Token token{TokenKind::symbol, text_.substr(at_, length), 0, {at_, at_ + length}};
    if (token.text == "**") token.text = "^";
    at_ += length;
    return token;
  }

  [[noreturn]] void stray() const {
    const char c = text_[at_];
    const Span span{at_, at_ + 1};
    if (c == '=') fail(text_, span, "`=` has no meaning in a formula", "arguments go by position: poly(x, 2)");
    if (c == '"' || c == '\'') fail(text_, span, "quotes have no meaning in a formula", "put names in backticks");
    if (c == '%') fail(text_, span, "`%` has no meaning in a formula", "nesting is written a / b");
    if (c == '_') fail(text_, span, "a name cannot begin with `_`", "write it in backticks");
    const bool printable = c > ' ' && c < '\x7f';
    fail(text_, span, printable ? std::string("stray `") + c + "` in the formula" : "stray control character");
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(const std::string& text) {
  require_utf8(text);
  return Lexer(text).run();
}

void fail(const std::string& text, Span span, const std::string& message, const std::string& suggestion) {
  throw base::Error(message, base::Place{text, span.begin, span.end}, suggestion);
}

bool starts_name(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '.' ||
         static_cast<unsigned char>(byte) >= 0x80;
}

bool is_name_byte(char byte) { return starts_name(byte) || is_digit(byte) || byte == '_'; }

}  // namespace woodbury::formula
