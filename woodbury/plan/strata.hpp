// Rows that share a residual scale, whatever it may be: their cross-products are summed once, apart from the others'.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {

/// The rule's name.
inline constexpr std::string_view kStrata = "strata";

/// Rows that agree in all that the residual sd reads of the table: those of one response, of one group. Nothing where
/// the mean must be worked a row at a time or one scale is common to all, and where strata would be of less than two
/// rows.
[[nodiscard]] std::optional<moments::Cells> find_strata(const model::Model& model, const LinearModel& linear,
                                                        const frame::Frame& table);

/// At most so many numbers make up the strata's cross-products, of rows that are treated alike merged into `cells`.
[[nodiscard]] double strata_numbers(const moments::Layout& layout, std::size_t strata, std::size_t cells);

}  // namespace woodbury::plan
