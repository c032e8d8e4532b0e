// A factor's levels, each with the levels nested in it: what the rule of equal levels rotates together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/reduce/couplings.hpp"

namespace woodbury::reduce {

/// Blocks, of those that may be rotated, whose live levels each meet one level of `block`, and of one another only
/// levels that meet the same.
[[nodiscard]] std::vector<std::size_t> nested_in(std::size_t block, const Couplings& couplings,
                                                 const std::vector<bool>& rotatable);

/// The live levels of a block as roots, each with all levels of blocks nested in it that it meets, by block and then by
/// what they hold, so that equal trees have their levels in one order.
class Trees {
 public:
  struct Place {
    std::uint32_t block, level;
  };

  Trees(std::size_t block, const Couplings& couplings, const std::vector<bool>& rotatable);

  [[nodiscard]] std::size_t size() const { return start_.size() - 1; }
  /// Root first.
  [[nodiscard]] std::span<const Place> of(std::size_t tree) const {
    return std::span(places_).subspan(start_[tree], start_[tree + 1] - start_[tree]);
  }
  /// The roots' block, and those nested in it.
  [[nodiscard]] const std::vector<std::size_t>& blocks() const { return blocks_; }
  /// Nothing is nested in the roots.
  [[nodiscard]] bool plain() const { return blocks_.size() == 1; }
  /// Whether what a level of the tree meets is in the tree. Of trees, levels that meet are in one.
  [[nodiscard]] bool inside(const Coupling& coupling) const { return !plain() && in_[coupling.block]; }
  /// A level's place in its tree.
  [[nodiscard]] std::size_t position(const Coupling& coupling) const {
    return position_[first_[coupling.block] + coupling.level];
  }

 private:
  void order(const Couplings& couplings);
  std::vector<std::size_t> blocks_, start_{0}, first_{0};
  std::vector<bool> in_;  ///< by block
  std::vector<Place> places_;
  std::vector<std::uint32_t> position_;  ///< of levels, numbered through all blocks
};

}  // namespace woodbury::reduce
