// A table as the likelihood works it: by rows, by cells of rows that it treats alike, or by strata of one residual
// scale.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "woodbury/frame/frame.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {

struct Rows {
  Rows(const plan::Plan& plan, const frame::Frame& all);
  frame::Frame table;                   ///< the design's: one row a cell where there are cells
  std::optional<moments::Cells> cells;  ///< where cross-products are no use as they are, and some rows are alike
  std::size_t strata = 0;               ///< of one residual scale each; 0: they are of no use
  std::vector<std::int32_t> stratum;    ///< of each row of the design
  frame::Frame strata_table;            ///< one row a stratum
  /// What the graph's expressions over rows are worked out on.
  [[nodiscard]] const frame::Frame& expressions() const { return strata > 0 ? strata_table : table; }
};

}  // namespace woodbury::density
