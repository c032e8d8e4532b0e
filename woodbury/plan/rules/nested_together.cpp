// nested-together: eliminating a factor before those it is nested in fills nothing, and what is integrated has no
// funnel. So a set that holds the inner factor and not the outer is never the better one.
#include <algorithm>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

using model::VariableId;

bool holds(const std::set<VariableId>& set, const Group& group) {
  return std::includes(set.begin(), set.end(), group.variables.begin(), group.variables.end());
}

}  // namespace

std::size_t keep_nested_together(const Survey& survey, const std::vector<Group>& groups,
                                 std::vector<std::set<VariableId>>& sets) {
  std::vector<std::pair<const Group*, const Group*>> pairs;  // inner, outer
  for (const Group& inner : groups)
    for (const Group& outer : groups)
      if (!inner.factor.empty() && !outer.factor.empty() && survey.nested(inner.factor, outer.factor))
        pairs.emplace_back(&inner, &outer);
  const auto split = [&](const std::set<VariableId>& set) {
    return std::any_of(pairs.begin(), pairs.end(),
                       [&](const auto& pair) { return holds(set, *pair.first) && !holds(set, *pair.second); });
  };
  const std::size_t left_out = std::erase_if(sets, split);
  // The whole, and the scalars alone, split nothing.
  WOODBURY_ASSERT(!sets.empty() && std::none_of(sets.begin(), sets.end(), split));
  return left_out;
}

}  // namespace woodbury::plan
