// --tune: what the candidates' gradients take on this machine. The only part of planning that looks at the clock.
#pragma once

#include <map>
#include <string>

#include "woodbury/plan/plan.hpp"

namespace woodbury::fit {

/// Microseconds of a log density with its gradient, by what a candidate integrates, for the candidates of `plan` that
/// are worth it: those predicted to cost a hundred times the cheapest are not timed.
[[nodiscard]] std::map<std::string, double> time_candidates(const plan::Plan& plan, const frame::Frame& table,
                                                            const plan::Options& options);

}  // namespace woodbury::fit
