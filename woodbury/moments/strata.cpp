#include "woodbury/moments/strata.hpp"

#include <algorithm>

namespace woodbury::moments {

namespace {

void add_rank_one(double* out, std::span<const double> a, std::span<const double> b, double weight) {
  for (const double left : a)
    for (const double right : b) *out++ += weight * left * right;
}

}  // namespace

std::vector<std::uint32_t> Strata::find(std::span<const std::size_t> slot_of_row,
                                        std::span<const std::int32_t> stratum_of_row, Entries& entries) {
  const std::size_t rows = slot_of_row.size();
  std::vector<std::uint64_t> key(rows);
  for (std::size_t n = 0; n < rows; ++n)
    key[n] = (static_cast<std::uint64_t>(slot_of_row[n]) << 32U) | static_cast<std::uint32_t>(stratum_of_row[n]);
  std::vector<std::uint64_t> keys = key;
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  for (const std::uint64_t each : keys) {
    entries.slot.push_back(static_cast<std::uint32_t>(each >> 32U));
    entries.stratum.push_back(static_cast<std::uint32_t>(each));
  }
  std::vector<std::uint32_t> entry(rows);
  for (std::size_t n = 0; n < rows; ++n)
    entry[n] = static_cast<std::uint32_t>(std::ranges::lower_bound(keys, key[n]) - keys.begin());
  return entry;
}

Strata::Strata(const Design& design, const CrossProducts& products, std::size_t count, const Rows& rows)
    : layout_(products.layout()), square_(count) {
  const auto& blocks = design.blocks();
  std::vector<std::vector<std::uint32_t>> diagonal_entry, pair_entry;
  std::vector<std::size_t> slot(design.rows());
  for (const Block& block : blocks) {
    for (std::size_t n = 0; n < slot.size(); ++n) slot[n] = block.level(n);
    Entries& entries = diagonal_.emplace_back();
    diagonal_entry.push_back(find(slot, rows.stratum, entries));
    entries.values.resize(entries.slot.size() * block.columns.size() * block.columns.size());
    rhs_.emplace_back(entries.slot.size() * block.columns.size());
  }
  for (std::size_t p = 0; p < layout_.patterns().size(); ++p) {
    const Pattern& pattern = layout_.patterns()[p];
    for (std::size_t n = 0; n < slot.size(); ++n) slot[n] = products.slot(p, n);
    Entries& entries = pairs_.emplace_back();
    pair_entry.push_back(find(slot, rows.stratum, entries));
    entries.values.resize(entries.slot.size() * blocks[pattern.first].columns.size() *
                          blocks[pattern.second].columns.size());
  }
  add_rows(design, rows, diagonal_entry, pair_entry);
}

void Strata::add_rows(const Design& design, const Rows& rows,
                      const std::vector<std::vector<std::uint32_t>>& diagonal_entry,
                      const std::vector<std::vector<std::uint32_t>>& pair_entry) {
  const auto& blocks = design.blocks();
  std::vector<std::vector<double>> row(blocks.size());
  for (std::size_t n = 0; n < design.rows(); ++n) {
    const double weight = rows.weights.empty() ? 1 : rows.weights[n], y = rows.response[n];
    square_[static_cast<std::size_t>(rows.stratum[n])] += weight * y * y + (rows.within.empty() ? 0 : rows.within[n]);
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      row[k].clear();
      for (const ColumnPtr& column : blocks[k].columns) row[k].push_back(column ? (*column)[n] : 1);
      const std::size_t entry = diagonal_entry[k][n], d = row[k].size();
      add_rank_one(&diagonal_[k].values[entry * d * d], row[k], row[k], weight);
      add_rank_one(&rhs_[k][entry * d], row[k], std::span(&y, 1), weight);
    }
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto &a = row[layout_.patterns()[p].first], &b = row[layout_.patterns()[p].second];
      add_rank_one(&pairs_[p].values[pair_entry[p][n] * a.size() * b.size()], a, b, weight);
    }
  }
}

