#include "woodbury/density/tape.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace woodbury::density {

namespace {

using model::Model;
using model::NodeId;
using model::Op;

/// Nodes the roots need, ascending: arguments come before what uses them. A variable is needed with its prior.
std::set<NodeId> reachable(const Model& model, const std::vector<NodeId>& roots) {
  std::set<NodeId> seen;
  std::vector<NodeId> open(roots);
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == model::kNone || !seen.insert(id).second) continue;
    const model::Node& node = model.node(id);
    open.insert(open.end(), node.args.begin(), node.args.end());
    if (node.op != Op::variable) continue;
    const auto& prior = model.variable(node.index).distribution.args;
    open.insert(open.end(), prior.begin(), prior.end());
  }
  return seen;
}

/// u_t = ρ u_(t−1) + e_t; running sums are ρ = 1 from u_1 = e_1, a stationary series starts at e_1 / √(1 − ρ²).
void series_forward(double rho, double first, std::span<const double> e, double* u) {
  u[0] = first * e[0];
  for (std::size_t t = 1; t < e.size(); ++t) u[t] = rho * u[t - 1] + e[t];
}

/// Adds the adjoints of e from those of u, and returns Σ λ_t u_(t−1) with λ_t = ū_t + ρ λ_(t+1).
double series_backward(double rho, double first, std::span<const double> u, const double* up, double* to_e) {
  double lambda = 0, by_rho = 0;
  for (std::size_t t = u.size(); t-- > 1;) {
    lambda = up[t] + rho * lambda;
    to_e[t] += lambda;
    by_rho += lambda * u[t - 1];
  }
  lambda = up[0] + rho * lambda;
  to_e[0] += first * lambda;
  if (first != 1) by_rho += lambda * u[0] * rho * first * first;  // of the start
  return by_rho;
}

double stationary_start(double rho) { return 1 / std::sqrt(1 - rho * rho); }

}  // namespace

std::vector<std::int32_t> nesting_map(const frame::Frame& table, const std::string& inner, const std::string& outer) {
  const frame::Factor& from = table.factor(inner);
  const frame::Factor& to = table.factor(outer);
  std::vector<std::int32_t> map(from.levels.size(), -1);
  for (std::size_t n = 0; n < from.codes.size(); ++n) {
    auto& level = map[static_cast<std::size_t>(from.codes[n])];
    if (level >= 0 && level != to.codes[n])
      throw base::Error(
          fmt::format("`{}` is not nested in `{}`: its level `{}` is in `{}` and in `{}`", inner, outer,
                      from.levels[static_cast<std::size_t>(from.codes[n])], to.levels[static_cast<std::size_t>(level)],
                      to.levels[static_cast<std::size_t>(to.codes[n])]),
          {}, "read a value at the levels of a factor nested in its own");
    level = to.codes[n];
  }
  std::replace(map.begin(), map.end(), -1, 0);  // a level without rows
  return map;
}

Tape::Tape(const Model& model, const frame::Frame& rows, const std::vector<NodeId>& roots, const frame::Frame& table)
    : place_(model.nodes().size(), -1), sizes_(model.nodes().size()), steps_(model.nodes().size()) {
  const std::set<NodeId> needed = reachable(model, roots);
  for (const NodeId id : needed) {
    const auto i = static_cast<std::size_t>(id);
    sizes_[i] = size_of(model, rows, id);
    place_[i] = static_cast<std::ptrdiff_t>(total_);
    total_ += sizes_[i];
  }
  initial_.assign(total_, 0);
  std::set<NodeId> moving;
  for (const NodeId id : needed) {
    const model::Node& node = model.node(id);
    steps_[static_cast<std::size_t>(id)] = make_step(model, rows, table, id);
    bool moves = node.op == Op::variable;
    for (const NodeId argument : node.args) moves |= moving.contains(argument);
    if (moves) {
      moving.insert(id);
      order_.push_back(id);
    } else if (node.op == Op::constant) {
      initial_[offset(id)] = node.value;
    } else if (node.op == Op::column) {
      const auto& values = rows.numeric(node.name);
      std::copy(values.begin(), values.end(), initial_.begin() + static_cast<std::ptrdiff_t>(offset(id)));
    } else {
      forward(id, initial_);
    }
  }
}

std::size_t Tape::size_of(const Model& model, const frame::Frame& table, NodeId node) const {
  std::size_t size = 1;
  for (const std::string& dim : model.node(node).dims) {
    if (dim == model::kRow) {
      size *= table.rows();
      continue;
    }
    const auto labels = model.dim_labels.find(dim);
    size *= labels != model.dim_labels.end() ? labels->second.size() : table.factor(dim).levels.size();
  }
  return size;
}

