// How an expression depends on a set of variables: the sum of products that integration needs, or why there is none.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

/// One product of a row expression's sum: data(row) · sampled(φ) · integrated, or row(φ) · integrated. A member of the
/// set stands for its deviation from its prior mean; the mean, which may hold other members, gives terms of its own
/// (hierarchical means).
struct AffineTerm {
  NodeId data = kNone;       ///< free of variables; scalar or over rows; kNone is 1
  NodeId sampled = kNone;    ///< of variables outside the set; scalar, or over levels; kNone is 1
  VariableId variable = -1;  ///< member of the set, or −1
  int component = 0;         ///< its column, where it is an effect matrix or a vector of coefficients
  std::string factor = {};   ///< the member's, or without one `sampled`'s; empty: the same for all rows
  std::string over = {};     ///< with a member, the factor that `sampled` varies over: its own only in a series
  NodeId row = kNone;        ///< with a member, in place of `data` and `sampled`: an expression of both, over rows
};

/// expression = Σ terms + Σ rest, where the terms are as above and `rest` holds row expressions that are neither data,
/// nor a data column times something free of rows: they must be worked out a row at a time.
struct AffineForm {
  std::vector<AffineTerm> terms;
  std::vector<NodeId> rest;
};

/// Why an expression is not affine in the set: `culprit` enters in a way that `reason` says in words.
struct Obstacle {
  VariableId culprit = -1;
  std::string reason;
  VariableId partner = -1;  ///< of a product of two members: either may be integrated, not both
};

struct AffineResult {
  AffineForm form;
  std::optional<Obstacle> obstacle;
};

/// Works out `node` (over rows or scalar) as affine in `set`. Nodes of the model are appended where products need them.
[[nodiscard]] AffineResult affine(Model& model, NodeId node, const std::set<VariableId>& set);

/// Variables an expression depends on, directly.
[[nodiscard]] std::set<VariableId> variables_of(const Model& model, NodeId node);

}  // namespace woodbury::model
