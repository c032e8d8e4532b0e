// The reductions of a design's cross-products, and the way back from their effects to the design's.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "woodbury/moments/moments.hpp"
#include "woodbury/reduce/fixed_scales.hpp"
#include "woodbury/reduce/rotation.hpp"

namespace woodbury::reduce {

/// The rules by name. Each leaves every marginal likelihood as it is, and is checked after it ran (`invariants.hpp`).
inline constexpr std::string_view kEqualLevels = "equal-levels", kFixedScales = "fixed-scales",
                                  kFillOrder = "fill-order";

/// What may be done to a design's blocks, by block.
struct Rules {
  /// Its effects are integrated, and independent N(0, Σ) by levels: equal levels may be rotated together.
  std::vector<bool> rotatable;
  /// The diagonal of its covariance factor where that is integrated and constant; else empty.
  std::vector<std::vector<double>> fixed;
  /// The first two of an order of elimination by levels; of these the second's levels may be renumbered.
  std::vector<std::size_t> order;
  /// Names of rules that are switched off.
  std::set<std::string, std::less<>> without = {};
  [[nodiscard]] bool on(std::string_view rule) const { return !without.contains(rule); }
};

/// What a rule did: to a block's levels, or to all effects together.
struct Step {
  std::string_view rule;
  std::optional<std::size_t> block;  ///< none: all that may be touched
  std::size_t before = 0, after = 0;
};

/// Cross-products with fewer levels that give the same marginal likelihood for every covariance and residual scale.
class Reduction {
 public:
  Reduction(const moments::Layout& layout, const moments::Sums& sums, const Rules& rules);

  [[nodiscard]] const moments::Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const moments::Sums& sums() const noexcept { return sums_; }
  /// Those that changed something, in the order of the rules.
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  /// Where there is one, the layout has a block more than the design: the last, of standard normal effects.
  [[nodiscard]] const std::optional<Eigenbasis>& eigenbasis() const noexcept { return eigenbasis_; }
  /// In the order they were made; undone from last to first.
  [[nodiscard]] const std::vector<Rotation>& rotations() const noexcept { return rotations_; }
  /// Of a block's levels, those that the reduced layout's stand for, in its order.
  [[nodiscard]] const std::vector<std::size_t>& kept(std::size_t block) const { return kept_[block]; }
  /// Of a block's coefficients in the design's order, the eigenbasis's after all.
  [[nodiscard]] std::size_t offset(std::size_t block) const { return offsets_[block]; }
  [[nodiscard]] std::size_t size() const { return offsets_.back(); }

 private:
  void rotate(const std::vector<bool>& rotatable);
  void renumber(std::size_t first, std::size_t second);
  moments::Layout layout_;
  moments::Sums sums_;
  std::optional<Eigenbasis> eigenbasis_;
  std::vector<Step> steps_;
  std::vector<Rotation> rotations_;
  std::vector<std::vector<std::size_t>> kept_;
  std::vector<std::size_t> offsets_{0};
};

}  // namespace woodbury::reduce
