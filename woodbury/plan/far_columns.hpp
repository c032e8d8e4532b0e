// Columns that lie far from zero, as years do, taken from their blocks' columns of ones in the cross-products alone.
#pragma once

#include <cstddef>
#include <vector>

#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {

/// A column of a block, to become itself less `by` times the block's column of ones.
struct FarColumn {
  std::size_t block = 0, ones = 0, column = 0;
  double by = 0;
};

/// Columns of a mean more than ten of their sds, where the block has ones: what is left of their digits in a sum of
/// doubles would not do. `ones`: a block's such column, or −1.
[[nodiscard]] std::vector<FarColumn> far_columns(const Products& products, const std::vector<std::ptrdiff_t>& ones);

/// The cross-products with these columns moved, taken from totals in twice a double's digits and then rounded.
[[nodiscard]] Products moved(const moments::Totals& totals, const std::vector<FarColumn>& far);

}  // namespace woodbury::plan
