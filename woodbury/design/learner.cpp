// Learning, variable by variable and term by term.
#include "woodbury/design/learner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "woodbury/design/factors.hpp"
#include "woodbury/design/marginality.hpp"

namespace woodbury::design {

using formula::Node;
using formula::NodeKind;
using formula::Variable;

namespace {

bool is_call(const Variable& variable, const char* function) {
  return variable.node->kind == NodeKind::call && variable.node->text == function;
}

[[noreturn]] void fail(const formula::Formula& formula, formula::Span span, const std::string& message,
                       const std::string& suggestion = {}) {
  throw base::Error(message, formula::place(formula, span), suggestion);
}

bool same(const std::vector<Piece>& a, const std::vector<Piece>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Piece& x, const Piece& y) {
    return x.variable == y.variable && x.indicator == y.indicator && x.column == y.column;
  });
}

}  // namespace

Learner::Learner(const formula::Formula& formula, const frame::Frame& table, const std::vector<std::string>& contrasts)
    : formula_(formula), table_(table) {
  learn_columns();
  read_contrasts(contrasts);
}

void Learner::learn_columns() {
  const auto add = [&](const Node& node, bool grouping) {
    for (const Node* name : formula::column_nodes(node)) {
      require_column(formula_, *name, table_);
      bool& factor = learnt_.is_factor[name->text];
      factor = factor || grouping || table_.is_factor(name->text);
    }
  };
  const auto add_terms = [&](const formula::Terms& terms) {
    for (const auto& term : terms.terms) {
      for (const Variable& variable : term.variables) add(*variable.node, false);
    }
    for (const Variable& offset : terms.offsets) add(*offset.node, false);
  };
  if (formula_.response) add(*formula_.response, false);
  add_terms(formula_.fixed);
  for (const auto& group : formula_.groups) {
    add_terms(group.terms);
    for (const Variable& factor : group.factors) add(*factor.node, true);
    reserved_.insert(group.factor_name());
  }
}

void Learner::read_contrasts(const std::vector<std::string>& contrasts) {
  for (const std::string& text : contrasts) {
    ContrastOption option = parse_contrast(text);
    const base::Place place{text, 0, option.column.size()};
    const std::string column = option.column;
    if (!table_.has(column) && !column.starts_with("factor(")) {
      throw base::Error(fmt::format("no column `{}` to code", column), place,
                        base::did_you_mean(column, table_.names()));
    }
    contrasts_[column] = std::move(option);
  }
}

bool Learner::is_factor(const Variable& variable) const {
  return learnt_.variables.at(variable.name).kind == VariableKind::factor;
}

LearntVariable& Learner::learn(const Variable& variable) {
  if (const auto known = learnt_.variables.find(variable.name); known != learnt_.variables.end()) return known->second;
  LearntVariable learnt;
  const Node& node = *variable.node;
  const Evaluator evaluate(formula_, table_, learnt_.standards, true);
  if (is_call(variable, "factor") || (node.kind == NodeKind::name && learnt_.is_factor.at(node.text))) {
    learnt = learn_factor(variable);
  } else if (is_call(variable, "poly")) {
    learnt.kind = VariableKind::polynomial;
    const auto x = evaluate.finite_values(*node.children[0]);
    const auto degree = static_cast<std::size_t>(node.children[1]->value);
    const std::size_t distinct = std::set<double>(x.begin(), x.end()).size();
    if (distinct <= degree) {
      fail(formula_, node.span,
           fmt::format("`{}` needs more than {} distinct values, not {}", variable.name, degree, distinct));
    }
    learnt.polynomial = OrthogonalPolynomial::learn(x, degree);
  } else if (node.kind == NodeKind::name) {
    learnt.kind = VariableKind::plain;
    refuse_contrast(node.text);
    require_finite(formula_, node, table_, table_.numeric(node.text));
  } else {
    learnt.kind = VariableKind::expression;
    static_cast<void>(evaluate.finite_values(node));
  }
  return learnt_.variables[variable.name] = std::move(learnt);
}

void Learner::refuse_contrast(const std::string& column) const {
  const auto option = contrasts_.find(column);
  if (option == contrasts_.end()) return;
  throw base::Error(fmt::format("`{}` is numeric, so it has no contrasts", column),
                    base::Place{option->second.text, 0, column.size()},
                    fmt::format("--factor {} makes it a factor", column));
}

LearntVariable Learner::learn_factor(const Variable& variable) {
  LearntVariable learnt;
  learnt.kind = VariableKind::factor;
  const frame::Factor factor =
      frame::drop_unused(factor_values(formula_, *variable.node, table_, learnt_.standards, true));
  const auto missing = std::find(factor.codes.begin(), factor.codes.end(), -1);
  if (missing != factor.codes.end()) {
    fail(formula_, variable.node->span,
         fmt::format("`{}` is missing in row {}", variable.name, missing - factor.codes.begin() + 1));
  }
  learnt.levels = factor.levels;
  if (learnt.levels.size() > 1) add_contrast(variable, learnt);
  return learnt;
}

