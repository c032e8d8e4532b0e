// The graph's growth: every node's dims are inferred and checked as it is appended.
#include "woodbury/model/graph.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/model/checks.hpp"
#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/json.hpp"
#include "woodbury/model/shapes.hpp"

namespace woodbury::model {

namespace {

using base::Error;

std::size_t arity(Op op) {
  if (op == Op::constant || op == Op::column || op == Op::variable) return 0;
  return is_binary(op) || op == Op::ar1 ? 2 : 1;
}

}  // namespace

VariableId Model::find(const std::string& name) const {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& variable : variables_) names.push_back(variable.name);
  throw Error(fmt::format("no variable `{}`", name), {}, base::did_you_mean(name, names));
}

bool Model::has(const std::string& name) const { return by_name_.contains(name); }

NodeId Model::add_node(Node node) {
  if (node.op != Op::stack) WOODBURY_ASSERT(node.args.size() == arity(node.op));
  for (const NodeId argument : node.args)
    WOODBURY_ASSERT(argument >= 0 && static_cast<std::size_t>(argument) < nodes_.size());
  node.dims = infer_dims(*this, node);
  const auto id = static_cast<NodeId>(nodes_.size());
  if (node.op == Op::column) columns_.emplace(node.name, id);
  nodes_.push_back(std::move(node));
  return id;
}

NodeId Model::constant(double value) {
  if (!std::isfinite(value)) throw Error(fmt::format("a number in a model must be finite; this one is {}", value));
  return add_node({.op = Op::constant, .args = {}, .value = value, .name = {}, .index = -1, .dims = {}});
}

NodeId Model::column(const std::string& name) {
  if (has(name)) throw Error(fmt::format("`{}` is a variable of the model and a column of the data; rename one", name));
  if (const auto known = columns_.find(name); known != columns_.end()) return known->second;
  return add_node({.op = Op::column, .args = {}, .value = 0, .name = name, .index = -1, .dims = {}});
}

NodeId Model::unary(Op op, NodeId argument) {
  const Node& node = this->node(argument);
  if (node.op == Op::constant) {
    const double value = apply(op, node.value);
    if (!std::isfinite(value))
      throw Error(fmt::format("{} of {} is not a number", op == Op::log ? "the logarithm" : "a function", node.value));
    return constant(value);
  }
  return add_node({.op = op, .args = {argument}, .value = 0, .name = {}, .index = -1, .dims = {}});
}

NodeId Model::binary(Op op, NodeId left, NodeId right) {
  const Node& a = node(left);
  const Node& b = node(right);
  if (b.op == Op::constant) {
    if (op == Op::divide && b.value == 0) throw Error(fmt::format("`{}` is divided by 0", to_text(*this, left)));
    if (a.op == Op::constant) return constant(apply(op, a.value, b.value));
    const bool additive = op == Op::add || op == Op::subtract;
    if (b.value == (additive ? 0 : 1)) return left;
  } else if (a.op == Op::constant) {
    if ((op == Op::add && a.value == 0) || (op == Op::multiply && a.value == 1)) return right;
  }
  return add_node({.op = op, .args = {left, right}, .value = 0, .name = {}, .index = -1, .dims = {}});
}

NodeId Model::stack(std::vector<NodeId> scalars, const std::string& dim) {
  return add_node({.op = Op::stack, .args = std::move(scalars), .value = 0, .name = dim, .index = -1, .dims = {}});
}

NodeId Model::component(NodeId array, int index) {
  return add_node({.op = Op::component, .args = {array}, .value = 0, .name = {}, .index = index, .dims = {}});
}

NodeId Model::gather(NodeId argument, const std::string& over) {
  const auto& dims = node(argument).dims;
  const std::string factor = dims.empty() ? "" : dims[0];
  return add_node({.op = Op::gather, .args = {argument}, .value = 0, .name = factor, .index = -1, .dims = {over}});
}

NodeId Model::cumulate(NodeId argument) {
  return add_node({.op = Op::cumulate, .args = {argument}, .value = 0, .name = {}, .index = -1, .dims = {}});
}

NodeId Model::ar1(NodeId argument, NodeId rho) {
  if (const Node& r = node(rho); r.op == Op::constant && !(std::abs(r.value) < 1))
    throw Error(fmt::format("ar1 by {}: a stationary series needs a number between -1 and 1", r.value), {},
                "a random walk is cumsum()");
  return add_node({.op = Op::ar1, .args = {argument, rho}, .value = 0, .name = {}, .index = -1, .dims = {}});
}

