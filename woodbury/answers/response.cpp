#include "woodbury/answers/response.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "woodbury/formula/formula.hpp"

namespace woodbury::answers {

namespace {

using formula::Node;
using formula::NodeKind;

/// Undoes an expression's outermost operation: `value` becomes that of its argument, and log |d value / d argument| is
/// added. Returns the argument, null at a column.
const Node* undo(const Node& node, const formula::Formula& formula, double& value, double& log_jacobian) {
  const auto number = [&](std::size_t i) -> std::optional<double> {
    if (node.children[i]->kind == NodeKind::number) return node.children[i]->value;
    return std::nullopt;
  };
  if (node.kind == NodeKind::name) return nullptr;
  if (node.kind == NodeKind::paren || (node.kind == NodeKind::call && (node.text == "I" || node.text == "center")))
    return node.children[0].get();
  if (node.kind == NodeKind::unary) {
    if (node.text == "-") value = -value;
    return node.children[0].get();
  }
  if (node.kind == NodeKind::call && node.children.size() == 1) {
    if (node.text == "log") {
      log_jacobian -= value;
      value = std::exp(value);
      return node.children[0].get();
    }
    if (node.text == "sqrt") {
      log_jacobian -= std::log(2 * value);
      value *= value;
      return node.children[0].get();
    }
    if (node.text == "exp") {
      log_jacobian += std::log(value);
      value = std::log(value);
      return node.children[0].get();
    }
  }
  if (node.kind == NodeKind::binary && (number(0) || number(1))) {
    const bool left = number(0).has_value();
    const double a = left ? *number(0) : *number(1);
    const Node* argument = node.children[left ? 1 : 0].get();
    if (node.text == "+" || (node.text == "-" && !left)) {
      value += node.text == "+" ? -a : a;
      return argument;
    }
    if (node.text == "-") {
      value = a - value;
      return argument;
    }
    if (node.text == "*" || (node.text == "/" && !left)) {
      const double factor = node.text == "*" ? a : 1 / a;
      log_jacobian += std::log(std::abs(factor));
      value /= factor;
      return argument;
    }
    if (node.text == "/") {
      value = a / value;  // of a / y: |a| / y²
      log_jacobian += std::log(std::abs(a)) - 2 * std::log(std::abs(value));
      return argument;
    }
    if (node.text == "^" && !left) {
      value = std::pow(value, 1 / a);
      log_jacobian += std::log(std::abs(a)) + (a - 1) * std::log(std::abs(value));
      return argument;
    }
  }
  throw base::Error("densities of this transformed response cannot be put on its own scale",
                    base::Place{formula.text, node.span.begin, node.span.end},
                    "transform the column before fitting, and compare fits of the same column");
}

}  // namespace

Responses response_of(const Bound& bound) {
  Responses result{bound.observation().response, bound.data().numeric(bound.observation().response).copy(), {}};
  result.log_jacobians.assign(result.values.size(), 0);
  if (bound.lognormal())
    for (std::size_t n = 0; n < result.values.size(); ++n) result.log_jacobians[n] -= std::log(result.values[n]);
  if (!bound.coding() || !bound.coding()->formula().response) return result;
  const formula::Formula& formula = bound.coding()->formula();
  const Node* node = formula.response.get();
  for (std::size_t n = 0; n < result.values.size(); ++n)
    for (const Node* at = node; at != nullptr;) at = undo(*at, formula, result.values[n], result.log_jacobians[n]);
  const auto columns = formula::column_nodes(*node);
  if (!columns.empty()) result.name = columns.front()->text;
  return result;
}

}  // namespace woodbury::answers
