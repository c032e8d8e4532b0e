// A table as the likelihood works it: by rows, or by cells of rows that it treats alike.
#pragma once

#include <optional>

#include "woodbury/frame/frame.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {

struct Rows {
  Rows(const plan::Plan& plan, const frame::Frame& all);
  frame::Frame table;                   ///< one row a cell where there are cells
  std::optional<moments::Cells> cells;  ///< where the rows are worked, and some are alike
};

}  // namespace woodbury::density
