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
  bool intercept = true;            ///< the implicit 1
  bool raw_intercept = false;       ///< `0 + Intercept`: an ordinary coefficient on the raw design
  std::vector<Term> terms;
  std::vector<Variable> offsets;    ///< arguments of offset()
};

/// `(terms | factor)`; `(x | a/b)` has become two of these.
struct GroupTerm {
  Terms terms;
  std::vector<Variable> factors;  ///< the grouping factor: a, or a:b as two
  bool correlated = true;         ///< false for ||
  Span span;
  /// "a" or "a:b".
  [[nodiscard]] std::string factor_name() const;
};

struct Formula {
  std::string text;
  NodePtr response;               ///< absent in a one-sided formula (`~ x`), as --sigma takes
  std::optional<Variable> response_variable;
  Terms fixed;
  std::vector<GroupTerm> groups;
};

/// Throws base::Error with the place: unbalanced brackets, unknown function (with the nearest known), nesting over 200, …
[[nodiscard]] Formula parse(const std::string& text);

/// The names of the columns the formula uses, in order of appearance.
[[nodiscard]] std::vector<std::string> columns(const Formula& formula);
/// Of these, the ones right of a `|`, which are always factors.
[[nodiscard]] std::vector<std::string> grouping_columns(const Formula& formula);

}  // namespace woodbury::formula
