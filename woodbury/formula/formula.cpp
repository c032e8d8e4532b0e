// Assembles a Formula: response, fixed terms, and the group-level terms in brackets.
#include "woodbury/formula/formula.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "woodbury/formula/check.hpp"
#include "woodbury/formula/lexer.hpp"
#include "woodbury/formula/parser.hpp"
#include "woodbury/formula/terms.hpp"

namespace woodbury::formula {

namespace {

bool is_bar(const Node& node) { return node.kind == NodeKind::binary && node.text[0] == '|'; }

bool contains_bar(const Node& node) {
  return is_bar(node) || std::any_of(node.children.begin(), node.children.end(),
                                     [](const auto& child) { return contains_bar(*child); });
}

// Splits the right side into what is fixed and the bars (x | g).
class Split {
 public:
  explicit Split(const std::string& text) : text_(text) {}

  void run(const NodePtr& node) {
    for (Summand& summand : summands(node)) {
      const NodePtr inside = unwrapped(summand.node);
      const bool bracketed = inside != summand.node;
      if (bracketed && is_bar(*inside)) {
        if (!summand.plus) fail(text_, summand.node->span, "a group-level term cannot be subtracted");
        bars.push_back({inside, summand.node->span});
      } else if (bracketed && summand.plus && contains_bar(*inside)) {
        run(inside);
      } else {
        fixed.push_back(std::move(summand));
      }
    }
  }

  std::vector<Summand> fixed;
  std::vector<std::pair<NodePtr, Span>> bars;

 private:
  static NodePtr unwrapped(NodePtr node) {
    while (node->kind == NodeKind::paren) node = node->children[0];
    return node;
  }

  const std::string& text_;
};

// The columns left of a `|`; there, `0 + Intercept` is the ordinary intercept under another name.
Terms group_design(const std::string& text, const Node& bar) {
  const NodePtr& left = bar.children[0];
  if (is_bar(strip(*left))) fail(text, bar.span, "a group-level term has one `|`", "write (x | g)");
  Terms design = expand(text, summands(left));
  if (!design.offsets.empty()) fail(text, left->span, "an offset cannot stand in a group-level term");
  design.intercept = design.intercept || std::exchange(design.raw_intercept, false);
  if (!design.intercept && design.terms.empty()) {
    fail(text, left->span, "this group-level term has no columns", "(1 | g) is an intercept for each g");
  }
  return design;
}

// Each column of a factor stands once, whichever terms it is spread over.
class Duplicates {
 public:
  explicit Duplicates(const std::string& text) : text_(text) {}

  void add(const GroupTerm& group) {
    if (group.terms.intercept) insert(group, "1");
    for (const Term& term : group.terms.terms) {
      std::set<std::string> names;
      for (const Variable& variable : term.variables) names.insert(variable.name);
      std::string label;
      for (const std::string& name : names) label += label.empty() ? name : ":" + name;
      insert(group, label);
    }
  }

 private:
  void insert(const GroupTerm& group, const std::string& label) {
    const std::string factor = group.factor_name();
    if (seen_.insert({factor, label}).second) return;
    fail(text_, group.span, "`" + label + "` stands twice for `" + factor + "`",
         label == "1" ? "write (0 + x | " + factor + ") for a slope alone" : "");
  }

  const std::string& text_;
  std::set<std::pair<std::string, std::string>> seen_;
};

void refuse_response_right(const Formula& formula) {
  if (!formula.response_variable) return;
  const auto refuse = [&](const Terms& terms) {
    for (const Term& term : terms.terms) {
      for (const Variable& variable : term.variables) {
        if (variable == *formula.response_variable) {
          fail(formula.text, term.span, "the response `" + variable.name + "` stands on the right, too");
        }
      }
    }
  };
  refuse(formula.fixed);
  for (const GroupTerm& group : formula.groups) refuse(group.terms);
}

std::vector<const Node*> all_column_nodes(const Formula& formula) {
  std::vector<const Node*> nodes;
  const auto add = [&](const Variable& variable) {
    const auto below = column_nodes(*variable.node);
    nodes.insert(nodes.end(), below.begin(), below.end());
  };
  const auto add_terms = [&](const Terms& terms) {
    for (const Term& term : terms.terms) std::for_each(term.variables.begin(), term.variables.end(), add);
    std::for_each(terms.offsets.begin(), terms.offsets.end(), add);
  };
  if (formula.response_variable) add(*formula.response_variable);
  add_terms(formula.fixed);
  for (const GroupTerm& group : formula.groups) {
    add_terms(group.terms);
    std::for_each(group.factors.begin(), group.factors.end(), add);
  }
  return nodes;
}

std::vector<std::string> distinct_names(std::vector<const Node*> nodes) {
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const Node* a, const Node* b) { return a->span.begin < b->span.begin; });
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const Node* node : nodes) {
    if (seen.insert(node->text).second) names.push_back(node->text);
  }
  return names;
}

}  // namespace

std::string GroupTerm::factor_name() const {
  std::string name;
  for (const Variable& factor : factors) name += (name.empty() ? "" : ":") + factor.node->text;
  return name;
}

Formula parse(const std::string& text) {
  Formula formula;
  formula.text = text;
  for (char& c : formula.text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  const Sides sides = parse_sides(formula.text);
  if (sides.response) {
    check_response(formula.text, *sides.response);
    formula.response = sides.response;
    formula.response_variable = Variable{deparse(*sides.response), sides.response};
  }
  Split split(formula.text);
  split.run(sides.predictors);
  formula.fixed = expand(formula.text, split.fixed);
  Duplicates duplicates(formula.text);
  for (const auto& [bar, span] : split.bars) {
    const Terms design = group_design(formula.text, *bar);
    for (auto& factors : expand_factors(formula.text, bar->children[1])) {
      formula.groups.push_back({design, std::move(factors), bar->text == "|", span});
      duplicates.add(formula.groups.back());
    }
  }
  refuse_response_right(formula);
  return formula;
}

void require_response(const Formula& formula) {
  if (formula.response) return;
  fail(formula.text, {0, formula.text.find('~') + 1}, "the formula has no response", "write y " + formula.text);
}

std::vector<std::string> columns(const Formula& formula) { return distinct_names(all_column_nodes(formula)); }

std::vector<std::string> grouping_columns(const Formula& formula) {
  std::vector<const Node*> nodes;
  for (const GroupTerm& group : formula.groups) {
    for (const Variable& factor : group.factors) nodes.push_back(factor.node.get());
  }
  return distinct_names(std::move(nodes));
}

}  // namespace woodbury::formula
