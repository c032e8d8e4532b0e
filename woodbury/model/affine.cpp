#include "woodbury/model/affine.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace woodbury::model {

namespace {

/// One product while an expression is worked out. `row` holds what is neither data nor constant within a level.
struct Monomial {
  NodeId data = kNone;
  NodeId sampled = kNone;
  VariableId variable = -1;
  int component = 0;
  std::string factor = {};
  std::string over = {};  ///< of `sampled`, with a member
  NodeId row = kNone;
};
using Sum = std::vector<Monomial>;

/// Thrown within this file only: the expression is not affine.
struct NotAffine {
  Obstacle obstacle;
};

class Worker {
 public:
  Worker(Model& model, const std::set<VariableId>& set) : model_(model), set_(set) {}

  Sum expand(NodeId id) {
    const Node node = model_.node(id);  // a copy: nodes are appended below
    const Dependence& on = depends(id);
    if (!on.variables && (node.dims.empty() || node.dims[0] == kRow)) return {{.data = id}};
    if (!on.member) return outside(id, node, on);
    switch (node.op) {
      case Op::variable:
        return centred(node, 0);
      case Op::component:
        return expand_component(node.args[0], node.index);
      case Op::gather:
        return expand(node.args[0]);
      case Op::add:
        return joined(expand(node.args[0]), expand(node.args[1]));
      case Op::subtract:
        return joined(expand(node.args[0]), scaled(expand(node.args[1]), -1));
      case Op::negate:
        return scaled(expand(node.args[0]), -1);
      case Op::multiply:
        return product(expand(node.args[0]), expand(node.args[1]));
      case Op::divide:
        return divide(node);
      case Op::cumulate:
      case Op::ar1:
        return series(id, node);
      default:
        break;
    }
    fail(first_member(id), fmt::format("enters through {}", op_word(node.op)));
  }

  /// A row expression of what has no data and no level structure in common.
  NodeId rest_node(const Monomial& term) {
    NodeId result = term.row;
    if (term.data != kNone) result = model_.binary(Op::multiply, term.data, result);
    if (term.sampled != kNone) result = model_.binary(Op::multiply, at_rows(term.sampled), result);
    return result;
  }

 private:
  struct Dependence {
    bool variables = false;  ///< on any random variable
    bool member = false;     ///< on one of the set
    bool rows = false;       ///< on a column or a value a row
  };

  const Dependence& depends(NodeId id) {
    if (const auto found = dependence_.find(id); found != dependence_.end()) return found->second;
    const Node node = model_.node(id);
    Dependence result;
    if (node.op == Op::variable) {
      result.variables = true;
      result.member = set_.contains(node.index);
    }
    result.rows = std::find(node.dims.begin(), node.dims.end(), kRow) != node.dims.end();
    for (const NodeId argument : node.args) {
      const Dependence& other = depends(argument);
      result.variables |= other.variables;
      result.member |= other.member;
    }
    return dependence_.emplace(id, result).first->second;
  }

  static std::string op_word(Op op) {
    switch (op) {
      case Op::exp:
        return "exp()";
      case Op::log:
        return "log()";
      case Op::sqrt:
        return "sqrt()";
      case Op::square:
        return "a square";
      case Op::tanh:
        return "tanh()";
      case Op::inv_logit:
        return "inv_logit()";
      case Op::divide:
        return "a denominator";
      default:
        return "an expression that is not affine";
    }
  }

  [[noreturn]] static void fail(VariableId culprit, std::string reason, VariableId partner = -1) {
    throw NotAffine{{culprit, std::move(reason), partner}};
  }

  VariableId first_member(NodeId id) {
    for (const VariableId v : variables_of(model_, id))
      if (set_.contains(v)) return v;
    return -1;
  }

  static std::string factor_of(const std::vector<std::string>& dims) {
    return dims.empty() || dims[0] == kRow ? std::string() : dims[0];
  }

  Monomial member(const Node& node, int component) {
    const auto& dims = node.dims;
    const bool labelled = dims.size() == 1 && model_.dim_labels.contains(dims[0]);
    return {.variable = node.index, .component = component, .factor = labelled ? std::string() : factor_of(dims)};
  }

