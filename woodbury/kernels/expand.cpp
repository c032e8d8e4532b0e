#include "woodbury/kernels/expand.hpp"

#include <algorithm>

namespace woodbury::kernels {

void expand(const reduce::Reduction& reduction, Elimination& kernel, const Point& point, base::Stream* stream,
            std::span<const double> reduced, std::span<double> effects) {
  const moments::Layout& layout = reduction.layout();
  for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
    const std::size_t d = layout.blocks()[k].columns;
    const double* from = reduced.data() + layout.offset(k);
    for (const std::size_t level : reduction.kept(k)) {
      std::copy(from, from + d, &effects[reduction.offset(k) + level * d]);
      from += d;
    }
  }
  std::vector<double> contrasts;
  for (auto rotation = reduction.rotations().rbegin(); rotation != reduction.rotations().rend(); ++rotation) {
    const std::size_t d = layout.blocks()[rotation->block].columns;
    contrasts.resize(rotation->levels.size() * d);
    for (std::size_t i = 0; i < rotation->levels.size(); ++i)
      kernel.contrast_effect(rotation->contrast, std::span(rotation->residuals).subspan(i * d, d), point, stream,
                             std::span(contrasts).subspan(i * d, d));
    rotation->undo(d, contrasts, effects.subspan(reduction.offset(rotation->block)));
  }
}

}  // namespace woodbury::kernels
