#include "woodbury/kernels/expand.hpp"

#include <algorithm>
#include <numeric>

namespace woodbury::kernels {

void expand(const reduce::Reduction& reduction, Elimination& kernel, const Point& point, base::Stream* stream,
            std::span<const double> reduced, std::span<double> effects) {
  const moments::Layout& layout = reduction.layout();
  const auto& eigenbasis = reduction.eigenbasis();
  std::vector<double> rotated(eigenbasis ? eigenbasis->size : 0);
  const auto of_block = [&](std::size_t k) {
    return eigenbasis && k + 1 == layout.blocks().size() ? std::span(rotated) : effects.subspan(reduction.offset(k));
  };
  for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
    const std::size_t d = layout.blocks()[k].columns;
    const double* from = reduced.data() + layout.offset(k);
    for (const std::size_t level : reduction.kept(k)) {
      std::copy(from, from + d, &of_block(k)[level * d]);
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
    rotation->undo(d, contrasts, of_block(rotation->block));
  }
  if (!eigenbasis) return;
  const double* row = eigenbasis->basis.data();
  for (const std::size_t k : eigenbasis->blocks)
    for (std::size_t i = reduction.offset(k); i < reduction.offset(k + 1); ++i, row += eigenbasis->size)
      effects[i] = std::inner_product(rotated.begin(), rotated.end(), row, 0.0);
}

Roles reduced(const reduce::Reduction& reduction, const Roles& roles) {
  if (!reduction.eigenbasis()) return roles;
  Roles result = roles;
  result.order.insert(result.order.begin(), result.blocks.size());
  result.blocks.push_back({.integrated = true, .diagonal = true, .flat = {}});
  return result;
}

}  // namespace woodbury::kernels
