#include "woodbury/moments/totals.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "woodbury/base/base.hpp"

namespace woodbury::moments {

namespace {

using Values = std::vector<Compensated>;

/// W x of a row, its high part split.
struct Weighted {
  Split high;
  double low = 0;
};

Weighted weighted(const Split& x, const Split* weight) {
  if (!weight) return {x, 0};
  const Compensated wx = product(x, *weight);
  return {Split(wx.high), wx.low};
}

void add_product(Compensated& sum, const Weighted& a, const Split& b) { sum += product(a.high, b, a.low * b.value); }

/// The columns of a block in one row.
struct RowOfBlock {
  std::size_t level = 0;
  std::vector<Split> values;
  std::vector<Weighted> weighted;

  void read(const Block& block, std::size_t row, const Split* weight) {
    level = block.level(row);
    for (std::size_t c = 0; c < values.size(); ++c) {
      values[c] = block.columns[c] ? Split((*block.columns[c])[row]) : Split(1);
      weighted[c] = moments::weighted(values[c], weight);
    }
  }
};

/// Only where a ≤ b; `mirror` fills in the rest.
void add_square(const RowOfBlock& row, Compensated* out) {
  const std::size_t d = row.values.size();
  for (std::size_t a = 0; a < d; ++a)
    for (std::size_t b = a; b < d; ++b) add_product(out[a * d + b], row.weighted[a], row.values[b]);
}

void mirror(std::size_t d, Values& squares) {
  for (std::size_t at = 0; at < squares.size(); at += d * d)
    for (std::size_t a = 0; a < d; ++a)
      for (std::size_t b = 0; b < a; ++b) squares[at + a * d + b] = squares[at + b * d + a];
}

std::vector<double> rounded(const Values& values) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const Compensated& value : values) result.push_back(value.value());
  return result;
}

/// Into how many shards many rows are cut; by the table alone, so that the machine's cores change no bit. Where there
/// are many levels, copies of these would cost more than is gained. A shard is never cut again.
std::size_t shards_of(const Design& design) {
  constexpr std::size_t kRows = 1 << 17;
  return std::max<std::size_t>(1, design.rows() / std::max(kRows, 4 * design.size()));
}

/// The rows from `begin` to `end` of a design, whose columns they share.
Design slice(const Design& design, std::size_t begin, std::size_t end) {
  std::vector<Block> blocks = design.blocks();
  for (Block& block : blocks) {
    if (block.codes) block.codes += begin;
    for (ColumnPtr& column : block.columns)
      if (column)
        column =
            std::make_shared<const frame::Numbers>(std::span(column->data() + begin, column->data() + end), column);
  }
  return {end - begin, std::move(blocks)};
}

/// Summed on all cores, a few at a time, and merged in order.
Totals sum_of_shards(const Design& design, const double* weights, std::span<const double* const> responses,
                     const std::vector<std::vector<std::string>>& labels, std::size_t shards) {
  constexpr std::size_t kAtOnce = 16;
  std::optional<Totals> sum;
  for (std::size_t first = 0; first < shards; first += kAtOnce) {
    std::vector<std::optional<Totals>> parts(std::min(kAtOnce, shards - first));
    base::parallel_for(parts.size(), 0, [&](std::size_t i) {
      const std::size_t begin = design.rows() * (first + i) / shards, end = design.rows() * (first + i + 1) / shards;
      std::vector<const double*> values(responses.begin(), responses.end());
      for (const double*& response : values) response += begin;
      parts[i].emplace(slice(design, begin, end), weights ? weights + begin : nullptr, values, labels);
    });
    for (std::optional<Totals>& part : parts)
      if (sum)
        sum->merge(*part);
      else
        sum = std::move(part);
  }
  return std::move(*sum);
}

}  // namespace

