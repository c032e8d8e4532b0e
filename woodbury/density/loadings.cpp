#include "woodbury/density/loadings.hpp"

#include <algorithm>

namespace woodbury::density {

Loadings::Loadings(const plan::LinearBlock& block, const Tape& tape, std::span<const moments::Shift> shifts) {
  if (!block.loaded() && shifts.empty()) return;
  effects_ = block.effects.size();
  for (std::size_t c = 0; c < effects_; ++c)
    for (const plan::Loading& loading : block.effects[c].loadings) {
      Entry entry{loading.column, c, -1};
      if (loading.sampled != model::kNone) {
        const std::size_t level = tape.size(loading.sampled) > 1 ? block.columns[loading.column].level : 0;
        entry.place = static_cast<std::ptrdiff_t>(tape.offset(loading.sampled) + level);
      }
      entries_.push_back(entry);
    }
  // The column of ones takes on what the centred ones lost.
  for (const moments::Shift& shift : shifts)
    for (std::size_t i = 0, count = entries_.size(); i < count; ++i)
      if (entries_[i].column == shift.column)
        entries_.push_back({shift.ones, entries_[i].effect, entries_[i].place, shift.by});
}

void Loadings::forward(std::span<const double> values, std::span<const double> c, std::span<double> columns) const {
  std::ranges::fill(columns, 0.0);
  for (const Entry& entry : entries_) {
    const double loading = entry.value(values);
    for (std::size_t i = 0; i < effects_; ++i)
      columns[entry.column * effects_ + i] += loading * c[entry.effect * effects_ + i];
  }
}

void Loadings::backward(std::span<const double> values, std::span<const double> c, std::span<const double> up,
                        std::span<double> change, std::span<double> adjoints) const {
  std::ranges::fill(change, 0.0);
  for (const Entry& entry : entries_) {
    const double* row = &up[entry.column * effects_];
    const double loading = entry.value(values);
    for (std::size_t i = 0; i < effects_; ++i) change[entry.effect * effects_ + i] += loading * row[i];
    if (entry.place < 0) continue;
    double sum = 0;
    for (std::size_t i = 0; i < effects_; ++i) sum += row[i] * c[entry.effect * effects_ + i];
    adjoints[static_cast<std::size_t>(entry.place)] += entry.factor * sum;
  }
}

}  // namespace woodbury::density
