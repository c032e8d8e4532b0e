// Checks of the expressions inside a formula.
#include "woodbury/formula/check.hpp"

#include <cmath>

#include "woodbury/formula/lexer.hpp"

namespace woodbury::formula {

namespace {

const std::vector<std::string>& known_functions() {
  static const std::vector<std::string> names = {"log",    "exp",  "sqrt",   "abs",    "I",
                                                 "center", "poly", "factor", "offset", "scale"};
  return names;
}

void check_arithmetic(const std::string& text, const Node& node);

void check_arguments(const std::string& text, const Node& call) {
  const std::size_t wanted = call.text == "poly" ? 2 : 1;
  if (call.children.size() != wanted) {
    fail(text, call.span,
         "`" + call.text + "()` takes " + (wanted == 1 ? "one argument" : "a column and a degree") + ", not " +
             std::to_string(call.children.size()),
         wanted == 1 ? "" : "write poly(x, 2)");
  }
  if (call.text == "poly") {
    const Node& degree = *call.children[1];
    const bool whole = degree.kind == NodeKind::number && degree.value == std::floor(degree.value);
    if (!whole || degree.value < 1 || degree.value > 25) {
      fail(text, degree.span, "the degree of poly() is a whole number from 1 to 25");
    }
  }
  check_arithmetic(text, *call.children[0]);
}

void check_name(const std::string& text, const Node& call) {
  for (const std::string& name : known_functions()) {
    if (name == call.text) return;
  }
  fail(text, {call.span.begin, call.span.begin + call.text.size()}, "no function `" + call.text + "()` is known",
       base::did_you_mean(call.text, known_functions()));
}

// Inside a function: numbers, columns, + - * / ^ and functions of one column.
void check_arithmetic(const std::string& text, const Node& node) {
  if (node.kind == NodeKind::call) {
    check_name(text, node);
    if (node.text == "poly" || node.text == "factor" || node.text == "offset") {
      fail(text, node.span, "`" + node.text + "()` cannot stand inside another function or arithmetic");
    }
    return check_arguments(text, node);
  }
  if (node.kind == NodeKind::binary && (node.text == ":" || node.text[0] == '|')) {
    fail(text, node.span, "`" + node.text + "` has no meaning inside a function",
         node.text == ":" ? "a product is written with `*` there" : "");
  }
  for (const NodePtr& child : node.children) check_arithmetic(text, *child);
}

void need_column(const std::string& text, const Node& node) {
  if (column_nodes(node).empty()) {
    fail(text, node.span, "`" + deparse(node) + "` names no column", "numbers need a column beside them: I(2 * x)");
  }
}

void collect(const Node& node, std::vector<const Node*>& names) {
  if (node.kind == NodeKind::name) names.push_back(&node);
  for (const NodePtr& child : node.children) collect(*child, names);
}

}  // namespace

void check_variable(const std::string& text, const Node& node) {
  if (node.kind == NodeKind::call) {
    check_name(text, node);
    check_arguments(text, node);
  }
  need_column(text, node);
}

void check_response(const std::string& text, const Node& node) {
  const Node& inside = strip(node);
  if (inside.kind == NodeKind::binary && inside.text[0] == '|') {
    fail(text, inside.span, "`" + inside.text + "` cannot stand left of `~`",
         "weights and known standard errors are options: --weights, --se");
  }
  if (inside.kind == NodeKind::call && (inside.text == "factor" || inside.text == "poly" || inside.text == "offset")) {
    fail(text, inside.span, "`" + inside.text + "()` cannot be a response", "the response is one numeric column");
  }
  check_arithmetic(text, node);
  need_column(text, node);
}

const Node& strip(const Node& node) {
  const Node* inside = &node;
  while (inside->kind == NodeKind::paren) inside = inside->children[0].get();
  return *inside;
}

std::vector<const Node*> column_nodes(const Node& node) {
  std::vector<const Node*> names;
  collect(node, names);
  return names;
}

}  // namespace woodbury::formula