void Strata::weigh(std::span<const double> weights, Sums& sums) const {
  const auto add = [&](const Entries& entries, const std::vector<double>& values, std::size_t size, double* out) {
    const double* from = values.data();
    for (std::size_t e = 0; e < entries.slot.size(); ++e, from += size) {
      const double weight = weights[entries.stratum[e]];
      double* to = out + entries.slot[e] * size;
      for (std::size_t i = 0; i < size; ++i) to[i] += weight * from[i];
    }
  };
  std::ranges::fill(sums.rhs, 0.0);
  for (std::size_t k = 0; k < diagonal_.size(); ++k) {
    const std::size_t d = layout_.blocks()[k].columns;
    std::ranges::fill(sums.diagonal[k], 0.0);
    add(diagonal_[k], diagonal_[k].values, d * d, sums.diagonal[k].data());
    add(diagonal_[k], rhs_[k], d, sums.rhs.data() + layout_.offset(k));
  }
  for (std::size_t p = 0; p < pairs_.size(); ++p) {
    const Pattern& pattern = layout_.patterns()[p];
    std::ranges::fill(sums.pairs[p], 0.0);
    add(pairs_[p], pairs_[p].values, layout_.blocks()[pattern.first].columns * layout_.blocks()[pattern.second].columns,
        sums.pairs[p].data());
  }
  sums.square = 0;
  for (std::size_t s = 0; s < square_.size(); ++s) sums.square += weights[s] * square_[s];
}

void Strata::squares(std::span<const double> mean, const Sums& covariance, std::span<double> out) const {
  std::ranges::copy(square_, out.begin());
  for (std::size_t k = 0; k < diagonal_.size(); ++k)
    add_block(k, mean.subspan(layout_.offset(k)), covariance.diagonal[k], out);
  for (std::size_t p = 0; p < pairs_.size(); ++p) add_pair(p, mean, covariance.pairs[p], out);
}

/// A block's part of ⟨T_s, Cov ω + m mᵀ⟩ − 2 b_sᵀm.
void Strata::add_block(std::size_t block, std::span<const double> mean, std::span<const double> covariance,
                       std::span<double> out) const {
  const Entries& entries = diagonal_[block];
  const std::size_t d = layout_.blocks()[block].columns;
  const double *t = entries.values.data(), *b = rhs_[block].data();
  for (std::size_t e = 0; e < entries.slot.size(); ++e, t += d * d, b += d) {
    const double* m = mean.data() + entries.slot[e] * d;
    const double* v = covariance.data() + entries.slot[e] * d * d;
    double sum = 0;
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) sum += t[i * d + j] * (v[i * d + j] + m[i] * m[j]);
      sum -= 2 * b[i] * m[i];
    }
    out[entries.stratum[e]] += sum;
  }
}

/// The same of a pair of blocks, which stands twice in T_s.
void Strata::add_pair(std::size_t pair, std::span<const double> mean, std::span<const double> covariance,
                      std::span<double> out) const {
  const Entries& entries = pairs_[pair];
  const Pattern& pattern = layout_.patterns()[pair];
  const std::size_t d = layout_.blocks()[pattern.first].columns, f = layout_.blocks()[pattern.second].columns;
  const double *left = mean.data() + layout_.offset(pattern.first),
               *right = mean.data() + layout_.offset(pattern.second), *t = entries.values.data();
  for (std::size_t e = 0, level = 0; e < entries.slot.size(); ++e, t += d * f) {
    const std::size_t slot = entries.slot[e];
    while (slot >= pattern.start[level + 1]) ++level;
    const double *m = left + level * d, *n = right + static_cast<std::size_t>(pattern.level[slot]) * f;
    const double* v = covariance.data() + slot * d * f;
    double sum = 0;
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < f; ++j) sum += t[i * f + j] * (v[i * f + j] + m[i] * n[j]);
    out[entries.stratum[e]] += 2 * sum;
  }
}

std::size_t Strata::numbers() const {
  std::size_t count = 0;
  for (std::size_t k = 0; k < diagonal_.size(); ++k) count += diagonal_[k].values.size() + rhs_[k].size();
  for (const Entries& entries : pairs_) count += entries.values.size();
  return count;
}

}  // namespace woodbury::moments
