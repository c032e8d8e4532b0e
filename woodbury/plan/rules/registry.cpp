#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "woodbury/plan/rules/rules.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::plan {

std::span<const RuleText> rule_texts() {
  static constexpr std::array kTexts{
      RuleText{reduce::kFixedScales, "effects with known scales are turned into eigenvectors of their cross-products"},
      RuleText{reduce::kEqualLevels, "levels that the data treat alike are integrated together, exactly"},
      RuleText{reduce::kFillOrder, "levels of a second crossed factor are eliminated in an order that fills little"},
      RuleText{kCells, "rows that the model treats alike are merged, where rows are worked at every point"},
      RuleText{kStrata, "where the residual scale varies by groups of rows, cross-products are summed for each"},
      RuleText{kNestedTogether, "a factor is integrated with those it is nested in, which costs no fill"},
      RuleText{kConditioning,
               "gradients a draw from the condition of what is sampled, at variances guessed from the data"},
      RuleText{kInformedFirst, "of sets at about one price, that which leaves the least informed levels to be sampled"},
      RuleText{kPreferFuller, "more is integrated where that costs little more: what is integrated has no funnel"},
      RuleText{kLevelCentring, "sampled effects are centred level by level, where the data inform them"}};
  return kTexts;
}

void check_rule_names(const std::set<std::string, std::less<>>& names) {
  std::vector<std::string> known;
  for (const RuleText& rule : rule_texts()) known.emplace_back(rule.name);
  for (const std::string& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw base::Error(fmt::format("--without: no rule `{}`", name), {}, base::did_you_mean(name, known));
}

}  // namespace woodbury::plan
