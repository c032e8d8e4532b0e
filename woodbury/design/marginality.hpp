// Which factors of a term are coded by contrasts and which by an indicator of every level, by R's rules.
#pragma once

#include <functional>
#include <vector>

#include "woodbury/formula/formula.hpp"

namespace woodbury::design {

/// For every term and each of its variables, whether a factor there takes an indicator for every level.
/// A variable takes contrasts where an earlier term holds all the others of its term (R's TermCode); without an
/// intercept the first factor of the first term that has one takes indicators, too (R's model.matrix).
[[nodiscard]] std::vector<std::vector<bool>> full_indicators(
    const formula::Terms& terms, const std::function<bool(const formula::Variable&)>& is_factor);

}  // namespace woodbury::design
