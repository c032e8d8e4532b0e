// The table that goes with stacked observations.
#pragma once

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::plan {

/// The rows once for each response, with the indicators of model::stack_observations; as it is where none are stacked.
[[nodiscard]] frame::Frame stacked_table(const model::Model& model, const frame::Frame& table);

}  // namespace woodbury::plan
