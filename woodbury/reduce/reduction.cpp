#include "woodbury/reduce/reduction.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "woodbury/reduce/couplings.hpp"
#include "woodbury/reduce/equal_levels.hpp"
#include "woodbury/reduce/invariants.hpp"
#include "woodbury/reduce/ordering.hpp"
#include "woodbury/reduce/trees.hpp"

namespace woodbury::reduce {

namespace {

/// Where every factor's scale is known; of ordinary coefficients alone, where there is nothing else.
bool eigenvectors_pay(const Rules& rules) {
  bool factors = false, all_factors = true, all = !rules.fixed.empty();
  for (std::size_t k = 0; k < rules.fixed.size(); ++k) {
    factors = factors || rules.rotatable[k];
    all_factors = all_factors && !(rules.rotatable[k] && rules.fixed[k].empty());
    all = all && !rules.fixed[k].empty();
  }
  return all || (factors && all_factors && !rules.fixed.empty());
}

/// Factors before those they are nested in, so that what is equal within a level is one before levels are compared.
std::vector<std::size_t> inner_first(const Couplings& couplings, const std::vector<bool>& rotatable) {
  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (std::size_t k = 0; k < rotatable.size(); ++k)
    if (rotatable[k]) order.emplace_back(nested_in(k, couplings, rotatable).size(), k);
  std::ranges::sort(order);
  std::vector<std::size_t> result;
  for (const auto& [inner, k] : order) result.push_back(k);
  return result;
}

}  // namespace

Reduction::Reduction(const moments::Layout& layout, const moments::Sums& sums, const Rules& rules)
    : layout_(layout), sums_(sums) {
  std::vector<bool> rotatable = rules.rotatable;
  for (const moments::Shape& block : layout.blocks()) offsets_.push_back(offsets_.back() + block.size());
  if (rules.on(kFixedScales) && eigenvectors_pay(rules) &&
      (eigenbasis_ = rotate_fixed_scales(layout, sums, rules.fixed))) {
    check_fixed_scales(layout, sums, rules.fixed, *eigenbasis_);
    layout_ = std::exchange(eigenbasis_->layout, moments::Layout(0, {}, {}));
    sums_ = std::exchange(eigenbasis_->sums, {});
    offsets_.push_back(offsets_.back() + eigenbasis_->size);
    steps_.push_back({kFixedScales, std::nullopt, eigenbasis_->size, eigenbasis_->size});
    rotatable.assign(rotatable.size(), false);
    rotatable.push_back(true);
  }
  for (const moments::Shape& block : layout_.blocks()) {
    auto& kept = kept_.emplace_back(block.levels);
    std::iota(kept.begin(), kept.end(), std::size_t{0});
  }
  if (rules.on(kEqualLevels) && std::find(rotatable.begin(), rotatable.end(), true) != rotatable.end())
    rotate(rotatable);
  if (rules.on(kFillOrder) && rules.order.size() > 1 && !eigenbasis_) renumber(rules.order[0], rules.order[1]);
}

void Reduction::renumber(std::size_t first, std::size_t second) {
  const auto order = fill_reducing_order(layout_, first, second);
  if (!order) return;
  const Invariants before(layout_, sums_);
  sums_ = renumbered(layout_, sums_, second, *order);
  layout_ = renumbered(layout_, second, *order);
  before.check(Invariants(layout_, sums_));
  steps_.push_back({kFillOrder, second, order->size(), order->size()});
  std::vector<std::size_t> kept;
  for (const std::size_t i : *order) kept.push_back(kept_[second][i]);
  kept_[second] = std::move(kept);
}

void Reduction::rotate(const std::vector<bool>& rotatable) {
  // A rotation leaves each level's own T as it was: blocks of which no two are equal stay.
  std::vector<bool> promising;
  for (std::size_t k = 0; k < rotatable.size(); ++k)
    promising.push_back(rotatable[k] && may_rotate(sums_.diagonal[k], layout_.blocks()[k].columns));
  if (std::ranges::find(promising, true) == promising.end()) return;
  Couplings couplings(layout_, sums_, promising);
  std::vector<moments::Contrast> contrasts;
  const std::vector<std::size_t> order = inner_first(couplings, promising);
  // A factor that collapsed lets those that meet it collapse further: until all have been tried in vain since.
  for (std::size_t i = 0, in_vain = 0; in_vain < order.size(); i = (i + 1) % order.size())
    in_vain = rotate_equal_levels(order[i], couplings, promising, contrasts, rotations_) ? 1 : in_vain + 1;
  if (rotations_.empty()) return;
  const Invariants before(layout_, sums_);
  for (std::size_t k = 0; k < rotatable.size(); ++k) {
    kept_[k].clear();
    for (std::size_t j = 0; j < couplings.levels(k).size(); ++j)
      if (couplings.levels(k)[j].live) kept_[k].push_back(j);
  }
  const double square = sums_.square;
  layout_ = couplings.layout(layout_.rows());
  sums_ = couplings.sums(layout_);
  sums_.square = square;
  sums_.contrasts = std::move(contrasts);
  for (moments::Contrast& contrast : sums_.contrasts) {
    const std::vector<double> scales = couplings.scales_of(contrast.blocks);
    for (std::size_t i = 0; i < scales.size(); ++i)
      for (std::size_t j = 0; j < scales.size(); ++j) {
        contrast.square[i * scales.size() + j] *= scales[i] * scales[j];
        contrast.products[i * scales.size() + j] *= scales[i] * scales[j];
      }
  }
  for (Rotation& rotation : rotations_) {
    const std::vector<double> scales = couplings.scales_of(sums_.contrasts[rotation.contrast].blocks);
    for (std::size_t i = 0; i < rotation.residuals.size(); ++i) rotation.residuals[i] *= scales[i % scales.size()];
  }
  before.check(Invariants(layout_, sums_));
  for (std::size_t k = 0; k < rotatable.size(); ++k) {
    if (eigenbasis_ && k + 1 == rotatable.size())  // equal eigenvalues
      steps_.front().after = kept_[k].size();
    else if (kept_[k].size() < couplings.levels(k).size())
      steps_.push_back({kEqualLevels, k, couplings.levels(k).size(), kept_[k].size()});
  }
}

}  // namespace woodbury::reduce