VariableId Model::add_variable(RandomVariable variable) {
  if (variable.name.empty()) throw Error("a variable needs a name");
  if (has(variable.name)) throw Error(fmt::format("two variables are named `{}`", variable.name));
  const bool observed = std::any_of(observations.begin(), observations.end(),
                                    [&](const Observation& each) { return each.response == variable.name; });
  if (observed || columns_.contains(variable.name))
    throw Error(fmt::format("`{}` is a variable of the model and a column of the data; rename one", variable.name));
  for (const auto& dim : variable.dims) {
    if (dim == variable.name) throw Error(fmt::format("`{}` is named like the factor it is over; rename it", dim));
    if (dim == kRow) throw Error(fmt::format("`{}` cannot have a value for each row; use a factor", variable.name));
  }
  if (dim_labels.contains(variable.name))
    throw Error(fmt::format("`{}` is named like a dim; rename it", variable.name));
  check_distribution(*this, variable);

  const auto id = static_cast<VariableId>(variables_.size());
  by_name_.emplace(variable.name, id);
  variables_.push_back(std::move(variable));
  variable_nodes_.push_back(
      add_node({.op = Op::variable, .args = {}, .value = 0, .name = {}, .index = id, .dims = {}}));
  return id;
}

void Model::add_dim(const std::string& name, std::vector<std::string> labels) {
  if (name.empty() || name == kRow) throw Error(fmt::format("a dim cannot be named `{}`", name));
  if (labels.empty()) throw Error(fmt::format("the dim `{}` needs at least one label", name));
  auto sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    throw Error(fmt::format("the dim `{}` has the label `{}` twice", name, *twice));
  if (has(name)) throw Error(fmt::format("the dim `{}` is named like a variable; rename one", name));
  const auto [entry, fresh] = dim_labels.emplace(name, labels);
  if (!fresh && entry->second != labels) throw Error(fmt::format("the dim `{}` is given two sets of labels", name));
}

void Model::add_observation(Observation observation) {
  const auto& response = observation.response;
  if (response.empty()) throw Error("an observation needs the name of its response, a column of the data");
  if (has(response))
    throw Error(fmt::format("`{}` is a variable of the model and a column of the data; rename one", response));
  for (const auto& other : observations)
    if (other.response == response) throw Error(fmt::format("`{}` is observed twice", response));
  for (const auto& [part, id] : {std::pair{"a mean", observation.mean}, std::pair{"an sd", observation.sd}}) {
    if (id == kNone) throw Error(fmt::format("the observation of `{}` needs {}", response, part));
    WOODBURY_ASSERT(id >= 0 && static_cast<std::size_t>(id) < nodes_.size());
    if (const auto& dims = node(id).dims; !dims.empty() && dims != std::vector{kRow}) throw_shape(*this, id, kRow);
  }
  check_positive(*this, observation.sd, response, "sd");
  observations.push_back(std::move(observation));
}

void Model::add_derived(Derived quantity) {
  const bool taken = has(quantity.name) || std::any_of(derived.begin(), derived.end(), [&](const Derived& other) {
                       return other.name == quantity.name;
                     });
  if (taken) throw Error(fmt::format("two reported quantities are named `{}`", quantity.name));
  WOODBURY_ASSERT(quantity.node >= 0 && static_cast<std::size_t>(quantity.node) < nodes_.size());
  if (const auto& dims = node(quantity.node).dims; dims == std::vector{kRow})
    throw Error(fmt::format("`{}` would have a value for each row; derive a scalar or a value a level", quantity.name));
  derived.push_back(std::move(quantity));
}

std::vector<std::string> Model::data_columns() const {
  std::vector<std::string> names;
  for (const auto& observation : observations)
    if (std::find(names.begin(), names.end(), observation.response) == names.end())
      names.push_back(observation.response);
  const std::size_t responses = names.size();
  for (const auto& node : nodes_) {
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(responses);
    if (node.op == Op::column && std::find(names.begin(), end, node.name) == end) names.push_back(node.name);
  }
  return names;
}

std::vector<std::string> Model::data_factors() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& dim) {
    const bool of_data = dim != kRow && !dim_labels.contains(dim);
    if (of_data && std::find(names.begin(), names.end(), dim) == names.end()) names.push_back(dim);
  };
  for (const auto& variable : variables_) std::for_each(variable.dims.begin(), variable.dims.end(), add);
  for (const auto& node : nodes_)
    if (node.op == Op::gather) std::for_each(node.dims.begin(), node.dims.end(), add);
  return names;
}

}  // namespace woodbury::model
