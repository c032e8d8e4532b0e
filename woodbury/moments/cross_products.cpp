#include "woodbury/moments/cross_products.hpp"

#include <algorithm>
#include <utility>

namespace woodbury::moments {

namespace {

/// Rows in order of their level (counting sort): `start[level] … start[level + 1]` of `order`.
struct ByLevel {
  std::vector<std::size_t> start;
  std::vector<std::uint32_t> order;

  ByLevel(const Block& block, std::size_t rows) : start(block.levels + 1), order(rows) {
    for (std::size_t n = 0; n < rows; ++n) ++start[block.level(n) + 1];
    for (std::size_t j = 0; j < block.levels; ++j) start[j + 1] += start[j];
    std::vector<std::size_t> next(start.begin(), start.end() - 1);
    for (std::size_t n = 0; n < rows; ++n) order[next[block.level(n)]++] = static_cast<std::uint32_t>(n);
  }
};

}  // namespace

Design::Design(std::size_t rows, std::vector<Block> blocks) : rows_(rows), blocks_(std::move(blocks)), offsets_{0} {
  for (const Block& block : blocks_) offsets_.push_back(offsets_.back() + block.size());
}

CrossProducts::CrossProducts(const Design& design, std::size_t observations)
    : design_(design), layout_(find_patterns(observations)) {}

Layout CrossProducts::find_patterns(std::size_t observations) {
  const std::size_t count = design_.blocks().size();
  std::vector<Shape> shapes;
  for (const Block& block : design_.blocks()) shapes.push_back({block.levels, block.columns.size()});
  std::vector<Pattern> patterns;
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t l = k + 1; l < count; ++l)
      patterns.push_back(design_.blocks()[l].codes ? find(k, l) : find_with_one(k, l));
  return {observations, std::move(shapes), std::move(patterns)};
}

/// The second block has one level: all levels of the first that have rows meet it.
Pattern CrossProducts::find_with_one(std::size_t first, std::size_t second) {
  const Block& a = design_.blocks()[first];
  std::vector<std::int32_t>& slots = slots_.emplace_back(design_.rows());
  std::vector<std::int32_t> slot(a.levels, -1);
  for (std::size_t n = 0; n < design_.rows(); ++n) slot[a.level(n)] = 0;
  Pattern result{.first = first, .second = second, .start = {0}, .level = {}};
  for (std::int32_t& at : slot) {
    if (at == 0) {
      at = static_cast<std::int32_t>(result.level.size());
      result.level.push_back(0);
    }
    result.start.push_back(result.level.size());
  }
  for (std::size_t n = 0; n < design_.rows(); ++n) slots[n] = slot[a.level(n)];
  return result;
}

Pattern CrossProducts::find(std::size_t first, std::size_t second) {
  const Block& a = design_.blocks()[first];
  const Block& b = design_.blocks()[second];
  const std::size_t rows = design_.rows();
  Pattern result{.first = first, .second = second, .start = {0}, .level = {}};
  std::vector<std::int32_t>& slots = slots_.emplace_back(rows);
  const ByLevel grouped(a, rows);
  std::vector<std::int32_t> slot(b.levels, -1);  // of the level at hand; −1: not met yet
  for (std::size_t j = 0; j < a.levels; ++j) {
    const std::size_t begin = result.level.size();
    for (std::size_t i = grouped.start[j]; i < grouped.start[j + 1]; ++i) {
      auto& seen = slot[b.level(grouped.order[i])];
      if (seen < 0) result.level.push_back(static_cast<std::int32_t>(b.level(grouped.order[i])));
      seen = 0;
    }
    std::sort(result.level.begin() + static_cast<std::ptrdiff_t>(begin), result.level.end());
    for (std::size_t s = begin; s < result.level.size(); ++s)
      slot[static_cast<std::size_t>(result.level[s])] = static_cast<std::int32_t>(s);
    for (std::size_t i = grouped.start[j]; i < grouped.start[j + 1]; ++i)
      slots[grouped.order[i]] = slot[b.level(grouped.order[i])];
    for (std::size_t s = begin; s < result.level.size(); ++s) slot[static_cast<std::size_t>(result.level[s])] = -1;
    result.start.push_back(result.level.size());
  }
  return result;
}

void CrossProducts::accumulate(const Design& design, const double* weights, const double* response, Sums& sums) const {
  const auto& blocks = design.blocks();
  const auto& patterns = layout_.patterns();
  for (auto& values : sums.diagonal) std::fill(values.begin(), values.end(), 0);
  for (auto& values : sums.pairs) std::fill(values.begin(), values.end(), 0);
  const auto rank_one = [](double* out, const Block& a, const Block& b, std::size_t n, double weight) {
    for (const ColumnPtr& left : a.columns) {
      const double weighted = left ? weight * (*left)[n] : weight;
      for (const ColumnPtr& right : b.columns) *out++ += right ? weighted * (*right)[n] : weighted;
    }
  };
  for (std::size_t n = 0; n < design.rows(); ++n) {
    const double weight = weights ? weights[n] : 1;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t d = blocks[k].columns.size();
      rank_one(&sums.diagonal[k][blocks[k].level(n) * d * d], blocks[k], blocks[k], n, weight);
    }
    for (std::size_t p = 0; p < patterns.size(); ++p) {
      const Block &a = blocks[patterns[p].first], &b = blocks[patterns[p].second];
      rank_one(&sums.pairs[p][static_cast<std::size_t>(slots_[p][n]) * a.columns.size() * b.columns.size()], a, b, n,
               weight);
    }
  }
  accumulate_response(design, weights, response, sums);
}

void CrossProducts::accumulate_response(const Design& design, const double* weights, const double* response,
                                        Sums& sums) const {
  std::fill(sums.rhs.begin(), sums.rhs.end(), 0);
  sums.square = 0;
  const auto& blocks = design.blocks();
  for (std::size_t n = 0; n < design.rows(); ++n) {
    const double weighted = (weights ? weights[n] : 1) * response[n];
    sums.square += weighted * response[n];
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t width = blocks[k].columns.size();
      double* out = &sums.rhs[design.offset(k) + blocks[k].level(n) * width];
      for (std::size_t c = 0; c < width; ++c)
        out[c] += weighted * (blocks[k].columns[c] ? (*blocks[k].columns[c])[n] : 1);
    }
  }
}

}  // namespace woodbury::moments
