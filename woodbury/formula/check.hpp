// Which expressions may stand for a variable or a response: known functions, their arguments, arithmetic.
#pragma once

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {

/// Throws base::Error where a function is unknown, has the wrong arguments, or an operator has no meaning in
/// arithmetic.
void check_variable(const std::string& text, const Node& node);
/// The same for the left side of `~`, which may be arithmetic at its top.
void check_response(const std::string& text, const Node& node);

/// The node inside redundant brackets.
[[nodiscard]] const Node& strip(const Node& node);

}  // namespace woodbury::formula
