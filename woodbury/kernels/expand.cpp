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

Variances::Variances(const reduce::Reduction* reduction, const Structure& structure) {
  const std::size_t count = structure.layout->blocks().size() - (reduction && reduction->eigenbasis() ? 1 : 0);
  for (std::size_t k = 0; k < count; ++k) {
    untouched_.push_back(true);
    if (!structure.integrated[k]) continue;
    Block block{
        k, reduction ? reduction->offset(k) : structure.layout->offset(k), structure.layout->blocks()[k].columns, {}};
    if (reduction) {
      block.levels = reduce::compose(*reduction, k);
      const auto& eigenbasis = reduction->eigenbasis();
      const bool rotated = eigenbasis && std::ranges::count(eigenbasis->blocks, k) > 0;
      if (rotated) block.columns = 1;
      untouched_[k] = !rotated && std::ranges::all_of(block.levels, [&, level = 0U](const auto& each) mutable {
        return each.shares.empty() && each.parts.size() == 1 && each.parts[0].level == level++;
      });
    } else {
      for (std::uint32_t j = 0; j < structure.layout->blocks()[k].levels; ++j)
        block.levels.push_back({{{static_cast<std::uint32_t>(k), j, 1.0}}, {}});
    }
    for (const auto& level : block.levels) composed_ = composed_ || level.parts.size() > 1;
    blocks_.push_back(std::move(block));
  }
}

void Variances::operator()(Elimination& kernel, const Point& point, std::span<double> variances) const {
  kernel.invert();
  for (const Block& block : blocks_) {
    double* out = &variances[block.offset];
    for (const reduce::Composition& level : block.levels) {
      of_level(kernel, point, level, block.columns, {out, block.columns});
      out += block.columns;
    }
  }
}

void Variances::of_level(Elimination& kernel, const Point& point, const reduce::Composition& composition,
                         std::size_t columns, std::span<double> out) const {
  if (composition.parts.size() == 1) {
    const auto& part = composition.parts[0];
    kernel.level_variances(point, part.block, part.level, out);
    for (double& value : out) value *= part.weight * part.weight;
  } else {
    std::vector<Coefficient> form;
    for (std::size_t c = 0; c < columns; ++c) {
      form.clear();
      for (const auto& part : composition.parts)
        form.push_back({part.block, part.level, static_cast<std::uint32_t>(c), part.weight});
      out[c] = kernel.variance(point, form);
    }
  }
  for (const auto& share : composition.shares)
    for (std::size_t c = 0; c < columns; ++c) out[c] += share.weight * kernel.contrast_variance(share.contrast, c);
}

bool Variances::untouched(std::size_t block) const { return untouched_[block]; }

Roles reduced(const reduce::Reduction& reduction, const Roles& roles) {
  if (!reduction.eigenbasis()) return roles;
  Roles result = roles;
  result.order.insert(result.order.begin(), result.blocks.size());
  result.blocks.push_back({.integrated = true, .diagonal = true, .flat = {}});
  return result;
}

}  // namespace woodbury::kernels
