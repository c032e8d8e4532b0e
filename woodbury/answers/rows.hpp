// Rows of a table as a fit's model sees them: which effects they meet, and their linear predictors at a draw.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/answers/bound.hpp"

namespace woodbury::answers {

/// What stands for the group effects. `all`: those of the rows' levels, which must be known. `none`: the average
/// member, effects zero. `fresh`: of `factor` (and of what is nested in it; empty: of any) unknown levels, and rows of
/// a table without its column, are new levels, integrated over; the other factors' levels must be known.
struct GroupEffects {
  enum class Kind { all, none, fresh } kind = Kind::all;
  std::string factor = {};
  /// Whether unknown levels of a factor are integrated over.
  [[nodiscard]] bool fresh(const std::string& of) const;
};

/// What becomes of a block of effects in a row.
enum class Use : std::uint8_t { known, zero, fresh };

/// A table bound to a fit's linear model; immutable, shared by threads. Throws base::Error naming an unknown level.
class Rows {
 public:
  /// `raw`: columns as the user has them, coded as the fit's were.
  static Rows of_new(const Bound& bound, const frame::Frame& raw, const GroupEffects& effects);
  /// Rows coded already.
  static Rows of_coded(const Bound& bound, const frame::Frame& coded, const GroupEffects& effects);
  /// The rows that were fitted.
  static Rows of_fit(const Bound& bound, const GroupEffects& effects);

  [[nodiscard]] std::size_t size() const noexcept { return table_.rows(); }
  [[nodiscard]] const moments::Design& design() const noexcept { return *design_; }
  [[nodiscard]] Use use(std::size_t row, std::size_t block) const {
    return uses_[block][uses_[block].size() > 1 ? row : 0];
  }
  /// Number of the new level that a row has of the fresh factor: rows with one label share it. −1: a known level.
  [[nodiscard]] std::int32_t new_level(std::size_t row) const { return named_ == nullptr ? -1 : named_->level[row]; }
  /// Number of the fresh factor's new levels.
  [[nodiscard]] std::size_t new_levels() const { return named_ == nullptr ? 0 : named_->labels.size(); }
  /// The same of a block's own factor, which may be nested in that one: 0 where the row's level is known.
  [[nodiscard]] std::size_t new_level(std::size_t row, std::size_t block) const {
    return by_block_[block] == nullptr ? 0 : static_cast<std::size_t>(std::max(0, by_block_[block]->level[row]));
  }
  [[nodiscard]] std::size_t new_levels(std::size_t block) const {
    return by_block_[block] == nullptr ? 0 : by_block_[block]->labels.size();
  }
  [[nodiscard]] double offset(std::size_t row) const { return offsets_.empty() ? 0 : offsets_[row]; }
  /// On the model's scale (log y under lognormal); empty where the table lacks it.
  [[nodiscard]] const std::vector<double>& response() const noexcept { return response_; }
  [[nodiscard]] const frame::Frame& table() const noexcept { return table_; }
  /// Row expressions that need values of variables; null where there are none.
  [[nodiscard]] const density::Tape* tape() const noexcept { return tape_.get(); }
  [[nodiscard]] bool zero(const std::string& factor) const;

 private:
  Rows(const Bound& bound, frame::Frame coded, const frame::Frame& raw, const GroupEffects& effects);
  void place_levels(const Bound& bound, const frame::Frame& coded, const frame::Frame& raw);
  void place_factor(const Bound& bound, const frame::Frame& coded, const frame::Frame& raw, const std::string& factor);
  void choose_uses(const Bound& bound);
  GroupEffects effects_;
  frame::Frame table_;  ///< coded, with the fit's levels
  std::shared_ptr<const moments::Design> design_;
  std::vector<std::vector<Use>> uses_;  ///< by block: of each row, or of all
  std::map<std::string, std::vector<bool>> unknown_;
  /// New levels of a factor: a row's, −1 where it is known, and their labels.
  struct NewLevels {
    std::vector<std::int32_t> level;
    std::vector<std::string> labels;
  };
  std::map<std::string, std::shared_ptr<const NewLevels>> new_levels_;
  std::shared_ptr<const NewLevels> named_;                  ///< of the fresh factor
  std::vector<std::shared_ptr<const NewLevels>> by_block_;  ///< null where none is new
  std::vector<double> offsets_, response_;
  std::shared_ptr<const density::Tape> tape_;
};

/// The effect variable that a sampled coefficient over a factor is, or a component of; refused where it is more, and
/// has no prior of its own that a new level's could be drawn from.
[[nodiscard]] model::VariableId effect_of(const plan::Plan& plan, const plan::LinearColumn& column,
                                          const std::string& factor);
/// Whether `effect_of` finds one for every column of a sampled block.
[[nodiscard]] bool has_own_prior(const plan::Plan& plan, const plan::LinearBlock& block);

}  // namespace woodbury::answers
