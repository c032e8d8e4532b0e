// A fit's record bound again: its model, data and plan, and the density at each of its draws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "woodbury/density/density.hpp"
#include "woodbury/design/design.hpp"
#include "woodbury/plan/plan.hpp"
#include "woodbury/recover/recover.hpp"
#include "woodbury/store/store.hpp"

namespace woodbury::answers {

/// What to bind a record as.
struct Binding {
  std::vector<std::string> also = {};  ///< variables to integrate besides those that the fit did
  bool reduce = false;                 ///< with reductions, as the fit had them; answers look at levels one by one
  std::string first = {};  ///< a factor whose levels are eliminated one by one, and no other's; empty: planned
};

/// Immutable; shared by all threads. The record must outlive it. Everything that an answer conditions on is in the
/// record's draws: what the fit sampled, whatever else it kept.
class Bound {
 public:
  explicit Bound(const store::Record& record, const Binding& binding = {});

  [[nodiscard]] const store::Record& record() const noexcept { return record_; }
  [[nodiscard]] const plan::Plan& plan() const noexcept { return plan_; }
  [[nodiscard]] const frame::Frame& data() const noexcept { return record_.data; }
  [[nodiscard]] const density::Density& density() const noexcept { return *density_; }
  [[nodiscard]] const std::optional<design::Coding>& coding() const noexcept { return coding_; }
  [[nodiscard]] const std::optional<design::Coding>& sigma_coding() const noexcept { return sigma_coding_; }
  /// Throws base::Error where the model has several: of these, what goes by rows is not asked.
  [[nodiscard]] const model::Observation& observation() const;
  [[nodiscard]] bool lognormal() const { return observation().family == model::FamilyKind::lognormal; }

  /// Draws of all chains, numbered one chain after the other.
  [[nodiscard]] std::size_t draws() const noexcept { return total_; }
  /// Puts a density (a copy of `density()`) at a draw; the log likelihood there.
  double place(density::Density& density, std::size_t draw) const;
  double place(density::Density& density, std::size_t chain, std::size_t draw) const;

 private:
  /// Where a sampled variable's value comes from: columns of the draws, as they stand or as a correlation matrix.
  struct Value {
    std::size_t at = 0, size = 0;  ///< on the density's tape
    std::size_t first = 0;         ///< column
    std::size_t correlation = 0;   ///< d, where the columns are a correlation matrix's
  };
  /// A sampled variable that only a derived quantity tells, in which it is linear.
  struct Hidden {
    std::size_t at = 0, derived = 0;  ///< its place; the derived quantity's column
    model::NodeId variable, node;
    std::vector<std::pair<model::NodeId, std::size_t>> others;  ///< variables of it, and their columns
  };
  void find_values();
  void find_hidden(model::VariableId variable);
  [[nodiscard]] double solve(const Hidden& hidden, const double* row) const;

  const store::Record& record_;
  plan::Plan plan_;
  std::optional<design::Coding> coding_, sigma_coding_;
  std::unique_ptr<const density::Density> density_;
  std::unique_ptr<const density::Tape> derived_;  ///< of the derived quantities that tell hidden variables
  std::vector<Value> values_;
  std::vector<Hidden> hidden_;
  std::size_t total_ = 0;
};

/// Whether the fit kept its effects' draws, and not what was sampled alone.
[[nodiscard]] bool keeps_effects(const store::Record& record);
/// The record with draws of all effects, redrawn where only what was sampled was kept: from the streams that drew them
/// first, so that they are the same. Without `levels`, only the population's: a summary's.
[[nodiscard]] store::Record with_effects(const store::Record& record, unsigned threads = 0, bool levels = true);

}  // namespace woodbury::answers
