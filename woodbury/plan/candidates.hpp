// The sets of effects a planner may integrate, and what each would cost.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/plan/plan.hpp"
#include "woodbury/plan/survey.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::plan {

/// Integrable variables that go together: those over one factor, or the scalars ("fixed").
struct Group {
  std::string factor;  ///< empty: scalars
  std::set<model::VariableId> variables;
  [[nodiscard]] std::string name() const { return factor.empty() ? "fixed" : factor; }
};

/// A candidate with all that the plan takes over if it is chosen.
struct Priced {
  Candidate candidate;
  std::set<model::VariableId> set;
  LinearModel linear;
  kernels::Roles roles;
  std::vector<std::string> eliminated;  ///< factors in order
  std::vector<Reduced> reductions;
  std::size_t cells = 0;   ///< of rows, to be worked at every gradient; of strata's cross-products, to be summed once
  std::size_t strata = 0;  ///< of rows with a residual scale of their own
  double left = 0;         ///< n τ²/σ², the mean over levels, of the most informed effects that are sampled
};

/// Groups of a detected set, factors in the order of the model's variables, scalars last.
[[nodiscard]] std::vector<Group> groups_of(const model::Model& model, const std::set<model::VariableId>& set);

/// All subsets of the factors, the scalars always with them; of many factors, the whole and those of the first few.
[[nodiscard]] std::vector<std::set<model::VariableId>> subsets(const std::vector<Group>& groups);

/// What a set integrates, as --integrate would have it: "subj, fixed"; "nothing".
[[nodiscard]] std::string set_name(const model::Model& model, const std::vector<Group>& groups,
                                   const std::set<model::VariableId>& set);

/// What the prices depend on beside the data.
struct PriceOptions {
  std::set<std::string, std::less<>> without;          ///< rules
  std::map<std::string, double> measured;              ///< microseconds by candidate
  std::map<model::VariableId, Centring> centring;      ///< of effects, if they are sampled
  std::optional<std::vector<std::size_t>> order = {};  ///< of elimination, where it is given: blocks
};

/// Prices sets on one table.
class Pricing {
 public:
  Pricing(model::Model& model, const frame::Frame& table, const Survey& survey, const PriceOptions& options);
  /// Works out the set's linear model, and the cheapest factor to eliminate. The set must be integrable.
  [[nodiscard]] Priced price(const std::set<model::VariableId>& set, const std::vector<Group>& groups);

 private:
  struct Kernel;
  [[nodiscard]] kernels::Roles roles_of(const LinearModel& linear) const;
  [[nodiscard]] Kernel cheapest(Priced& priced) const;
  void predict_draws(Priced& priced, const Kernel& kernel, const std::vector<Group>& groups) const;
  [[nodiscard]] bool on(std::string_view rule) const { return !options_.without.contains(rule); }
  model::Model& model_;
  const frame::Frame& table_;
  const Survey& survey_;
  PriceOptions options_;
  std::map<model::VariableId, double> scale_draws_;  ///< of each effect, were it sampled
};

}  // namespace woodbury::plan
