// What a formula and a table must satisfy before there is a model worth sampling; each refusal says what would be
// right.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "woodbury/design/lowering.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::design {

/// The number, from 1, of a used row in the table as read.
using RowNumber = std::function<std::size_t(std::size_t)>;

/// Refuses a response that does not vary, or is not positive where the family needs it.
void check_response(const std::string& name, std::span<const double> values, model::FamilyKind family,
                    const RowNumber& row_number);
/// Refuses weights or known sds that are not positive and finite. `option` is the option that named the column.
void check_positive(const std::string& option, const std::string& name, std::span<const double> values,
                    const RowNumber& row_number);
/// Refuses fixed columns whose coefficients the data cannot tell apart, of those with flat priors: the rest is held by
/// its priors. Columns beside an implicit intercept count less their means.
void check_rank(const Predictor& predictor, const std::vector<Parameter>& parameters, const frame::Frame& data);
/// Refuses a factor with a row a level: its effects and a free, constant sigma cannot be told apart.
void check_rows_per_level(const Predictor& mean, const frame::Frame& data);

/// Says of each slope beside an intercept whose column lies more than 3 sds from zero that centring would help.
[[nodiscard]] std::vector<std::string> far_slopes(const Predictor& predictor);

}  // namespace woodbury::design
