// The sets of effects a planner may integrate, and what each would cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "woodbury/plan/plan.hpp"
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
  std::size_t cells = 0;  ///< of rows, to be worked at every gradient
};

/// Groups of a detected set, factors in the order of the model's variables, scalars last.
[[nodiscard]] std::vector<Group> groups_of(const model::Model& model, const std::set<model::VariableId>& set);

/// Prices sets on one table.
class Pricing {
 public:
  Pricing(model::Model& model, const frame::Frame& table, bool reduce)
      : model_(model), table_(table), reduce_(reduce) {}
  /// Works out the set's linear model, and the cheapest factor to eliminate. The set must be integrable.
  [[nodiscard]] Priced price(const std::set<model::VariableId>& set, const std::vector<Group>& groups);

 private:
  [[nodiscard]] kernels::Roles roles_of(const LinearModel& linear) const;
  /// What the kernel will see; none where there is nothing to reduce, or the rows are worked.
  [[nodiscard]] std::optional<reduce::Reduction> reduce(const moments::Design& design,
                                                        const moments::CrossProducts& products, Priced& priced) const;
  model::Model& model_;
  const frame::Frame& table_;
  bool reduce_;
};

}  // namespace woodbury::plan
