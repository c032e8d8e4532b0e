// The formula language of lme4 and brms: text → syntax tree → terms. No data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"

namespace woodbury::formula {

/// Where a node stands in the formula's text, in bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;

enum class NodeKind {
  number,  ///< `value`
  name,    ///< `text`: a column, backticks removed
  paren,   ///< one child in brackets, kept because R's names keep them: I((x + 1)^2)
  call,    ///< `text`(`children`): log(x), poly(x, 2), I(x^2)
  unary,   ///< `text` is "-" or "+", one child
  binary,  ///< `text` is one of + - * / : ^ | ||, two children
};

struct Node {
  NodeKind kind{};
  std::string text;
  double value = 0;
  std::vector<NodePtr> children;
  Span span;
};

/// Text of a node as R deparses it: canonical spaces, "log(rt)", "I(x^2)", "poly(x, 2)"; a key for equal variables.
[[nodiscard]] std::string deparse(const Node& node);

/// A variable of a term: a column or a function of columns, e.g. x, log(x), poly(x, 2), factor(f).
struct Variable {
  std::string name;  ///< deparsed, unique key
  NodePtr node;      ///< to evaluate
  bool operator==(const Variable& other) const { return name == other.name; }
};

/// An interaction of variables, R's `a:b:c`; in the order of first appearance.
struct Term {
  std::vector<Variable> variables;
  Span span;
};

/// Terms after expansion of * / ^ - by R's rules, ordered by degree as R orders them.
struct Terms {
  bool intercept = true;       ///< the implicit 1
  bool raw_intercept = false;  ///< `0 + Intercept`: an ordinary coefficient on the raw design
  std::vector<Term> terms;
  std::vector<Variable> offsets;  ///< arguments of offset()
};

/// `(terms | factor)`; `(x | a/b)` has become two of these.
struct GroupTerm {
  Terms terms;
  std::vector<Variable> factors;  ///< the grouping factor: a, or a:b as two
  bool correlated = true;         ///< false for ||
  Span span;
  /// "a" or "a:b", without backticks.
  [[nodiscard]] std::string factor_name() const;
};

struct Formula {
  std::string text;  ///< line breaks and tabs made spaces, so that places fit on one line
  NodePtr response;  ///< absent in a one-sided formula (`~ x`), as --sigma takes
  std::optional<Variable> response_variable;
  Terms fixed;
  std::vector<GroupTerm> groups;
};

/// Throws base::Error with the place: unbalanced brackets, unknown function (with the nearest known), nesting over 200,
/// … A group's `0 + Intercept` is its implicit intercept: `raw_intercept` is for the fixed part alone.
[[nodiscard]] Formula parse(const std::string& text);

/// Throws base::Error where the formula has no response.
void require_response(const Formula& formula);

/// The place of a span in the formula's text, for errors.
[[nodiscard]] inline base::Place place(const Formula& formula, Span span) {
  return {formula.text, span.begin, span.end};
}
/// The nodes that name a column below `node`, in order of appearance.
[[nodiscard]] std::vector<const Node*> column_nodes(const Node& node);
/// A column's name as R writes it: in backticks where it is not a name by R's rules.
[[nodiscard]] std::string quoted(const std::string& column);

/// The names of the columns the formula uses, in order of appearance.
[[nodiscard]] std::vector<std::string> columns(const Formula& formula);
/// Of these, the ones right of a `|`, which are always factors.
[[nodiscard]] std::vector<std::string> grouping_columns(const Formula& formula);

}  // namespace woodbury::formula
