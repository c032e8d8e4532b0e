// A Pratt parser with R's precedences: ^ (from the right), unary minus, :, * /, + -, | ||.
#include "woodbury/formula/parser.hpp"

#include <utility>

#include "woodbury/formula/lexer.hpp"

namespace woodbury::formula {

namespace {

constexpr int kMaxDepth = 200;
// Trees of chains (a + b + c …) are as deep as they are long; this bounds the depth of every walk over one.
constexpr std::size_t kMaxTokens = 4000;

// Binding power of an infix symbol, 0 for what is none.
int power(const Token& token) {
  if (token.kind != TokenKind::symbol) return 0;
  const std::string& s = token.text;
  if (s == "|" || s == "||") return 10;
  if (s == "+" || s == "-") return 20;
  if (s == "*" || s == "/") return 30;
  if (s == ":") return 40;
  if (s == "^") return 60;
  return 0;
}
constexpr int kUnaryPower = 50;

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text), tokens_(tokenize(text)) {}

  Sides run() {
    Sides sides;
    if (peek().kind == TokenKind::end) fail(text_, {0, text_.size()}, "the formula is empty", "write y ~ x + (1 | g)");
    if (!is("~")) sides.response = expression(0);
    if (peek().kind == TokenKind::end) {
      fail(text_, {0, text_.size()}, "the formula has no `~`", "write y ~ " + text_);
    }
    if (!is("~")) unexpected();
    take();
    if (peek().kind == TokenKind::end)
      fail(text_, last(), "nothing stands right of `~`", "`~ 1` is an intercept alone");
    sides.predictors = expression(0);
    if (is("~")) fail(text_, peek().span, "a formula has one `~`");
    if (peek().kind != TokenKind::end) unexpected();
    return sides;
  }

 private:
  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  [[nodiscard]] bool is(const char* symbol) const { return peek().kind == TokenKind::symbol && peek().text == symbol; }
  const Token& take() {
    if (at_ == kMaxTokens) {
      fail(text_, peek().span, "the formula has more than " + std::to_string(kMaxTokens) + " symbols");
    }
    return tokens_[at_++];
  }
  [[nodiscard]] Span last() const { return tokens_[at_ - 1].span; }

  NodePtr expression(int least) {
    if (++depth_ > kMaxDepth) {
      fail(text_, peek().span, "the formula is nested more than " + std::to_string(kMaxDepth) + " deep");
    }
    NodePtr left = prefix();
    while (power(peek()) > least) {
      const Token& symbol = take();
      const bool bar = symbol.text == "|" || symbol.text == "||";
      if (bar && (is(")") || peek().kind == TokenKind::end)) no_group(symbol);
      const int right = power(symbol) - (symbol.text == "^" ? 1 : 0);
      left = binary(symbol, std::move(left), expression(right));
    }
    --depth_;
    return left;
  }

  NodePtr prefix() {
    const Token& token = peek();
    if (token.kind == TokenKind::number) return number();
    if (token.kind == TokenKind::name) return name_or_call();
    if (is("(")) return parenthesis();
    if (is("-") || is("+")) return unary();
    if (is("|") || is("||")) {
      fail(text_, token.span, "nothing stands left of `" + token.text + "`", "`(1 | g)` is an intercept for each g");
    }
    if (at_ > 0 && (token.kind == TokenKind::end || is(")") || is(",") || power(token) > 0)) {
      fail(text_, token.kind == TokenKind::end ? last() : token.span,
           "something is missing after `" + text_.substr(last().begin, last().end - last().begin) + "`");
    }
    unexpected();
  }

  NodePtr number() {
    const Token& token = take();
    Node node{NodeKind::number, token.text, token.value, {}, token.span};
    return std::make_shared<const Node>(std::move(node));
  }

  NodePtr name_or_call() {
    const Token& token = take();
    const bool quoted = text_[token.span.begin] == '`';
    Node node{NodeKind::name, token.text, 0, {}, token.span};
    if (!is("(") || quoted) return std::make_shared<const Node>(std::move(node));
    node.kind = NodeKind::call;
    const Span open = take().span;
    if (!is(")")) {
      node.children.push_back(expression(0));
      while (is(",")) {
        take();
        node.children.push_back(expression(0));
      }
    }
    close(open);
    node.span.end = last().end;
    return std::make_shared<const Node>(std::move(node));
  }

  NodePtr parenthesis() {
    const Span open = take().span;
    if (is(")")) fail(text_, {open.begin, peek().span.end}, "these parentheses are empty");
    Node node{NodeKind::paren, "(", 0, {expression(0)}, open};
    close(open);
    node.span.end = last().end;
    return std::make_shared<const Node>(std::move(node));
  }

  NodePtr unary() {
    const Token& symbol = take();
    Node node{NodeKind::unary, symbol.text, 0, {expression(kUnaryPower)}, symbol.span};
    node.span.end = node.children[0]->span.end;
    return std::make_shared<const Node>(std::move(node));
  }

  static NodePtr binary(const Token& symbol, NodePtr left, NodePtr right) {
    Node node{NodeKind::binary, symbol.text, 0, {}, {left->span.begin, right->span.end}};
    node.children = {std::move(left), std::move(right)};
    return std::make_shared<const Node>(std::move(node));
  }

  void close(Span open) {
    if (peek().kind == TokenKind::end) fail(text_, open, "this bracket is never closed", "add `)`");
    if (!is(")")) unexpected();
    take();
  }

  [[noreturn]] void no_group(const Token& bar) const {
    fail(text_, bar.span, "no grouping factor stands right of `" + bar.text + "`", "write (x | g)");
  }

  [[noreturn]] void unexpected() const {
    const Token& token = peek();
    const std::string shown = "`" + text_.substr(token.span.begin, token.span.end - token.span.begin) + "`";
    if (is(")")) fail(text_, token.span, "this bracket was never opened");
    if (is(",")) fail(text_, token.span, "a comma stands between a function's arguments only");
    if (is("~")) fail(text_, token.span, "`~` stands between the response and the terms only");
    fail(text_, token.span, "unexpected " + shown, "is an operator (+ : * /) missing before it?");
  }

  const std::string& text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Sides parse_sides(const std::string& text) { return Parser(text).run(); }

}  // namespace woodbury::formula
