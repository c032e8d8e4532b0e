// Series along a factor, integrated: innovations as effects of their own, one a level, each with a loading a level.
//
// A random walk or an autoregression is u = L(ρ) e with L lower triangular, linear in its innovations e. A row at level
// t has Σ_s L_ts e_s: e_s is a scalar effect, and L_ts(ρ) its sampled loading at level t, so that columns and
// cross-products are those of T indicators of the levels, whatever ρ is.
#pragma once

#include <set>
#include <vector>

#include "woodbury/model/model.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// Of innovations along their own factor: their loadings vary over the levels that they have themselves.
[[nodiscard]] bool is_series(const model::AffineTerm& term);

/// Whether the prior sd of a variable varies over a factor of the data.
[[nodiscard]] bool varies_by_level(const model::Model& model, model::VariableId variable);

/// Members whose values become effects of their own, one a level.
[[nodiscard]] std::set<model::VariableId> spread_members(const model::Model& model,
                                                         const std::vector<model::AffineTerm>& terms);

/// Terms as `affine` gives them, those of such members replaced by one for each level s: a component s without a
/// factor, over the member's factor, its coefficient the series, or the member itself, at the unit innovation of s.
[[nodiscard]] std::vector<model::AffineTerm> spread_levels(model::Model& model,
                                                           const std::vector<model::AffineTerm>& terms,
                                                           const LevelCount& levels);

/// Whether a sampled coefficient is made of a series.
[[nodiscard]] bool samples_series(const model::Model& model, const LinearModel& linear);

}  // namespace woodbury::plan