Totals::Totals(const Design& design, const double* weights, std::span<const double* const> responses,
               std::vector<std::vector<std::string>> labels)
    : layout_(0, {}, {}), labels_(std::move(labels)), rhs_(responses.size(), Values(design.size())) {
  labels_.resize(design.blocks().size());
  if (const std::size_t shards = shards_of(design); shards > 1) {
    *this = sum_of_shards(design, weights, responses, labels_, shards);
    return;
  }
  const CrossProducts products(design);
  layout_ = products.layout();
  for (const Shape& block : layout_.blocks()) diagonal_.emplace_back(block.size() * block.columns);
  for (const Pattern& p : layout_.patterns())
    pairs_.emplace_back(p.meetings() * layout_.blocks()[p.first].columns * layout_.blocks()[p.second].columns);
  squares_.resize(responses.size() * responses.size());
  add_rows(design, products, weights, responses);
  for (std::size_t k = 0; k < diagonal_.size(); ++k) mirror(layout_.blocks()[k].columns, diagonal_[k]);
  mirror(responses.size(), squares_);
}

void Totals::add_rows(const Design& design, const CrossProducts& products, const double* weights,
                      std::span<const double* const> responses) {
  const auto& blocks = design.blocks();
  std::vector<RowOfBlock> row(blocks.size());
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    row[k].values.resize(blocks[k].columns.size());
    row[k].weighted.resize(blocks[k].columns.size());
  }
  RowOfBlock y{0, std::vector<Split>(responses.size()), std::vector<Weighted>(responses.size())};
  for (std::size_t n = 0; n < design.rows(); ++n) {
    const Split weight(weights ? weights[n] : 1);
    const Split* w = weights ? &weight : nullptr;
    for (std::size_t i = 0; i < responses.size(); ++i) {
      y.values[i] = Split(responses[i][n]);
      y.weighted[i] = weighted(y.values[i], w);
    }
    add_square(y, squares_.data());
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      row[k].read(blocks[k], n, w);
      const std::size_t d = row[k].values.size();
      add_square(row[k], diagonal_[k].data() + row[k].level * d * d);
      for (std::size_t i = 0; i < responses.size(); ++i)
        for (std::size_t c = 0; c < d; ++c)
          add_product(rhs_[i][design.offset(k) + row[k].level * d + c], y.weighted[i], row[k].values[c]);
    }
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const RowOfBlock &a = row[layout_.patterns()[p].first], &b = row[layout_.patterns()[p].second];
      Compensated* out = pairs_[p].data() + products.slot(p, n) * a.values.size() * b.values.size();
      for (const Weighted& left : a.weighted)
        for (const Split& right : b.values) add_product(*out++, left, right);
    }
  }
}

void Totals::subtract(std::size_t response, std::size_t block, std::size_t column, double by) {
  const auto& blocks = layout_.blocks();
  WOODBURY_ASSERT(blocks[block].levels == 1);
  Values& rhs = rhs_[response];
  const std::size_t at = layout_.offset(block) + column, d = blocks[block].columns, count = responses();
  // (y − a by)ᵀ(y − a by) = yᵀy − by (yᵀa + (y − a by)ᵀa), with the other responses once.
  const Values before = [&] {
    Values of_column;
    for (const Values& each : rhs_) of_column.push_back(each[at]);
    return of_column;
  }();
  for (std::size_t c = 0; c < d; ++c) rhs[layout_.offset(block) + c] += product(diagonal_[block][column * d + c], -by);
  for (std::size_t p = 0; p < pairs_.size(); ++p) {
    const Pattern& pattern = layout_.patterns()[p];
    if (pattern.first != block && pattern.second != block) continue;
    const bool is_first = pattern.first == block;
    const std::size_t other = is_first ? pattern.second : pattern.first, e = blocks[other].columns;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s) {
        const std::size_t level = is_first ? static_cast<std::size_t>(pattern.level[s]) : j;
        for (std::size_t c = 0; c < e; ++c)
          rhs[layout_.offset(other) + level * e + c] +=
              product(pairs_[p][s * d * e + (is_first ? column * e + c : c * d + column)], -by);
      }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i == response) continue;
    squares_[i * count + response] += product(before[i], -by);
    squares_[response * count + i] = squares_[i * count + response];
  }
  squares_[response * count + response] += product(before[response], -by);
  squares_[response * count + response] += product(rhs[at], -by);
}

Sums Totals::sums(std::size_t response) const {
  Sums sums;
  for (const Values& values : diagonal_) sums.diagonal.push_back(rounded(values));
  for (const Values& values : pairs_) sums.pairs.push_back(rounded(values));
  sums.rhs = rounded(rhs_[response]);
  sums.square = square(response, response).value();
  return sums;
}

}  // namespace woodbury::moments
