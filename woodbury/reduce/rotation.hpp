// Levels of one factor that the data treat alike, rotated into a few pseudo-levels and contrasts.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace woodbury::reduce {

/// L levels of a block with equal Z_jᵀWZ_j = T. Their couplings to everything else, a row each, span r < L dimensions,
/// with orthonormal basis U (L × r). As the prior I ⊗ Σ does not change under a rotation of the levels, the effects
/// come apart into U'u, which keeps the couplings, and the rest, which meets nothing and is independent of all else:
/// given y, each of the L − r contrasts has whitened precision I + wCᵀTC.
struct Rotation {
  std::size_t block = 0;
  std::size_t contrast = 0;         ///< of Sums::contrasts
  std::vector<std::size_t> levels;  ///< L of them; afterwards the first r hold the pseudo-levels
  std::size_t rank = 0;
  std::vector<double> basis;      ///< U, row-major
  std::vector<double> residuals;  ///< (I − UUᵀ) of the levels' AᵀWr: L × d

  /// effects ← U · pseudo-levels + (I − UUᵀ) contrasts. `effects` holds all levels of the block, d values each, and at
  /// the first r of `levels` the pseudo-levels; `contrasts` (L × d) is overwritten.
  void undo(std::size_t d, std::span<double> contrasts, std::span<double> effects) const;
};

}  // namespace woodbury::reduce
