// Which rows a linear model treats alike.
#pragma once

#include <string_view>

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// The rule's name.
inline constexpr std::string_view kCells = "cells";

/// Rows that agree in all that the design, the residual sd and the rest of the mean read of the table. Offsets and
/// known weights may differ within a cell.
[[nodiscard]] moments::Cells find_cells(const model::Model& model, const LinearModel& linear,
                                        const frame::Frame& table);

/// What the model names of the cells' first rows. Every expression of the mean and the sd has the value here that it
/// has in all rows of the cell; the response does not.
[[nodiscard]] frame::Frame cell_table(const model::Model& model, const moments::Cells& cells,
                                      const frame::Frame& table);

}  // namespace woodbury::plan
