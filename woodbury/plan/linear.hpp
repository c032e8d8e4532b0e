// The observation as a linear model: blocks of integrated and sampled columns, what is left to rows, and the scale.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "woodbury/frame/frame.hpp"
#include "woodbury/kernels/kernels.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::plan {

/// A column of a block's design: data, at one level of a factor or everywhere. In a sampled block its coefficient is an
/// expression.
struct LinearColumn {
  model::NodeId sampled = model::kNone;  ///< scalar, or over the block's factor
  std::vector<model::NodeId> data = {};  ///< row expressions to be summed; kNone is ones
  model::VariableId variable = -1;       ///< of an integrated column that holds one effect alone: its variable
  int component = 0;
  std::string indicator = {};  ///< a factor: rows at other levels than `level` are zero
  std::size_t level = 0;
  model::NodeId row = model::kNone;  ///< of an integrated column, in place of `data`: of sampled variables, over rows
};

/// An integrated variable's share of a column's coefficient: its deviation from its prior mean times `sampled`.
struct Loading {
  std::size_t column = 0;
  model::NodeId sampled = model::kNone;  ///< kNone is 1; over the column's indicator, its value at that level
};

/// A component of an integrated variable: enters as w · Σ loadings · columns.
struct LinearEffect {
  model::VariableId variable = -1;
  int component = 0;
  std::vector<Loading> loadings = {};
};

/// An integrated block's columns are its effects' one by one, unless it is `loaded`: then the effects' loadings make
/// up the columns' coefficients, and there may be more columns than effects or fewer.
struct LinearBlock {
  std::string factor;  ///< empty: one level
  bool integrated = true;
  std::vector<LinearColumn> columns = {};
  std::vector<LinearEffect> effects = {};
  [[nodiscard]] bool loaded() const;
};

/// y (or log y) = Σ blocks + Σ offsets + Σ rest + ε, sd ε = scale(φ) · known(row), or any row expression.
struct LinearModel {
  std::vector<LinearBlock> blocks;      ///< integrated before sampled; within these, factors before the border
  std::vector<model::NodeId> offsets;   ///< row expressions without variables
  std::vector<model::NodeId> rest;      ///< row expressions that must be worked out a row at a time
  model::NodeId scale = model::kNone;   ///< scalar of variables; kNone: 1
  model::NodeId known = model::kNone;   ///< row expression without variables; kNone: 1
  model::NodeId row_sd = model::kNone;  ///< in place of both, where the sd does not come apart
  /// Whether the rows enter through their cross-products alone, for every φ.
  [[nodiscard]] bool by_moments() const { return rest.empty() && !reweighed(); }
  /// Whether AᵀWA differs from point to point: the residual sd or a column varies by row with what is sampled.
  [[nodiscard]] bool reweighed() const { return row_sd != model::kNone || has_row_columns(); }
  [[nodiscard]] bool has_row_columns() const;
  /// The rest, and columns of integrated effects, which vary by row with what is sampled.
  [[nodiscard]] std::vector<model::NodeId> row_expressions() const;
};

/// Gathers the terms of an affine form into blocks. `levels` is asked of factors that loadings vary over.
[[nodiscard]] LinearModel make_linear(model::Model& model, const model::AffineForm& form,
                                      const LevelCount& levels = {});

/// The blocks on a table: codes and evaluated columns, of those that vary with what is sampled a guess.
[[nodiscard]] moments::Design bind_blocks(const model::Model& model, const LinearModel& linear,
                                          const frame::Frame& table);

/// 1 / known², a weight a row; empty: ones.
[[nodiscard]] std::vector<double> known_weights(const model::Model& model, const LinearModel& linear,
                                                const frame::Frame& table);

/// The response as the likelihood sees it: y or log y, less the offsets. Throws base::Error where it has no logarithm.
[[nodiscard]] std::vector<double> response_values(const model::Model& model, const LinearModel& linear,
                                                  const frame::Frame& table);

/// The value of a node that is the same for all φ (or of the component of one): a number, a variable that is constant.
[[nodiscard]] std::optional<double> constant_value(const model::Model& model, model::NodeId node,
                                                   std::size_t component);

/// What reductions may do to the blocks, but for the rules that are switched off.
[[nodiscard]] reduce::Rules reduction_rules(const model::Model& model, const LinearModel& linear,
                                            const kernels::Roles& roles,
                                            const std::set<std::string, std::less<>>& without);

}  // namespace woodbury::plan
