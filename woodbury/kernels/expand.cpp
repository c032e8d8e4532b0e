#include "woodbury/kernels/expand.hpp"

#include <algorithm>
#include <numeric>

namespace woodbury::kernels {

void expand(const reduce::Reduction& reduction, Elimination& kernel, const Point& point, base::Stream* stream,
            std::span<const double> reduced, std::span<double> effects) {
  const auto& shapes = reduction.layout().blocks();
  const auto& eigenbasis = reduction.eigenbasis();
  std::vector<double> rotated(eigenbasis ? eigenbasis->size : 0);
  std::vector<std::size_t> rows, offset{0};  // of w in the design
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    rows.push_back(rows_of(kernel.structure(), point, k));
    offset.push_back(offset[k] + (reduction.offset(k + 1) - reduction.offset(k)) / shapes[k].columns * rows[k]);
  }
  const auto of_block = [&](std::size_t k) {
    return eigenbasis && k + 1 == shapes.size() ? std::span(rotated) : effects.subspan(offset[k]);
  };
  const double* from = reduced.data();
  for (std::size_t k = 0; k < shapes.size(); ++k)
    for (const std::size_t level : reduction.kept(k)) {
      std::copy(from, from + rows[k], &of_block(k)[level * rows[k]]);
      from += rows[k];
    }
  std::vector<double> contrasts;
  for (auto rotation = reduction.rotations().rbegin(); rotation != reduction.rotations().rend(); ++rotation) {
    const std::size_t columns = rotation->residuals.size() / rotation->size();
    std::size_t width = 0, first = 0;
    for (const reduce::Rotation::Part& part : rotation->parts) width += rows[part.block];
    contrasts.resize(rotation->size() * width);
    for (std::size_t i = 0; i < rotation->size(); ++i)
      kernel.contrast_effect(rotation->contrast, std::span(rotation->residuals).subspan(i * columns, columns), point,
                             stream, std::span(contrasts).subspan(i * width, width));
    for (const reduce::Rotation::Part& part : rotation->parts) {
      rotation->undo(part, {contrasts, width, first, rows[part.block]}, of_block(part.block));
      first += rows[part.block];
    }
  }
  if (!eigenbasis) return;
  const double* row = eigenbasis->basis.data();
  for (const std::size_t k : eigenbasis->blocks)
    for (std::size_t i = offset[k]; i < offset[k + 1]; ++i, row += eigenbasis->size)
      effects[i] = std::inner_product(rotated.begin(), rotated.end(), row, 0.0);
}

Variances::Variances(const reduce::Reduction* reduction, const Structure& structure) {
  const std::size_t count = structure.layout->blocks().size() - (reduction && reduction->eigenbasis() ? 1 : 0);
  for (std::size_t k = 0; k < count; ++k) {
    untouched_.push_back(true);
    Block block{k, false, {}};
    if (!structure.integrated[k]) {
      block.levels.resize(structure.layout->blocks()[k].levels);
      blocks_.push_back(std::move(block));
      continue;
    }
    if (reduction) {
      block.levels = reduce::compose(*reduction, k);
      const auto& eigenbasis = reduction->eigenbasis();
      block.rotated = eigenbasis && std::ranges::count(eigenbasis->blocks, k) > 0;
      untouched_[k] = !block.rotated && std::ranges::all_of(block.levels, [&, level = 0U](const auto& each) mutable {
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
  double* out = variances.data();
  for (const Block& block : blocks_) {
    const std::size_t rows = block.rotated ? 1 : rows_of(kernel.structure(), point, block.block);
    for (const reduce::Composition& level : block.levels) {
      if (!level.parts.empty() || !level.shares.empty()) of_level(kernel, point, level, {out, rows});
      out += rows;
    }
  }
}

void Variances::of_level(Elimination& kernel, const Point& point, const reduce::Composition& composition,
                         std::span<double> out) const {
  if (composition.parts.size() == 1) {
    const auto& part = composition.parts[0];
    kernel.level_variances(point, part.block, part.level, out);
    for (double& value : out) value *= part.weight * part.weight;
  } else {
    std::vector<Coefficient> form;
    for (std::size_t c = 0; c < out.size(); ++c) {
      form.clear();
      for (const auto& part : composition.parts)
        form.push_back({part.block, part.level, static_cast<std::uint32_t>(c), part.weight});
      out[c] = kernel.variance(point, form);
    }
  }
  for (const auto& share : composition.shares)
    for (std::size_t c = 0; c < out.size(); ++c) out[c] += share.weight * kernel.contrast_covariance(point, share, c);
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
