// Levels of one factor that the data treat alike, each with what is nested in it, rotated into a few pseudo-levels and
// contrasts.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace woodbury::reduce {

/// L sets of levels, each of a level or of one with those nested in it, that have equal Z_jᵀWZ_j = T. Their couplings
/// to everything else, a row each, span r < L dimensions, with orthonormal basis U (L × r). As the priors I ⊗ Σ do not
/// change under a rotation of levels, the effects come apart into U'u, which keeps the couplings, and the rest, which
/// meets nothing and is independent of all else: given y, each of the L − r contrasts has whitened precision I + wCᵀTC.
struct Rotation {
  /// The levels that the sets have of one block, in the sets' order; afterwards the first r hold the pseudo-levels.
  struct Part {
    std::size_t block = 0;
    std::vector<std::size_t> levels;
  };
  std::size_t contrast = 0;  ///< of Sums::contrasts
  std::vector<Part> parts;   ///< as the contrast has them
  std::size_t rank = 0;
  std::vector<double> basis;      ///< U, row-major
  std::vector<double> residuals;  ///< (I − UUᵀ) of the sets' AᵀWr: L × columns of all parts

  [[nodiscard]] std::size_t size() const { return parts[0].levels.size(); }

  /// One part's columns of a matrix whose rows are the sets.
  struct Columns {
    std::span<double> values;
    std::size_t stride, first, count;
    [[nodiscard]] double& at(std::size_t row, std::size_t c) const { return values[row * stride + first + c]; }
  };
  /// effects ← U · pseudo-levels + (I − UUᵀ) contrasts, of one part. `effects` holds all levels of its block, and at
  /// the first r of its levels the pseudo-levels; `contrasts` is overwritten.
  void undo(const Part& part, const Columns& contrasts, std::span<double> effects) const;
};

}  // namespace woodbury::reduce