void Learner::add_contrast(const Variable& variable, LearntVariable& factor) const {
  const Node& node = *variable.node;
  auto option = contrasts_.find(variable.name);
  if (option == contrasts_.end() && node.kind == NodeKind::name) option = contrasts_.find(node.text);
  if (option == contrasts_.end() && node.kind == NodeKind::call && node.children[0]->kind == NodeKind::name) {
    option = contrasts_.find(node.children[0]->text);
  }
  factor.contrast =
      option == contrasts_.end() ? treatment(factor.levels) : make_contrast(option->second, factor.levels);
}

DesignPart Learner::part(const formula::Terms& terms) {
  DesignPart part;
  part.intercept = terms.intercept;
  part.raw_intercept = terms.raw_intercept;
  if (part.intercept || part.raw_intercept) part.columns.push_back({"Intercept", "", 1.0, 0.0, false});
  for (const auto& term : terms.terms) {
    for (const Variable& variable : term.variables) learn(variable);
  }
  const auto full = full_indicators(terms, [&](const Variable& variable) { return is_factor(variable); });
  for (std::size_t t = 0; t < terms.terms.size(); ++t) add_term(terms.terms[t], full[t], part);
  for (const Variable& offset : terms.offsets) part.offsets.push_back(numeric_column(offset, "an offset"));
  return part;
}

// The columns of one term: the first variable's columns vary fastest, as in R.
void Learner::add_term(const formula::Term& term, const std::vector<bool>& full, DesignPart& part) {
  std::vector<std::pair<std::string, std::vector<Piece>>> columns = {{"", {}}};
  bool indicator = true;
  for (std::size_t v = 0; v < term.variables.size(); ++v) {
    indicator = indicator && full[v] && is_factor(term.variables[v]);
    std::vector<std::pair<std::string, std::vector<Piece>>> next;
    for (const auto& [suffix, piece] : pieces(term, v, full[v])) {
      for (const auto& [name, product] : columns) {
        next.emplace_back(name + (v > 0 ? ":" : "") + suffix, product);
        next.back().second.push_back(piece);
      }
    }
    columns = std::move(next);
  }
  for (const auto& [name, product] : columns) {
    const bool taken = std::any_of(part.columns.begin(), part.columns.end(),
                                   [&, &wanted = name](const DesignColumn& column) { return column.name == wanted; });
    if (taken)
      fail(formula_, term.span, fmt::format("two design columns are called `{}`", name), "rename a column or a level");
    part.columns.push_back({name, add_product(name, product), 0, 0, indicator});
  }
}

std::vector<std::pair<std::string, Piece>> Learner::pieces(const formula::Term& term, std::size_t which,
                                                           bool full) const {
  const Variable& variable = term.variables[which];
  const LearntVariable& learnt = learnt_.variables.at(variable.name);
  if (learnt.kind != VariableKind::factor) {
    const std::size_t count = learnt.kind == VariableKind::polynomial ? learnt.polynomial.alpha.size() : 1;
    std::vector<std::pair<std::string, Piece>> all;
    for (std::size_t c = 0; c < count; ++c) {
      all.emplace_back(variable.name + (count > 1 ? std::to_string(c + 1) : ""), Piece{variable.name, false, c});
    }
    return all;
  }
  if (!full && learnt.levels.size() < 2) {
    fail(formula_, variable.node->span, fmt::format("factor `{}` has one level; contrasts need two", variable.name));
  }
  const std::vector<std::string>& suffixes = full ? learnt.levels : learnt.contrast.names;
  std::vector<std::pair<std::string, Piece>> all;
  for (std::size_t c = 0; c < suffixes.size(); ++c) {
    all.emplace_back(variable.name + suffixes[c], Piece{variable.name, full, c});
  }
  return all;
}

// Parts share a coded column where it is the same product; where only the name is the same, the later is marked.
std::string Learner::add_product(const std::string& name, const std::vector<Piece>& pieces) {
  for (std::string key = name;; key += "'") {
    if (reserved_.contains(key)) continue;
    const auto [at, fresh] = learnt_.products.emplace(key, pieces);
    if (fresh) learnt_.order.push_back(key);
    if (same(at->second, pieces)) return key;
  }
}

std::string Learner::numeric_column(const Variable& variable, const std::string& role) {
  const LearntVariable& learnt = learn(variable);
  if (learnt.kind == VariableKind::factor || learnt.kind == VariableKind::polynomial) {
    fail(formula_, variable.node->span, fmt::format("`{}` is no numeric column, as {} must be", variable.name, role));
  }
  return add_product(variable.name, {Piece{variable.name, false, 0}});
}

std::string Learner::response() {
  if (!formula_.response_variable) return "";
  return numeric_column(*formula_.response_variable, "the response");
}

std::string Learner::group(const formula::GroupTerm& group) {
  std::vector<std::string> columns;
  for (const Variable& factor : group.factors) columns.push_back(factor.node->text);
  const std::string name = group.factor_name();
  if (learnt_.groups.contains(name)) return name;
  try {
    learnt_.groups[name] = learn_group(table_, columns);
  } catch (const base::Error& error) {
    fail(formula_, group.span, error.what(), error.suggestion());
  }
  return name;
}

}  // namespace woodbury::design
