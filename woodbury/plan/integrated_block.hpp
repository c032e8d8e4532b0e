// The columns and effects that the terms of one integrated block make.
#pragma once

#include <cstddef>
#include <vector>

#include "woodbury/model/model.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// An effect of terms without sampled coefficients has a column of its own, as has one whose coefficient varies by row;
/// loadings share columns. What it is given must outlive it.
class IntegratedBlock {
 public:
  IntegratedBlock(model::Model& model, const LevelCount& levels, LinearBlock& block)
      : model_(model), levels_(levels), block_(block) {}

  void add(const model::AffineTerm& term) { terms_.push_back(&term); }

  /// By variable and component, every component of a variable present: one that does not enter gets zeros.
  void finish();

 private:
  [[nodiscard]] bool is_spread(model::VariableId variable) const;
  void add_effect(model::VariableId variable, int component);
  void add_column(LinearColumn column, LinearEffect& effect);
  void add_loadings(const model::AffineTerm& term, LinearEffect& effect);
  [[nodiscard]] bool vanishes(model::NodeId sampled, std::size_t level) const;
  std::size_t shared_column(const model::AffineTerm& term, std::size_t level);

  model::Model& model_;
  const LevelCount& levels_;
  LinearBlock& block_;
  std::vector<const model::AffineTerm*> terms_;
  std::vector<std::size_t> shared_;
};

}  // namespace woodbury::plan
