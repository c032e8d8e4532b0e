// Tokens of a formula, each knowing its place in the text.
#pragma once

#include <string>
#include <vector>

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {

enum class TokenKind { number, name, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  ///< a name without its backticks; a symbol's characters
  double value = 0;
  Span span;
};

/// The tokens, the last of kind `end`. Throws base::Error at a stray character or an open backtick.
[[nodiscard]] std::vector<Token> tokenize(const std::string& text);

/// Throws base::Error placed at `span` of `text`.
[[noreturn]] void fail(const std::string& text, Span span, const std::string& message,
                       const std::string& suggestion = {});

/// Whether a byte may stand in a name: letters, digits, '.', '_' and whatever is not ASCII.
[[nodiscard]] bool is_name_byte(char byte);
[[nodiscard]] bool starts_name(char byte);

}  // namespace woodbury::formula
