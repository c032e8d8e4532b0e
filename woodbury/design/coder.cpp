// Coding of rows.
#include "woodbury/design/coder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace woodbury::design {

using formula::Node;
using formula::Variable;

Coder::Coder(const formula::Formula& formula, const Learnt& learnt, const frame::Frame& table)
    : formula_(formula), learnt_(learnt), table_(table), standards_(learnt.standards) {
  const auto add = [&](const Variable& one) { variables_.emplace(one.name, &one); };
  const auto add_terms = [&](const formula::Terms& terms) {
    for (const auto& term : terms.terms) std::for_each(term.variables.begin(), term.variables.end(), add);
    std::for_each(terms.offsets.begin(), terms.offsets.end(), add);
  };
  if (formula.response_variable) add(*formula.response_variable);
  add_terms(formula.fixed);
  for (const auto& group : formula.groups) add_terms(group.terms);
}

std::shared_ptr<const frame::Column> Coder::column(const std::string& name, bool is_response) {
  const std::vector<Piece>& pieces = learnt_.products.at(name);
  const Piece& first = pieces.front();
  if (pieces.size() == 1 && learnt_.variables.at(first.variable).kind == VariableKind::plain) {
    static_cast<void>(numeric(first, is_response));
    return table_.share(variable(first.variable).node->text);
  }
  std::vector<double> product(table_.rows());
  for (std::size_t i = 0; i < pieces.size(); ++i) multiply(pieces[i], product, i == 0, is_response);
  return std::make_shared<const frame::Column>(frame::Numeric{std::move(product)});
}

void Coder::multiply(const Piece& piece, std::vector<double>& product, bool first, bool is_response) {
  const LearntVariable& learnt = learnt_.variables.at(piece.variable);
  if (first) std::fill(product.begin(), product.end(), 1.0);
  if (learnt.kind != VariableKind::factor) {
    const frame::Numbers values = numeric(piece, is_response);
    for (std::size_t i = 0; i < product.size(); ++i) product[i] *= values[i];
    return;
  }
  const std::vector<std::int32_t>& rows = codes(piece.variable);
  std::vector<double> by_level(learnt.levels.size(), 0.0);
  if (piece.indicator) {
    by_level[piece.column] = 1;
  } else {
    by_level = learnt.contrast.codes[piece.column];
  }
  for (std::size_t i = 0; i < product.size(); ++i) product[i] *= by_level[static_cast<std::size_t>(rows[i])];
}

frame::Numbers Coder::numeric(const Piece& piece, bool is_response) {
  if (const auto known = numeric_.find({piece.variable, piece.column}); known != numeric_.end()) return known->second;
  const LearntVariable& learnt = learnt_.variables.at(piece.variable);
  const Node& node = *variable(piece.variable).node;
  const Evaluator evaluate(formula_, table_, standards_, false);
  if (learnt.kind == VariableKind::polynomial) {
    auto columns = learnt.polynomial.columns(evaluate.finite_values(*node.children[0]));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      numeric_[{piece.variable, c}] = std::move(columns[c]);
    }
    return numeric_.at({piece.variable, piece.column});
  }
  frame::Numbers values;
  if (learnt.kind == VariableKind::plain) {
    require_column(formula_, node, table_);
    if (table_.is_factor(node.text)) static_cast<void>(evaluate.values(node));  // throws with the place
    values = table_.numeric(node.text);
  } else {
    values = evaluate.values(node);
  }
  if (!is_response) require_finite(formula_, node, table_, values);
  return numeric_[{piece.variable, piece.column}] = values;
}

const std::vector<std::int32_t>& Coder::codes(const std::string& name) {
  if (const auto known = codes_.find(name); known != codes_.end()) return known->second;
  const Node& node = *variable(name).node;
  frame::Factor factor = factor_values(formula_, node, table_, standards_, false);
  const std::vector<std::string>& levels = learnt_.variables.at(name).levels;
  const std::vector<std::int32_t> to = match(factor.levels, levels);
  for (std::size_t i = 0; i < factor.codes.size(); ++i) {
    auto& code = factor.codes[i];
    if (code < 0) {
      throw base::Error(fmt::format("`{}` is missing in row {}", name, i + 1), formula::place(formula_, node.span));
    }
    const std::string& label = factor.levels[static_cast<std::size_t>(code)];
    code = to[static_cast<std::size_t>(code)];
    if (code < 0) {
      throw base::Error(fmt::format("`{}` has no level `{}`, as row {} has it", name, label, i + 1),
                        formula::place(formula_, node.span), base::did_you_mean(label, levels));
    }
  }
  return codes_[name] = std::move(factor.codes);
}

}  // namespace woodbury::design
