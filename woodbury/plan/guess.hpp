// A guess of what a column that varies with sampled variables looks like, for prices before anything is sampled.
#pragma once

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::plan {

/// An expression over rows with every variable half a prior standard deviation above its prior's centre, so that what
/// is symmetric about it does not vanish; ones where that is not finite or many powers of ten from one.
[[nodiscard]] moments::ColumnPtr guess(const model::Model& model, model::NodeId node, const frame::Frame& table);

}  // namespace woodbury::plan
