#include "woodbury/reduce/reduction.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "woodbury/reduce/couplings.hpp"
#include "woodbury/reduce/equal_levels.hpp"
#include "woodbury/reduce/ordering.hpp"

namespace woodbury::reduce {

Reduction::Reduction(const moments::Layout& layout, const moments::Sums& sums, const std::vector<bool>& rotatable,
                     const std::vector<std::size_t>& order)
    : layout_(layout), sums_(sums) {
  for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
    offsets_.push_back(layout.offset(k));
    auto& kept = kept_.emplace_back(layout.blocks()[k].levels);
    std::iota(kept.begin(), kept.end(), std::size_t{0});
  }
  if (std::find(rotatable.begin(), rotatable.end(), true) != rotatable.end()) rotate(layout, sums, rotatable);
  if (order.size() > 1) renumber(order[0], order[1]);
}

void Reduction::renumber(std::size_t first, std::size_t second) {
  const auto order = fill_reducing_order(layout_, first, second);
  if (!order) return;
  sums_ = renumbered(layout_, sums_, second, *order);
  layout_ = renumbered(layout_, second, *order);
  std::vector<std::size_t> kept;
  for (const std::size_t i : *order) kept.push_back(kept_[second][i]);
  kept_[second] = std::move(kept);
}

void Reduction::rotate(const moments::Layout& layout, const moments::Sums& sums, const std::vector<bool>& rotatable) {
  Couplings couplings(layout, sums);
  std::vector<moments::Contrast> contrasts;
  // A factor that collapsed lets those that cross it collapse further.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t k = 0; k < rotatable.size(); ++k)
      if (rotatable[k] && rotate_equal_levels(k, couplings, contrasts, rotations_)) changed = true;
  }
  if (rotations_.empty()) return;
  for (std::size_t k = 0; k < rotatable.size(); ++k) {
    kept_[k].clear();
    for (std::size_t j = 0; j < couplings.levels(k).size(); ++j)
      if (couplings.levels(k)[j].live) kept_[k].push_back(j);
  }
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
