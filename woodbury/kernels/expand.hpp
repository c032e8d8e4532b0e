// From the effects of reduced cross-products back to those of the design.
#pragma once

#include <span>

#include "woodbury/kernels/elimination.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::kernels {

/// Roles of the reduction's blocks.
[[nodiscard]] Roles reduced(const reduce::Reduction& reduction, const Roles& roles);

/// effects, in the design's order ← `reduced`, in the reduced layout's, with the contrasts drawn from their exact
/// conditional or, without a stream, at their means. After `integrate` of the reduction's sums at the same point, but
/// for its factors' rows, which say what effects are (`rows_of`).
void expand(const reduce::Reduction& reduction, Elimination& kernel, const Point& point, base::Stream* stream,
            std::span<const double> reduced, std::span<double> effects);

/// Var(w | y, φ) of single effects, by the reduction's way back where there is one: U V U' + (1 − |U|²) CG⁻¹C' for the
/// levels of a rotation. Immutable: one serves all threads.
class Variances {
 public:
  /// Without a reduction (null) the structure is the design's own.
  Variances(const reduce::Reduction* reduction, const Structure& structure);

  /// Whether an effect is composed of several levels: that costs a forward elimination of each.
  [[nodiscard]] bool composed() const noexcept { return composed_; }
  /// variances, in the design's order, of the integrated blocks' effects by the point's rows of C; after the kernel's
  /// `integrate`. Inverts.
  void operator()(Elimination& kernel, const Point& point, std::span<double> variances) const;
  /// Whether no reduction has touched a block: then its effects are the reduced layout's own.
  [[nodiscard]] bool untouched(std::size_t block) const;

 private:
  void of_level(Elimination& kernel, const Point& point, const reduce::Composition& composition,
                std::span<double> out) const;
  struct Block {
    std::size_t block = 0;  ///< of the design
    bool rotated = false;   ///< in the eigenbasis: a composition an effect, not a level
    std::vector<reduce::Composition> levels;
  };
  std::vector<Block> blocks_;
  std::vector<bool> untouched_;
  bool composed_ = false;
};

}  // namespace woodbury::kernels
