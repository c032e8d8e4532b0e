// The planner's rules by name: what `--without` switches off and `explain` names. One rule a file, each checked after
// it ran.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "woodbury/plan/candidates.hpp"

namespace woodbury::plan {

struct RuleText {
  std::string_view name, does;
};

/// All, those of `reduce` first, in the order in which they run.
[[nodiscard]] std::span<const RuleText> rule_texts();

/// Throws base::Error where a name is no rule's.
void check_rule_names(const std::set<std::string, std::less<>>& names);

inline constexpr std::string_view kNestedTogether = "nested-together", kConditioning = "conditioning",
                                  kInformedFirst = "informed-first", kPreferFuller = "prefer-fuller",
                                  kLevelCentring = "level-centring";

/// Leaves out the sets that integrate a factor's effects and sample those of a factor in which it is nested: these cost
/// no fill. Returns how many.
std::size_t keep_nested_together(const Survey& survey, const std::vector<Group>& groups,
                                 std::vector<std::set<model::VariableId>>& sets);

/// The condition number κ of what a candidate samples, diagonally scaled, given what it integrates, from Lanczos steps
/// at the survey's variances; 1 where nothing linear is sampled. `structure` is that of the candidate's kernel on
/// `sums`.
[[nodiscard]] double condition_number(const Survey& survey, const Priced& priced,
                                      std::shared_ptr<const kernels::Structure> structure, const moments::Sums& sums);

/// Trajectories to an effective draw of the slowest of an effect's scales, where the effect is sampled with it.
[[nodiscard]] double scale_draws(const Information& information, const Centring& centring);

[[nodiscard]] std::size_t cheapest(const std::vector<Priced>& priced);

/// Of the sets priced about as `best`, none of them holding all of another: the one that leaves the least informed
/// factors to be sampled.
[[nodiscard]] std::size_t leave_least_informed(const std::vector<Priced>& priced, std::size_t best);

/// The fullest set that holds all that `best` integrates and costs little more.
[[nodiscard]] std::size_t prefer_fuller(const std::vector<Priced>& priced, std::size_t best);

/// Which levels of a variable over a factor are sampled centred. None where the data say nothing of its levels.
[[nodiscard]] std::optional<Centring> centred_levels(const Survey& survey, model::VariableId variable);

}  // namespace woodbury::plan