  /// A member is its prior mean plus its deviation from it; the term stands for the deviation.
  Sum centred(const Node& node, int component) {
    const Distribution& distribution = model_.variable(node.index).distribution;
    Sum sum{member(node, component)};
    if (distribution.kind == DistributionKind::flat) return sum;
    const NodeId mean = distribution.args[0];
    const Node mean_node = model_.node(mean);
    if (mean_node.op == Op::constant && mean_node.value == 0) return sum;
    return joined(std::move(sum), part(mean, component));
  }

  /// An expression of variables outside the set. Kept whole where it has one value a level; over rows it is split as
  /// far as sums and products go, so that data columns and levels come apart.
  Sum outside(NodeId id, const Node& node, const Dependence& on) {
    if (!on.rows) return {{.sampled = id, .factor = factor_of(node.dims)}};
    switch (node.op) {
      case Op::gather:
        return expand(node.args[0]);
      case Op::add:
        return joined(expand(node.args[0]), expand(node.args[1]));
      case Op::subtract:
        return joined(expand(node.args[0]), scaled(expand(node.args[1]), -1));
      case Op::negate:
        return scaled(expand(node.args[0]), -1);
      case Op::multiply:
        return product(expand(node.args[0]), expand(node.args[1]));
      case Op::divide: {
        const Dependence& below = depends(node.args[1]);
        if (below.rows && below.variables) return {{.row = id}};
        return divide(node);
      }
      default:
        return {{.row = id}};
    }
  }

  /// Column `index` of an array expression.
  Sum expand_component(NodeId array, int index) {
    const Node node = model_.node(array);
    if (!depends(array).member) return expand(model_.component(array, index));
    switch (node.op) {
      case Op::variable:
        return centred(node, index);
      case Op::stack:
        return expand(node.args[static_cast<std::size_t>(index)]);
      case Op::add:
        return joined(part(node.args[0], index), part(node.args[1], index));
      default:
        fail(first_member(array), "enters through an array expression that is not a sum");
    }
  }

  /// A scalar stands for each of its columns.
  Sum part(NodeId array, int index) {
    const Node node = model_.node(array);
    const bool one_a_level = node.dims.size() == 1 && !model_.dim_labels.contains(node.dims[0]);
    if (node.dims.empty() || one_a_level) return expand(array);
    if (node.op == Op::stack) return expand(node.args[static_cast<std::size_t>(index)]);
    return expand_component(array, index);
  }

