// Terms as sorted sets of variables; the operators join and pair such sets.
#include "woodbury/formula/terms.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "woodbury/formula/check.hpp"
#include "woodbury/formula/lexer.hpp"

namespace woodbury::formula {

namespace {

constexpr std::size_t kMaxTerms = 4000;

// A term before its variables are named: indices in the order in which the variables appear.
struct Draft {
  std::vector<std::size_t> variables;
  Span span;
};
using Drafts = std::vector<Draft>;

std::vector<std::size_t> unite(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  std::vector<std::size_t> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

// The first of equal terms stays.
Drafts distinct(Drafts drafts) {
  std::set<std::vector<std::size_t>> seen;
  std::erase_if(drafts, [&](const Draft& draft) { return !seen.insert(draft.variables).second; });
  return drafts;
}

class Expansion {
 public:
  explicit Expansion(const std::string& text) : text_(text) {}

  Terms run(const std::vector<Summand>& sum) {
    Drafts drafts = encode_sum(sum, true, true);
    std::stable_sort(drafts.begin(), drafts.end(),
                     [](const Draft& a, const Draft& b) { return a.variables.size() < b.variables.size(); });
    Terms terms;
    terms.intercept = intercept_;
    terms.offsets = offsets_;
    for (const Draft& draft : drafts) {
      if (is_intercept(draft)) {
        terms.raw_intercept = true;
      } else {
        terms.terms.push_back(name(draft));
      }
    }
    return terms;
  }

 private:
  Drafts encode_sum(const std::vector<Summand>& sum, bool parity, bool top) {
    Drafts all;
    for (const Summand& summand : sum) {
      if (top && summand.plus && is_offset(*summand.node)) {
        offsets_.push_back(make_variable(text_, summand.node->children[0]));
        continue;
      }
      Drafts next = encode(summand.node, parity == summand.plus);
      if (summand.plus) {
        all.insert(all.end(), next.begin(), next.end());
        check_size(all.size(), summand.node->span);
      } else {
        subtract(all, next);
      }
    }
    return distinct(std::move(all));
  }

  static bool is_offset(const Node& node) {
    return node.kind == NodeKind::call && node.text == "offset" && node.children.size() == 1;
  }

  static void subtract(Drafts& from, const Drafts& what) {
    std::set<std::vector<std::size_t>> gone;
    for (const Draft& draft : what) gone.insert(draft.variables);
    std::erase_if(from, [&](const Draft& draft) { return gone.contains(draft.variables); });
  }

  // `parity`: whether a 1 here adds the intercept or, right of a minus, removes it.
  Drafts encode(const NodePtr& node, bool parity) {
    switch (node->kind) {
      case NodeKind::number:
        set_intercept(*node, parity);
        return {};
      case NodeKind::name:
      case NodeKind::call:
        return {{{index(node)}, node->span}};
      case NodeKind::paren:
        return encode(node->children[0], parity);
      case NodeKind::unary:
        return encode_unary(*node, parity);
      case NodeKind::binary:
        return encode_binary(node, parity);
    }
    return {};
  }

  Drafts encode_unary(const Node& node, bool parity) {
    if (node.text == "+") return encode(node.children[0], parity);
    if (strip(*node.children[0]).kind != NodeKind::number) {
      fail(text_, node.span, "there is nothing here to subtract from", "I(-x) is minus the column x");
    }
    return encode(node.children[0], !parity);
  }

  Drafts encode_binary(const NodePtr& node, bool parity) {
    const std::string& symbol = node->text;
    if (symbol == "+" || symbol == "-") return encode_sum(summands(node), parity, false);
    if (symbol == "^") return raise(*node, parity);
    if (symbol[0] == '|') misplaced_bar(*node);
    const Drafts left = operand(*node, 0, parity);
    const Drafts right = operand(*node, 1, parity);
    Drafts all;
    if (symbol != ":") all = left;
    if (symbol == "*") all.insert(all.end(), right.begin(), right.end());
    const Drafts pairs = symbol == "/" ? nest(left, right, node->span) : interact(left, right, node->span);
    all.insert(all.end(), pairs.begin(), pairs.end());
    return distinct(std::move(all));
  }

  Drafts operand(const Node& parent, std::size_t which, bool parity) {
    const Node& inside = strip(*parent.children[which]);
    if (inside.kind == NodeKind::number) {
      fail(text_, inside.span, "`" + deparse(inside) + "` stands where a variable is needed",
           "arithmetic goes inside I(): I(2 * x)");
    }
    return encode(parent.children[which], parity);
  }

  Drafts interact(const Drafts& left, const Drafts& right, Span span) {
    check_size(left.size() * right.size(), span);
    Drafts pairs;
    for (const Draft& a : left) {
      for (const Draft& b : right) pairs.push_back({unite(a.variables, b.variables), span});
    }
    return distinct(std::move(pairs));
  }

  // Right of a `/`, each term is nested in all of the left together.
  Drafts nest(const Drafts& left, const Drafts& right, Span span) {
    Draft whole{{}, span};
    for (const Draft& draft : left) whole.variables = unite(whole.variables, draft.variables);
    return interact({whole}, right, span);
  }

  Drafts raise(const Node& node, bool parity) {
    const Node& exponent = *node.children[1];
    if (exponent.kind != NodeKind::number || exponent.value < 1 || exponent.value != std::floor(exponent.value)) {
      fail(text_, exponent.span, "the exponent of `^` is a whole number from 1", "a power of a column is I(x^2)");
    }
    const Drafts base = operand(node, 0, parity);
    Drafts all = base;
    for (double power = 1; power < exponent.value; ++power) {
      Drafts next = interact(all, base, node.span);
      const bool settled = next.size() == all.size();
      all = std::move(next);
      if (settled) break;
    }
    return all;
  }

  void set_intercept(const Node& number, bool parity) {
    if (number.value != 0 && number.value != 1) {
      fail(text_, number.span, "`" + deparse(number) + "` stands where a variable is needed",
           "alone stand 1 (with intercept) and 0 (without); a constant shift is offset(I(0 * x + 2))");
    }
    intercept_ = (number.value == 1) == parity;
  }

  void check_size(std::size_t count, Span span) const {
    if (count > kMaxTerms) {
      fail(text_, span, "this expands to more than " + std::to_string(kMaxTerms) + " terms");
    }
  }

  [[noreturn]] void misplaced_bar(const Node& bar) const {
    const bool bare = text_.find('(') > bar.span.begin;
    fail(text_, bar.span, bare ? "`|` stands outside parentheses" : "a group-level term can only be added with `+`",
         "write y ~ x + (x | g)");
  }

  std::size_t index(const NodePtr& node) {
    if (is_offset(*node)) fail(text_, node->span, "offset() can only be added to the terms", "write y ~ x + offset(z)");
    Variable variable = make_variable(text_, node);
    const auto [at, fresh] = index_.emplace(variable.name, variables_.size());
    if (fresh) variables_.push_back(std::move(variable));
    return at->second;
  }

  // `Intercept` is brms's name for the ones of a design without the implicit 1.
  [[nodiscard]] bool is_intercept(const Draft& draft) const {
    for (const std::size_t i : draft.variables) {
      if (variables_[i].name != "Intercept") continue;
      if (intercept_ || draft.variables.size() > 1) {
        fail(text_, draft.span, "`Intercept` stands for the ones of a design without its implicit 1",
             "write 0 + Intercept + x");
      }
      return true;
    }
    return false;
  }

  Term name(const Draft& draft) {
    Term term;
    term.span = draft.span;
    for (const std::size_t i : draft.variables) term.variables.push_back(variables_[i]);
    return term;
  }

  const std::string& text_;
  std::vector<Variable> variables_;
  std::map<std::string, std::size_t> index_;
  std::vector<Variable> offsets_;
  bool intercept_ = true;
};

using Factors = std::vector<std::vector<Variable>>;

std::vector<Variable> join(const std::vector<Variable>& a, const std::vector<Variable>& b) {
  std::vector<Variable> all = a;
  for (const Variable& variable : b) {
    if (std::find(all.begin(), all.end(), variable) == all.end()) all.push_back(variable);
  }
  return all;
}

[[noreturn]] void no_factor(const std::string& text, const Node& node) {
  if (node.kind == NodeKind::call && node.children.size() == 1) {
    fail(text, node.span, "only columns stand right of `|`, and these are factors anyway",
         "write (… | " + deparse(*node.children[0]) + ")");
  }
  if (node.kind == NodeKind::binary && node.text[0] == '|') {
    fail(text, node.span, "a group-level term has one `|`");
  }
  if (node.kind == NodeKind::binary && (node.text == "+" || node.text == "*")) {
    fail(text, node.span, "`" + node.text + "` cannot stand right of `|`", "write (x | a) + (x | b)");
  }
  fail(text, node.span, "`" + deparse(node) + "` is no grouping factor", "a, a:b and a/b are");
}

}  // namespace

std::vector<Summand> summands(const NodePtr& node) {
  std::vector<Summand> sum;
  NodePtr at = node;
  while (at->kind == NodeKind::binary && (at->text == "+" || at->text == "-")) {
    sum.push_back({at->children[1], at->text == "+"});
    at = at->children[0];
  }
  sum.push_back({at, true});
  std::reverse(sum.begin(), sum.end());
  return sum;
}

Terms expand(const std::string& text, const std::vector<Summand>& sum) { return Expansion(text).run(sum); }

Factors expand_factors(const std::string& text, const NodePtr& node) {
  if (node->kind == NodeKind::name) return {{make_variable(text, node)}};
  if (node->kind == NodeKind::paren) return expand_factors(text, node->children[0]);
  if (node->kind != NodeKind::binary || (node->text != ":" && node->text != "/")) no_factor(text, *node);
  Factors left = expand_factors(text, node->children[0]);
  const Factors right = expand_factors(text, node->children[1]);
  if (node->text == ":") {
    if (left.size() > 1 || right.size() > 1) no_factor(text, *node);
    return {join(left[0], right[0])};
  }
  std::vector<Variable> whole;
  for (const auto& factor : left) whole = join(whole, factor);
  for (const auto& factor : right) left.push_back(join(whole, factor));
  return left;
}

Variable make_variable(const std::string& text, const NodePtr& node) {
  check_variable(text, *node);
  return {deparse(*node), node};
}

}  // namespace woodbury::formula
