// The algebra of terms: + - : * / ^ expanded by R's rules (Wilkinson and Rogers 1973).
#pragma once

#include <utility>
#include <vector>

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {

/// A summand of the right side with its sign.
struct Summand {
  NodePtr node;
  bool plus = true;
};

/// The summands of a chain of + and −, from the left.
[[nodiscard]] std::vector<Summand> summands(const NodePtr& node);

/// Terms of a sum, ordered by degree and within a degree by appearance; `0 + Intercept` is seen to.
[[nodiscard]] Terms expand(const std::string& text, const std::vector<Summand>& sum);

/// Grouping factors of the right side of a `|`: a/b gives a and a:b.
[[nodiscard]] std::vector<std::vector<Variable>> expand_factors(const std::string& text, const NodePtr& node);

/// A variable of a node, checked.
[[nodiscard]] Variable make_variable(const std::string& text, const NodePtr& node);

}  // namespace woodbury::formula
