// Syntax of a formula: tokens → tree, by binding powers (Pratt 1973).
#pragma once

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {

/// The two sides of `~`; `response` is null in a one-sided formula.
struct Sides {
  NodePtr response;
  NodePtr predictors;
};

/// Throws base::Error with the place of whatever breaks the syntax, functions' names and arguments left to `check`.
[[nodiscard]] Sides parse_sides(const std::string& text);

}  // namespace woodbury::formula
