// The model as one graph: random variables with distributions, expressions over named columns and each other. No data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/model/distribution.hpp"

namespace woodbury::model {

using NodeId = std::int32_t;
using VariableId = std::int32_t;
inline constexpr NodeId kNone = -1;
/// The dim of expressions that have a value a row of the table.
inline const std::string kRow = "row";

enum class Op {
  constant,   ///< `value`
  column,     ///< numeric column `name` of the data; dims {row}
  variable,   ///< random variable `index`; its dims
  stack,      ///< scalars side by side; dims {name}
  component,  ///< column `index` of a (g, coef) array: dims {g}; of a (coef) vector: scalar
  gather,     ///< argument over (g): its value at each row's, or each level of factor `dims[0]`'s, level of `name` = g
  add,
  subtract,
  multiply,
  divide,  ///< elementwise; a scalar goes with any dims
  negate,
  exp,
  log,
  sqrt,
  square,
  tanh,
  inv_logit,
  log1p,
  expm1,
  sin,
  cos,       ///< elementwise
  cumulate,  ///< argument e over (g): running sums u_t = u_(t−1) + e_t in the order of g's levels
  ar1,       ///< arguments e over (g), scalar ρ: u_t = ρ u_(t−1) + e_t, stationary from u_1 = e_1 / √(1 − ρ²)
};

/// A node of the expression graph; arguments come before it.
struct Node {
  Op op{};
  std::vector<NodeId> args;
  double value = 0;
  std::string name;
  VariableId index = -1;
  std::vector<std::string> dims;
};

/// A distribution with expressions as arguments.
/// `multi_normal` has args (mean, sds, cor): rows of a (g, coef) array ~ N(mean, diag(sds) R diag(sds)).
struct Distribution {
  DistributionKind kind{};
  std::vector<NodeId> args;
  bool positive = false;  ///< truncated at 0 and renormalised (normal, student_t, cauchy, flat on a scale)
};

struct RandomVariable {
  std::string name;
  std::vector<std::string> dims;  ///< {}, {g}, {g, coef}, {coef}; {coef, coef} of a correlation matrix
  Distribution distribution;
  bool reported = true;  ///< false for internal ones, as the centred Intercept
};

/// Labels of a dim that the model itself defines; a dim without an entry is a factor of the data, named alike.
using DimLabels = std::map<std::string, std::vector<std::string>>;

enum class FamilyKind { gaussian, lognormal };

/// response ~ family(mean, sd): `mean` and `sd` over rows (or scalar); under lognormal both are of log(response).
struct Observation {
  std::string response;
  FamilyKind family = FamilyKind::gaussian;
  NodeId mean = kNone;
  NodeId sd = kNone;
};

/// A reported quantity that is no random variable: b_Intercept of a centred design.
struct Derived {
  std::string name;
  NodeId node = kNone;
};

/// Nodes and variables are only ever appended, each after what it refers to.
class Model {
 public:
  [[nodiscard]] const std::vector<Node>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const std::vector<RandomVariable>& variables() const noexcept { return variables_; }
  [[nodiscard]] const RandomVariable& variable(VariableId id) const { return variables_[static_cast<std::size_t>(id)]; }
  /// Throws base::Error with the nearest name.
  [[nodiscard]] VariableId find(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const;
  /// The node that stands for a variable.
  [[nodiscard]] NodeId node_of(VariableId id) const { return variable_nodes_[static_cast<std::size_t>(id)]; }

  /// Appends a node and works out its dims; `dims` counts only for a gather: {row}, or the factor it is read at.
  NodeId add_node(Node node);
  NodeId constant(double value);
  NodeId column(const std::string& name);
  NodeId unary(Op op, NodeId argument);
  /// Dims must agree, or one side be scalar: base::Error otherwise.
  NodeId binary(Op op, NodeId left, NodeId right);
  NodeId stack(std::vector<NodeId> scalars, const std::string& dim);
  NodeId component(NodeId array, int index);
  /// `argument` over (g) read at each row's level of factor g, or, with `over` another factor in which g's levels
  /// nest, at each of its levels.
  NodeId gather(NodeId argument, const std::string& over = kRow);
  NodeId cumulate(NodeId argument);
  NodeId ar1(NodeId argument, NodeId rho);
  /// Appends a variable; its name must be new (base::Error otherwise).
  VariableId add_variable(RandomVariable variable);
  void add_dim(const std::string& name, std::vector<std::string> labels);
  /// The same as appending to `observations` and `derived`, with checks: base::Error where a mean or sd is missing, is
  /// not a value a row or one for all, or where a name is taken.
  void add_observation(Observation observation);
  void add_derived(Derived quantity);

  DimLabels dim_labels;
  std::vector<Observation> observations;
  std::vector<Derived> derived;
  std::optional<Observation> stacked;  ///< several observations as one: model::stack_observations
  [[nodiscard]] const Observation& joint() const { return stacked ? *stacked : observations.front(); }

  /// Columns and factors of the data the model names.
  [[nodiscard]] std::vector<std::string> data_columns() const;
  [[nodiscard]] std::vector<std::string> data_factors() const;

 private:
  std::vector<Node> nodes_;
  std::vector<RandomVariable> variables_;
  std::vector<NodeId> variable_nodes_;
  std::map<std::string, VariableId> by_name_;
  std::map<std::string, NodeId> columns_;
};

}  // namespace woodbury::model
