// The graph's growth: every node's dims are inferred and checked as it is appended.
#include "woodbury/model/graph.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/model/json.hpp"

namespace woodbury::model {

namespace {

using base::Error;

/// A correlation matrix stands only in a multi_normal.
bool is_square(const std::vector<std::string>& dims) { return dims.size() == 2 && dims[0] == dims[1]; }

/// "has a value for each row", "has a value for each level of BROOD", "has a row for each level of g and 2 columns".
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

/// What to write instead where an expression over a factor stands among rows or scalars.
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

[[noreturn]] void throw_shape(const Model& model, NodeId culprit, const std::string& wanted) {
  throw Error(fmt::format("`{}` {}", to_text(model, culprit), shape_in_words(model, model.node(culprit).dims)), {},
              how_to_read(model, culprit, wanted));
}

bool is_elementwise_binary(Op op) {
  return op == Op::add || op == Op::subtract || op == Op::multiply || op == Op::divide;
}

double evaluate(Op op, double a) {
  switch (op) {
    case Op::negate:
      return -a;
    case Op::exp:
      return std::exp(a);
    case Op::log:
      return std::log(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::square:
      return a * a;
    case Op::tanh:
      return std::tanh(a);
    case Op::inv_logit:
      return 1 / (1 + std::exp(-a));
    default:
      base::bug("a unary operation", __FILE__, __LINE__);
  }
}

double evaluate(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    default:
      base::bug("a binary operation", __FILE__, __LINE__);
  }
}

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
    default:
      break;
  }
  if (is_elementwise_binary(node.op)) return dims_of_binary(model, node);
  if (is_square(model.node(node.args[0]).dims)) throw_shape(model, node.args[0], kRow);
  return model.node(node.args[0]).dims;
}

std::size_t arity(Op op) {
  switch (op) {
    case Op::constant:
    case Op::column:
    case Op::variable:
      return 0;
    default:
      return is_elementwise_binary(op) ? 2 : 1;
  }
}

/// Whether an argument must be above 0: every one but locations, bounds and a correlation matrix.
bool must_be_positive(DistributionKind kind, std::size_t argument) {
  switch (kind) {
    case DistributionKind::normal:
    case DistributionKind::cauchy:
    case DistributionKind::lognormal:
      return argument == 1;
    case DistributionKind::student_t:
      return argument != 1;
    case DistributionKind::multi_normal:
      return argument == 1;
    case DistributionKind::uniform:
    case DistributionKind::flat:
    case DistributionKind::constant:
      return false;
    default:
      return true;
  }
}

void check_positive(const Model& model, NodeId id, const std::string& variable, const std::string& argument) {
  const Node& node = model.node(id);
  for (const NodeId part : node.op == Op::stack ? node.args : std::vector<NodeId>{})
    check_positive(model, part, variable, argument);
  if (node.op == Op::constant && node.value <= 0)
    throw Error(fmt::format("`{}` of `{}` is {}: it must be positive", argument, variable, node.value));
}

void check_multi_normal(const Model& model, const RandomVariable& variable) {
  const auto& args = variable.distribution.args;
  const auto& cor = model.node(args[2]).dims;
  if (variable.dims.size() != 2) throw Error(fmt::format("`{}` is multi_normal and needs two dims", variable.name));
  if (cor.size() != 2 || cor[1] != variable.dims[1])
    throw Error(fmt::format("the correlations of `{}` must be a matrix over `{}`; `{}` {}", variable.name,
                            variable.dims[1], to_text(model, args[2]), shape_in_words(model, cor)));
}

void check_argument(const Model& model, const RandomVariable& variable, std::size_t k) {
  const auto& distribution = variable.distribution;
  const NodeId id = distribution.args[k];
  const auto& dims = model.node(id).dims;
  const auto& name = info(distribution.kind).arguments[k];
  if (must_be_positive(distribution.kind, k)) check_positive(model, id, variable.name, name);
  if (distribution.kind == DistributionKind::multi_normal && k == 2) return check_multi_normal(model, variable);
  const bool by_column = dims.size() == 1 && variable.dims.size() == 2 && dims[0] == variable.dims[1];
  if (!dims.empty() && dims != variable.dims && !by_column)
    throw Error(fmt::format("`{}` of `{}` does not fit: `{}` {}, `{}` {}", name, variable.name, to_text(model, id),
                            shape_in_words(model, dims), variable.name, shape_in_words(model, variable.dims)),
                {}, variable.dims.empty() ? "" : how_to_read(model, id, variable.dims[0]));
}

void check_bounds(const Model& model, const RandomVariable& variable) {
  const auto& distribution = variable.distribution;
  if (distribution.kind != DistributionKind::uniform) return;
  const Node& a = model.node(distribution.args[0]);
  const Node& b = model.node(distribution.args[1]);
  if (a.op == Op::constant && b.op == Op::constant && a.value >= b.value)
    throw Error(fmt::format("`{}` is uniform from {} to {}: the lower bound must be below the upper", variable.name,
                            a.value, b.value));
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
    const double value = evaluate(op, node.value);
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
    if (a.op == Op::constant) return constant(evaluate(op, a.value, b.value));
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
  const auto& arguments = info(variable.distribution.kind).arguments;
  if (variable.distribution.args.size() != arguments.size())
    throw Error(fmt::format("{} of `{}` takes {} argument(s), not {}", info(variable.distribution.kind).name,
                            variable.name, arguments.size(), variable.distribution.args.size()));
  for (std::size_t k = 0; k < arguments.size(); ++k) check_argument(*this, variable, k);
  check_bounds(*this, variable);

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