Tape::Step Tape::make_step(const Model& model, const frame::Frame& rows, const frame::Frame& table, NodeId id) const {
  const model::Node& node = model.node(id);
  Step step{.op = node.op,
            .at = offset(id),
            .size = size(id),
            .args = {},
            .arg_sizes = {},
            .index = node.index,
            .width = 1,
            .map = {}};
  for (const NodeId argument : node.args) {
    step.args.push_back(offset(argument));
    step.arg_sizes.push_back(size(argument));
  }
  if (node.op == Op::component) {
    const auto& dims = model.node(node.args[0]).dims;
    step.width = static_cast<int>(model.dim_labels.at(dims.back()).size());
  }
  if (node.op == Op::gather) {
    const std::string& factor = model.node(node.args[0]).dims.at(0);
    step.map = node.dims.at(0) == model::kRow ? rows.factor(factor).codes : nesting_map(table, node.dims[0], factor);
  }
  return step;
}

void Tape::forward(NodeId node, std::span<double> values) const {
  const Step& s = steps_[static_cast<std::size_t>(node)];
  double* out = &values[s.at];
  if (model::is_binary(s.op)) {
    const double *a = &values[s.args[0]], *b = &values[s.args[1]];
    const std::size_t da = s.arg_sizes[0] == s.size, db = s.arg_sizes[1] == s.size;
    for (std::size_t i = 0; i < s.size; ++i) out[i] = model::apply(s.op, a[i * da], b[i * db]);
    return;
  }
  switch (s.op) {
    case Op::stack:
      for (std::size_t i = 0; i < s.size; ++i) out[i] = values[s.args[i]];
      return;
    case Op::component: {
      const double* a = &values[s.args[0]] + s.index;
      for (std::size_t i = 0; i < s.size; ++i) out[i] = a[i * static_cast<std::size_t>(s.width)];
      return;
    }
    case Op::gather: {
      const double* a = &values[s.args[0]];
      for (std::size_t i = 0; i < s.size; ++i) out[i] = a[s.map[i]];
      return;
    }
    case Op::cumulate:
      return series_forward(1, 1, values.subspan(s.args[0], s.size), out);
    case Op::ar1: {
      const double rho = values[s.args[1]];
      return series_forward(rho, stationary_start(rho), values.subspan(s.args[0], s.size), out);
    }
    default: {
      const double* a = &values[s.args.at(0)];
      for (std::size_t i = 0; i < s.size; ++i) out[i] = model::apply(s.op, a[i]);
    }
  }
}

void Tape::backward(NodeId node, std::span<const double> values, std::span<double> adjoints) const {
  const Step& s = steps_[static_cast<std::size_t>(node)];
  const double* out = &adjoints[s.at];
  if (model::is_binary(s.op)) {
    const double *a = &values[s.args[0]], *b = &values[s.args[1]];
    double *to_a = &adjoints[s.args[0]], *to_b = &adjoints[s.args[1]];
    const std::size_t da = s.arg_sizes[0] == s.size, db = s.arg_sizes[1] == s.size;
    for (std::size_t i = 0; i < s.size; ++i) {
      const double x = a[i * da], y = b[i * db], up = out[i];
      switch (s.op) {
        case Op::add:
          to_a[i * da] += up, to_b[i * db] += up;
          break;
        case Op::subtract:
          to_a[i * da] += up, to_b[i * db] -= up;
          break;
        case Op::multiply:
          to_a[i * da] += up * y, to_b[i * db] += up * x;
          break;
        default:
          to_a[i * da] += up / y, to_b[i * db] -= up * x / (y * y);
          break;
      }
    }
    return;
  }
  switch (s.op) {
    case Op::stack:
      for (std::size_t i = 0; i < s.size; ++i) adjoints[s.args[i]] += out[i];
      return;
    case Op::component: {
      double* to = &adjoints[s.args[0]] + s.index;
      for (std::size_t i = 0; i < s.size; ++i) to[i * static_cast<std::size_t>(s.width)] += out[i];
      return;
    }
    case Op::gather: {
      double* to = &adjoints[s.args[0]];
      for (std::size_t i = 0; i < s.size; ++i) to[s.map[i]] += out[i];
      return;
    }
    case Op::cumulate:
      series_backward(1, 1, values.subspan(s.at, s.size), out, &adjoints[s.args[0]]);
      return;
    case Op::ar1: {
      const double rho = values[s.args[1]];
      adjoints[s.args[1]] +=
          series_backward(rho, stationary_start(rho), values.subspan(s.at, s.size), out, &adjoints[s.args[0]]);
      return;
    }
    default: {
      const double* a = &values[s.args.at(0)];
      double* to = &adjoints[s.args[0]];
      for (std::size_t i = 0; i < s.size; ++i) to[i] += out[i] * model::slope(s.op, a[i], values[s.at + i]);
    }
  }
}

}  // namespace woodbury::density
