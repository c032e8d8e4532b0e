#include "woodbury/plan/strata.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace woodbury::plan {

namespace {

using model::NodeId;

/// Columns and factors that an expression reads at the rows.
struct Reads {
  std::set<std::string> columns, factors;
  std::set<NodeId> seen;

  void add(const model::Model& model, NodeId id) {
    if (!seen.insert(id).second) return;
    const model::Node& node = model.node(id);
    if (node.op == model::Op::column) columns.insert(node.name);
    if (node.op == model::Op::gather && node.dims[0] == model::kRow) factors.insert(node.name);
    for (const NodeId argument : node.args) add(model, argument);
  }
};

}  // namespace

std::optional<moments::Cells> find_strata(const model::Model& model, const LinearModel& linear,
                                          const frame::Frame& table) {
  if (linear.row_sd == model::kNone || !linear.rest.empty() || linear.has_row_columns()) return std::nullopt;
  Reads reads;
  reads.add(model, linear.row_sd);
  std::vector<std::span<const std::int32_t>> codes;
  for (const std::string& name : reads.factors) codes.emplace_back(table.factor(name).codes);
  std::vector<std::span<const double>> columns;
  for (const std::string& name : reads.columns) columns.emplace_back(table.numeric(name));
  moments::Cells strata = moments::find_cells(table.rows(), codes, columns);
  if (2 * strata.size() > table.rows()) return std::nullopt;
  return strata;
}

double strata_numbers(const moments::Layout& layout, std::size_t strata, std::size_t cells) {
  const auto entries = [&](std::size_t places) { return static_cast<double>(std::min(cells, strata * places)); };
  const auto& blocks = layout.blocks();
  double numbers = 0;
  for (const moments::Shape& block : blocks)
    numbers += entries(block.levels) * static_cast<double>(block.columns * (block.columns + 1));
  for (const moments::Pattern& pattern : layout.patterns())
    numbers += entries(pattern.meetings()) *
               static_cast<double>(blocks[pattern.first].columns * blocks[pattern.second].columns);
  return numbers;
}

}  // namespace woodbury::plan
