// The reductions of a design's cross-products, and the way back from their effects to the design's.
#pragma once

#include <vector>

#include "woodbury/moments/moments.hpp"
#include "woodbury/reduce/rotation.hpp"

namespace woodbury::reduce {

/// Cross-products with fewer levels that give the same marginal likelihood for every covariance and residual scale.
class Reduction {
 public:
  /// `rotatable`: blocks whose effects are independent N(0, Σ) by levels, and integrated. The others stay as they are.
  /// Where `order` begins with two blocks, to be eliminated by levels one after the other, the second's levels are
  /// renumbered so that little fills.
  Reduction(const moments::Layout& layout, const moments::Sums& sums, const std::vector<bool>& rotatable,
            const std::vector<std::size_t>& order = {});

  [[nodiscard]] const moments::Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const moments::Sums& sums() const noexcept { return sums_; }
  /// In the order they were made; undone from last to first.
  [[nodiscard]] const std::vector<Rotation>& rotations() const noexcept { return rotations_; }
  /// Of a block's levels, those that the reduced layout's stand for, in its order.
  [[nodiscard]] const std::vector<std::size_t>& kept(std::size_t block) const { return kept_[block]; }
  /// Of a block's coefficients in the design's order.
  [[nodiscard]] std::size_t offset(std::size_t block) const { return offsets_[block]; }

 private:
  void rotate(const moments::Layout& layout, const moments::Sums& sums, const std::vector<bool>& rotatable);
  void renumber(std::size_t first, std::size_t second);
  moments::Layout layout_;
  moments::Sums sums_;
  std::vector<Rotation> rotations_;
  std::vector<std::vector<std::size_t>> kept_;
  std::vector<std::size_t> offsets_;
};

}  // namespace woodbury::reduce
