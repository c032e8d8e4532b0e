#include "woodbury/plan/cells.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace woodbury::plan {

namespace {

using model::kNone;
using model::NodeId;

/// Names of the plain columns that an expression over rows reads.
void add_columns(const model::Model& model, NodeId id, std::set<NodeId>& seen, std::set<std::string>& names) {
  if (id == kNone || !seen.insert(id).second) return;
  const model::Node& node = model.node(id);
  if (node.op == model::Op::column) names.insert(node.name);
  for (const NodeId argument : node.args) add_columns(model, argument, seen, names);
}

std::set<std::string> columns_read(const model::Model& model, const LinearModel& linear) {
  std::set<NodeId> seen;
  std::set<std::string> names;
  const auto add = [&](NodeId id) { add_columns(model, id, seen, names); };
  for (const LinearBlock& block : linear.blocks)
    for (const LinearColumn& column : block.columns) {
      std::for_each(column.data.begin(), column.data.end(), add);
      add(column.row);
    }
  std::for_each(linear.rest.begin(), linear.rest.end(), add);
  add(linear.row_sd);
  return names;
}

}  // namespace

moments::Cells find_cells(const model::Model& model, const LinearModel& linear, const frame::Frame& table) {
  // All factors count, also where only a prior reads one: levels of one nested in another are looked up in the rows.
  std::vector<std::span<const std::int32_t>> codes;
  for (const std::string& name : model.data_factors()) codes.emplace_back(table.factor(name).codes);
  std::vector<std::span<const double>> columns;
  for (const std::string& name : columns_read(model, linear)) columns.emplace_back(table.numeric(name));
  return moments::find_cells(table.rows(), codes, columns);
}

frame::Frame cell_table(const model::Model& model, const moments::Cells& cells, const frame::Frame& table) {
  std::vector<std::string> names = model.data_factors();
  const std::vector<std::string> columns = model.data_columns();
  names.insert(names.end(), columns.begin(), columns.end());
  return table.take(names, cells.first);
}

}  // namespace woodbury::plan
