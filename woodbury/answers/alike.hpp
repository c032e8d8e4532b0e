// Rows that a model treats alike. Internal to answers.
#pragma once

#include <vector>

#include "woodbury/answers/rows.hpp"

namespace woodbury::answers {

/// Of each row the first one with the same levels, columns, offset and, with `noise`, known weight; itself where rows
/// enter the model by anything else.
[[nodiscard]] std::vector<std::size_t> first_alike(const Bound& bound, const Rows& rows, bool noise);

}  // namespace woodbury::answers
