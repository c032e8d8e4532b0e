#include "woodbury/moments/columns.hpp"

#include <cmath>

#include <fmt/format.h>

namespace woodbury::moments {

namespace {

using model::Node;
using model::Op;

/// A value that is the same in all rows, or one a row.
struct Value {
  double scalar = 0;
  ColumnPtr rows = nullptr;
  [[nodiscard]] double at(std::size_t n) const { return rows ? (*rows)[n] : scalar; }
};

Value compute(const model::Model& model, model::NodeId id, const frame::Frame& table) {
  const Node& node = model.node(id);
  if (node.op == Op::constant) return {.scalar = node.value};
  if (node.op == Op::column) {
    const auto shared = table.share(node.name);
    const auto& numeric = table.numeric(node.name);
    return {.rows = ColumnPtr(shared, &numeric)};
  }
  WOODBURY_ASSERT(!node.args.empty());
  const Value a = compute(model, node.args[0], table);
  const Value b = model::is_binary(node.op) ? compute(model, node.args[1], table) : Value{};
  const auto apply = [&](double x, double y) {
    return model::is_binary(node.op) ? model::apply(node.op, x, y) : model::apply(node.op, x);
  };
  if (!a.rows && !b.rows) return {.scalar = apply(a.scalar, b.scalar)};
  std::vector<double> rows(table.rows());
  for (std::size_t n = 0; n < rows.size(); ++n) rows[n] = apply(a.at(n), b.at(n));
  return {.rows = std::make_shared<const frame::Numbers>(std::move(rows))};
}

}  // namespace

ColumnPtr evaluate(const model::Model& model, model::NodeId node, const frame::Frame& table) {
  if (node == model::kNone) return nullptr;
  const Value value = compute(model, node, table);
  if (!value.rows) {
    if (value.scalar == 1) return nullptr;
    return std::make_shared<const frame::Numbers>(std::vector<double>(table.rows(), value.scalar));
  }
  for (std::size_t n = 0; n < value.rows->size(); ++n)
    if (!std::isfinite((*value.rows)[n]))
      throw base::Error(
          fmt::format("`{}` is {} in row {} of the rows used", model::to_text(model, node), (*value.rows)[n], n + 1),
          {}, "values of the design must be finite");
  return value.rows;
}

ColumnPtr add(const ColumnPtr& a, const ColumnPtr& b, std::size_t rows) {
  std::vector<double> sum(rows);
  for (std::size_t n = 0; n < rows; ++n) sum[n] = (a ? (*a)[n] : 1) + (b ? (*b)[n] : 1);
  return std::make_shared<const frame::Numbers>(std::move(sum));
}

}  // namespace woodbury::moments
