// From the effects of reduced cross-products back to those of the design.
#pragma once

#include <span>

#include "woodbury/kernels/elimination.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::kernels {

/// Roles of the reduction's blocks.
[[nodiscard]] Roles reduced(const reduce::Reduction& reduction, const Roles& roles);

/// effects, in the design's order ← `reduced`, in the reduced layout's, with the contrasts drawn from their exact
/// conditional or, without a stream, at their means. After `integrate` of the reduction's sums at the same point.
void expand(const reduce::Reduction& reduction, Elimination& kernel, const Point& point, base::Stream* stream,
            std::span<const double> reduced, std::span<double> effects);

}  // namespace woodbury::kernels
