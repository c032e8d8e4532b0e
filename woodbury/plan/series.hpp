// Series along a factor, integrated: innovations as effects of their own, one a level, each with a loading a level.
//
// A random walk or an autoregression is u = L(ρ) e with L lower triangular, linear in its innovations e. A row at level
// t has Σ_s L_ts e_s: e_s is a scalar effect, and L_ts(ρ) its sampled loading at level t, so that columns and
// cross-products are those of T indicators of the levels, whatever ρ is.
#pragma once

#include <vector>

#include "woodbury/model/model.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// Of innovations along their own factor: their loadings vary over the levels that they have themselves.
[[nodiscard]] bool is_series(const model::AffineTerm& term);

/// Terms as `affine` gives them, those of variables that are in a series replaced by one for each level s: a component
/// s without a factor, over the series' factor, its coefficient the series at the unit innovation of s.
[[nodiscard]] std::vector<model::AffineTerm> spread_series(model::Model& model,
                                                           const std::vector<model::AffineTerm>& terms,
                                                           const LevelCount& levels);

/// Whether a sampled coefficient is made of a series.
[[nodiscard]] bool samples_series(const model::Model& model, const LinearModel& linear);

}  // namespace woodbury::plan
