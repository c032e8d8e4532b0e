#include "woodbury/reduce/reduction.hpp"

#include <utility>

#include "woodbury/reduce/couplings.hpp"
#include "woodbury/reduce/equal_levels.hpp"

namespace woodbury::reduce {

Reduction::Reduction(const moments::Layout& layout, const moments::Sums& sums, const std::vector<bool>& rotatable)
    : layout_(layout), sums_(sums) {
  Couplings couplings(layout, sums);
  std::vector<moments::Contrast> contrasts;
  // A factor that collapsed lets those that cross it collapse further.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t k = 0; k < rotatable.size(); ++k)
      if (rotatable[k] && rotate_equal_levels(k, couplings, contrasts, rotations_)) changed = true;
  }
  for (std::size_t k = 0; k < rotatable.size(); ++k) {
    offsets_.push_back(layout.offset(k));
    auto& kept = kept_.emplace_back();
    for (std::size_t j = 0; j < couplings.levels(k).size(); ++j)
      if (couplings.levels(k)[j].live) kept.push_back(j);
  }
  if (rotations_.empty()) return;
  layout_ = couplings.layout(layout.rows());
  sums_ = couplings.sums(layout_);
  sums_.square = sums.square;
  sums_.contrasts = std::move(contrasts);
  for (moments::Contrast& contrast : sums_.contrasts) {
    const std::vector<double>& scales = couplings.scales(contrast.block);
    for (std::size_t i = 0; i < scales.size(); ++i)
      for (std::size_t j = 0; j < scales.size(); ++j) {
        contrast.square[i * scales.size() + j] *= scales[i] * scales[j];
        contrast.products[i * scales.size() + j] *= scales[i] * scales[j];
      }
  }
  for (Rotation& rotation : rotations_) {
    const std::vector<double>& scales = couplings.scales(rotation.block);
    for (std::size_t i = 0; i < rotation.residuals.size(); ++i) rotation.residuals[i] *= scales[i % scales.size()];
  }
}

}  // namespace woodbury::reduce
