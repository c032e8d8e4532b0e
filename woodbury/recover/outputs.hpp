// What recovery puts out: variables and derived quantities, and where each stands on the model's graph. Internal.
#pragma once

#include <cstddef>
#include <vector>

#include "woodbury/draws/draws.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::recover {

/// Where an output variable comes from on the whole tape.
struct Output {
  draws::Variable variable;
  model::NodeId node = model::kNone;
  std::ptrdiff_t correlation = -1;  ///< entry (row · d + column) of R, where the node is a Cholesky factor
  std::size_t width = 0;            ///< its d
};

/// Scalars first. What is sampled but not reported (a centred intercept) is there only where no derived quantity that
/// is there tells it. Without `levels`, no integrated effects over the levels of a
/// grouping factor.
[[nodiscard]] std::vector<Output> outputs_of(const plan::Plan& plan, const frame::Frame& table, bool keep_integrated,
                                             bool levels = true);
/// Whether any of them needs the integrated effects.
[[nodiscard]] bool needs_effects(const plan::Plan& plan, const std::vector<Output>& outputs);
[[nodiscard]] std::vector<model::NodeId> nodes_of(const std::vector<Output>& outputs);

}  // namespace woodbury::recover
