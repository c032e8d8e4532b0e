// Dims of nodes from those of their arguments, and refusals that say how to write it instead.
#include "woodbury/model/shapes.hpp"

#include <fmt/format.h>

#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/json.hpp"

namespace woodbury::model {

namespace {

using base::Error;

/// A correlation matrix stands only in a multi_normal.
bool is_square(const std::vector<std::string>& dims) { return dims.size() == 2 && dims[0] == dims[1]; }

std::vector<std::string> dims_of_binary(const Model& model, const Node& node) {
  const auto& left = model.node(node.args[0]).dims;
  const auto& right = model.node(node.args[1]).dims;
  for (const NodeId side : node.args)
    if (is_square(model.node(side).dims)) throw_shape(model, side, kRow);
  if (left == right || right.empty()) return left;
  if (left.empty()) return right;
  // Of two that disagree, the one over a factor is what the user has to read differently.
  const bool left_is_rows = left[0] == kRow;
  throw_shape(model, left_is_rows ? node.args[1] : node.args[0], left_is_rows ? kRow : right[0]);
}

std::vector<std::string> dims_of_stack(const Model& model, const Node& node) {
  for (const NodeId argument : node.args)
    if (!model.node(argument).dims.empty()) throw_shape(model, argument, {});
  const auto labels = model.dim_labels.find(node.name);
  if (labels != model.dim_labels.end() && labels->second.size() != node.args.size())
    throw Error(fmt::format("{} values are stacked over `{}`, which has {} labels", node.args.size(), node.name,
                            labels->second.size()));
  return {node.name};
}

std::vector<std::string> dims_of_component(const Model& model, const Node& node) {
  const Node& array = model.node(node.args[0]);
  const bool matrix = array.dims.size() == 2 && !is_square(array.dims);
  const bool vector = array.dims.size() == 1 && (array.op == Op::stack || model.dim_labels.contains(array.dims[0]));
  if (!matrix && !vector)
    throw Error(fmt::format("`{}` {}, so it has no columns to choose from", to_text(model, node.args[0]),
                            shape_in_words(model, array.dims)));
  const auto labels = model.dim_labels.find(array.dims.back());
  const auto count = labels != model.dim_labels.end() ? labels->second.size() : array.args.size();
  if (node.index < 0 || static_cast<std::size_t>(node.index) >= count)
    throw Error(fmt::format("`{}` has {} column(s), counted from 0: there is no column {}",
                            to_text(model, node.args[0]), count, node.index));
  return matrix ? std::vector{array.dims[0]} : std::vector<std::string>{};
}

std::vector<std::string> dims_of_gather(const Model& model, const Node& node) {
  const Node& array = model.node(node.args[0]);
  const auto text = to_text(model, node.args[0]);
  if (array.dims.size() > 1) throw_shape(model, node.args[0], kRow);
  if (array.dims.empty() || array.dims[0] == kRow || model.dim_labels.contains(array.dims[0]))
    throw Error(fmt::format("`{}` {}; it has no levels to be read at", text, shape_in_words(model, array.dims)));
  if (array.dims[0] != node.name)
    throw Error(fmt::format("`{}` has a value for each level of {}, not of {}", text, array.dims[0], node.name), {},
                fmt::format("write {}[\"{}\"]", text, array.dims[0]));
  if (!node.dims.empty() && node.dims[0] == node.name)
    throw Error(fmt::format("`{}` already has a value for each level of {}", text, node.name));
  return node.dims.empty() ? std::vector{kRow} : node.dims;
}

/// Running sums and autoregressions go along the levels of one factor of the data.
std::vector<std::string> dims_of_series(const Model& model, const Node& node) {
  const auto& dims = model.node(node.args[0]).dims;
  if (dims.size() != 1 || dims[0] == kRow || model.dim_labels.contains(dims[0]))
    throw Error(fmt::format("`{}` {}: a series has a value for each level of one factor", to_text(model, node.args[0]),
                            shape_in_words(model, dims)),
                {}, "give the variable over=, and read the series at the rows afterwards");
  if (node.args.size() > 1 && !model.node(node.args[1]).dims.empty()) throw_shape(model, node.args[1], dims[0]);
  return dims;
}

}  // namespace

std::string shape_in_words(const Model& model, const std::vector<std::string>& dims) {
  if (dims.empty()) return "is one number";
  if (is_square(dims)) return "is a correlation matrix";
  const auto labels = model.dim_labels.find(dims.back());
  const auto columns = labels == model.dim_labels.end() ? std::string("several columns")
                                                        : fmt::format("{} column(s)", labels->second.size());
  if (dims.size() > 1) return fmt::format("has a row for each level of {} and {}", dims[0], columns);
  if (dims[0] == kRow) return "has a value for each row";
  if (labels != model.dim_labels.end()) return fmt::format("is a vector of {} coefficients", labels->second.size());
  return fmt::format("has a value for each level of {}", dims[0]);
}

std::string how_to_read(const Model& model, NodeId node, const std::string& wanted) {
  const auto& dims = model.node(node).dims;
  const auto text = to_text(model, node);
  if (dims.size() > 1 && !is_square(dims))
    return fmt::format("take one column: {}.component(0)[\"{}\"]", text, dims[0]);
  if (dims.size() != 1 || dims[0] == kRow || model.dim_labels.contains(dims[0])) return {};
  if (wanted == kRow || wanted.empty()) return fmt::format("write {}[\"{}\"] to read it at each row", text, dims[0]);
  return fmt::format("if {0} nests in {1}, write {2}.at(\"{0}\") to read it at each level of {0}", wanted, dims[0],
                     text);
}

void throw_shape(const Model& model, NodeId culprit, const std::string& wanted) {
  throw Error(fmt::format("`{}` {}", to_text(model, culprit), shape_in_words(model, model.node(culprit).dims)), {},
              how_to_read(model, culprit, wanted));
}

std::vector<std::string> infer_dims(const Model& model, const Node& node) {
  switch (node.op) {
    case Op::constant:
      return {};
    case Op::column:
      return {kRow};
    case Op::variable:
      return model.variable(node.index).dims;
    case Op::stack:
      return dims_of_stack(model, node);
    case Op::component:
      return dims_of_component(model, node);
    case Op::gather:
      return dims_of_gather(model, node);
    case Op::cumulate:
    case Op::ar1:
      return dims_of_series(model, node);
    default:
      break;
  }
  if (is_binary(node.op)) return dims_of_binary(model, node);
  if (is_square(model.node(node.args[0]).dims)) throw_shape(model, node.args[0], kRow);
  return model.node(node.args[0]).dims;
}

}  // namespace woodbury::model
