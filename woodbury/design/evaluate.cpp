// Arithmetic over columns.
#include "woodbury/design/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace woodbury::design {

using formula::Node;
using formula::NodeKind;

namespace {

double apply_binary(char symbol, double a, double b) {
  switch (symbol) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return b == 2 ? a * a : std::pow(a, b);
  }
}

using Function = double (*)(double);

Function function(const std::string& name) {
  static const std::map<std::string, Function> known = {{"log", [](double x) { return std::log(x); }},
                                                        {"exp", [](double x) { return std::exp(x); }},
                                                        {"sqrt", [](double x) { return std::sqrt(x); }},
                                                        {"abs", [](double x) { return std::fabs(x); }},
                                                        {"I", [](double x) { return x; }}};
  return known.at(name);
}

}  // namespace

Evaluator::Evaluator(const formula::Formula& formula, const frame::Frame& table, Standards& standards, bool learning)
    : formula_(formula),
      table_(table),
      standards_(standards),
      learning_(learning),
      grouping_(formula::grouping_columns(formula)) {}

std::vector<double> Evaluator::values(const Node& node) const {
  switch (node.kind) {
    case NodeKind::number:
      return std::vector<double>(table_.rows(), node.value);
    case NodeKind::name:
      return column(node);
    case NodeKind::paren:
      return values(*node.children[0]);
    case NodeKind::call:
      return call(node);
    case NodeKind::unary: {
      std::vector<double> result = values(*node.children[0]);
      if (node.text == "-") {
        for (double& value : result) value = -value;
      }
      return result;
    }
    case NodeKind::binary:
      return binary(node);
  }
  return {};
}

std::vector<double> Evaluator::finite_values(const Node& node) const {
  std::vector<double> result = values(node);
  require_finite(formula_, node, table_, result);
  return result;
}

std::vector<double> Evaluator::column(const Node& name) const {
  require_column(formula_, name, table_);
  const bool grouping = std::find(grouping_.begin(), grouping_.end(), name.text) != grouping_.end();
  if (grouping || table_.is_factor(name.text)) {
    throw base::Error(fmt::format("`{}` is a factor where numbers are needed", name.text),
                      formula::place(formula_, name.span),
                      grouping ? "columns right of `|` are factors; keep the numbers in a column of their own" : "");
  }
  return table_.numeric(name.text).copy();
}

std::vector<double> Evaluator::call(const Node& node) const {
  if (node.text == "scale" || node.text == "center") return standardised(node);
  std::vector<double> result = values(*node.children[0]);
  const Function f = function(node.text);
  for (double& value : result) value = f(value);
  return result;
}

std::vector<double> Evaluator::standardised(const Node& node) const {
  std::vector<double> result = values(*node.children[0]);
  const std::string key = formula::deparse(node);
  if (learning_ && !standards_.contains(key)) {
    require_finite(formula_, *node.children[0], table_, result);
    const MeanSd found = mean_sd(result);
    const bool divide = node.text == "scale";
    if (divide && !(found.sd > 0)) {
      throw base::Error(
          fmt::format("`{}` divides by zero: `{}` has one value only", key, formula::deparse(*node.children[0])),
          formula::place(formula_, node.span));
    }
    standards_[key] = {found.mean, divide ? found.sd : 1.0};
  }
  const Standard& standard = standards_.at(key);
  for (double& value : result) value = (value - standard.center) / standard.scale;
  return result;
}

std::vector<double> Evaluator::binary(const Node& node) const {
  std::vector<double> left = values(*node.children[0]);
  const Node& right_node = *node.children[1];
  const char symbol = node.text[0];
  if (right_node.kind == NodeKind::number) {
    for (double& value : left) value = apply_binary(symbol, value, right_node.value);
    return left;
  }
  const std::vector<double> right = values(right_node);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = apply_binary(symbol, left[i], right[i]);
  return left;
}

void require_column(const formula::Formula& formula, const Node& name, const frame::Frame& table) {
  if (table.has(name.text)) return;
  throw base::Error(fmt::format("no column `{}`", name.text), formula::place(formula, name.span),
                    base::did_you_mean(name.text, table.names()));
}

void require_finite(const formula::Formula& formula, const Node& node, const frame::Frame& table,
                    std::span<const double> values) {
  const auto found = std::find_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
  if (found == values.end()) return;
  const auto row = static_cast<std::size_t>(found - values.begin());
  const auto place = formula::place(formula, node.span);
  std::string inputs;
  for (const Node* name : formula::column_nodes(node)) {
    const double value = table.numeric(name->text)[row];
    if (std::isnan(value)) throw base::Error(fmt::format("`{}` is missing in row {}", name->text, row + 1), place);
    inputs += fmt::format("{}`{}` is {}", inputs.empty() ? "" : ", ", name->text, value);
  }
  throw base::Error(fmt::format("`{}` is not finite in row {}, where {}", formula::deparse(node), row + 1, inputs),
                    place);
}

MeanSd mean_sd(std::span<const double> values) {
  if (values.empty()) return {};
  const auto n = static_cast<long double>(values.size());
  long double sum = 0;
  for (const double value : values) sum += value;
  const long double mean = sum / n;
  long double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  const double sd = values.size() > 1 ? static_cast<double>(std::sqrt(square / (n - 1))) : 0.0;
  return {static_cast<double>(mean), sd};
}

}  // namespace woodbury::design