  static Sum joined(Sum a, const Sum& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  Sum scaled(Sum sum, double factor) {
    for (Monomial& term : sum) term.data = times(term.data, model_.constant(factor));
    return sum;
  }

  NodeId times(NodeId a, NodeId b) {
    if (a == kNone) return b;
    if (b == kNone) return a;
    return model_.binary(Op::multiply, a, b);
  }

  NodeId at_rows(NodeId sampled) {
    return model_.node(sampled).dims.empty() || model_.node(sampled).dims[0] == kRow ? sampled : model_.gather(sampled);
  }

  Sum product(const Sum& a, const Sum& b) {
    Sum result;
    for (const Monomial& x : a)
      for (const Monomial& y : b) result.push_back(product(x, y));
    return result;
  }

  Monomial product(const Monomial& x, const Monomial& y) {
    if (x.variable >= 0 && y.variable >= 0) {
      const bool same = x.variable == y.variable;
      fail(y.variable,
           same ? "is multiplied by itself"
                : fmt::format("is multiplied by `{}`, which is integrated", model_.variable(x.variable).name),
           same ? -1 : x.variable);
    }
    if (x.variable >= 0) return loaded(x, y);
    if (y.variable >= 0) return loaded(y, x);
    Monomial result;
    result.data = times(x.data, y.data);
    result.row = times(x.row, y.row);
    if (x.factor == y.factor || x.factor.empty() || y.factor.empty()) {
      result.sampled = times(x.sampled, y.sampled);
      result.factor = x.factor.empty() ? y.factor : x.factor;
    } else {
      result.row = times(result.row, times(at_rows(x.sampled), at_rows(y.sampled)));
    }
    return result;
  }

  /// A member's term times one without a member. Values over the member's own factor, or over a second one beside that
  /// of its loadings, are no loadings of columns: they are read at the rows.
  Monomial loaded(const Monomial& member, const Monomial& other) {
    Monomial result = member;
    result.data = times(member.data, other.data);
    result.row = times(member.row, other.row);
    const bool series = !member.over.empty() && member.over == member.factor;
    const bool second = !member.over.empty() && !other.factor.empty() && member.over != other.factor;
    if (series && second)
      fail(member.variable, fmt::format("is in a series that is multiplied by values over `{}`", other.factor));
    if (second || (!series && !other.factor.empty() && other.factor == member.factor)) {
      result.row = times(result.row, at_rows(other.sampled));
      return result;
    }
    if (result.over.empty()) result.over = other.factor;
    result.sampled = times(member.sampled, other.sampled);
    return result;
  }

  /// A series is linear in its innovations. With those a member over its factor, the term's `over` is that factor, too,
  /// and `sampled` is the series of the member itself, to be worked out at unit innovations of each level.
  Sum series(NodeId id, const Node& node) {
    for (std::size_t k = 1; k < node.args.size(); ++k)
      if (depends(node.args[k]).member) fail(first_member(node.args[k]), "sets the autocorrelation of a series");
    const auto along = [&](NodeId innovations) {
      return node.op == Op::cumulate ? model_.cumulate(innovations) : model_.ar1(innovations, node.args[1]);
    };
    Sum sum = expand(node.args[0]);
    for (Monomial& term : sum) {
      const bool own = term.variable >= 0 && term.factor == node.dims[0];
      if (term.row != kNone)
        fail(term.variable, "is multiplied by values that vary by level in a series, and are sampled");
      if (own && model_.variable(term.variable).dims.size() > 1)
        fail(term.variable, "is one of several columns of a series");
      if (own && term.over.empty()) term.sampled = times(term.sampled, model_.node_of(term.variable));
      const NodeId innovations = times(term.data, term.sampled);
      if (innovations == kNone || model_.node(innovations).dims != node.dims)
        fail(innovation_of(sum, node.dims[0], id), "is in a series beside a value that all its levels share");
      term.data = kNone;
      term.sampled = along(innovations);
      (term.variable >= 0 ? term.over : term.factor) = node.dims[0];
    }
    return sum;
  }

  VariableId innovation_of(const Sum& sum, const std::string& factor, NodeId id) {
    const auto own =
        std::ranges::find_if(sum, [&](const Monomial& m) { return m.variable >= 0 && m.factor == factor; });
    return own == sum.end() ? first_member(id) : own->variable;
  }

  Sum divide(const Node& node) {
    if (depends(node.args[1]).member) fail(first_member(node.args[1]), "stands in a denominator");
    const NodeId inverse = model_.binary(Op::divide, model_.constant(1), node.args[1]);
    return product(expand(node.args[0]), expand(inverse));
  }

  Model& model_;
  const std::set<VariableId>& set_;
  std::map<NodeId, Dependence> dependence_;
};

}  // namespace

AffineResult affine(Model& model, NodeId node, const std::set<VariableId>& set) {
  AffineResult result;
  Worker worker(model, set);
  try {
    for (const Monomial& term : worker.expand(node)) {
      AffineTerm found{term.data, term.sampled, term.variable, term.component, term.factor, term.over};
      if (term.row == kNone) {
        result.form.terms.push_back(std::move(found));
      } else if (term.variable < 0) {
        result.form.rest.push_back(worker.rest_node(term));
      } else if (!term.over.empty() && term.over == term.factor) {
        result.obstacle = {term.variable, "is in a series that is multiplied by an expression that varies by row"};
        return result;
      } else {
        result.form.terms.push_back({.variable = found.variable,
                                     .component = found.component,
                                     .factor = found.factor,
                                     .row = worker.rest_node(term)});
      }
    }
  } catch (const NotAffine& failure) {
    result.obstacle = failure.obstacle;
  }
  return result;
}

std::set<VariableId> variables_of(const Model& model, NodeId node) {
  std::set<VariableId> found;
  std::set<NodeId> seen;
  std::vector<NodeId> open{node};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == kNone || !seen.insert(id).second) continue;
    const Node& n = model.node(id);
    if (n.op == Op::variable) found.insert(n.index);
    open.insert(open.end(), n.args.begin(), n.args.end());
  }
  return found;
}

}  // namespace woodbury::model
