#include "woodbury/moments/cross_products.hpp"

#include <algorithm>
#include <utility>

namespace woodbury::moments {

namespace {

std::int32_t level_of(const Block& block, std::size_t row) { return block.codes ? block.codes[row] : 0; }

/// Rows in order of their level (counting sort): `start[level] … start[level + 1]` of `order`.
struct ByLevel {
  std::vector<std::size_t> start;
  std::vector<std::uint32_t> order;

  ByLevel(const Block& block, std::size_t rows) : start(block.levels + 1), order(rows) {
    for (std::size_t n = 0; n < rows; ++n) ++start[static_cast<std::size_t>(level_of(block, n)) + 1];
    for (std::size_t j = 0; j < block.levels; ++j) start[j + 1] += start[j];
    std::vector<std::size_t> next(start.begin(), start.end() - 1);
    for (std::size_t n = 0; n < rows; ++n)
      order[next[static_cast<std::size_t>(level_of(block, n))]++] = static_cast<std::uint32_t>(n);
  }
};

}  // namespace

Design::Design(std::size_t rows, std::vector<Block> blocks) : rows_(rows), blocks_(std::move(blocks)), offsets_{0} {
  for (const Block& block : blocks_) offsets_.push_back(offsets_.back() + block.size());
}

CrossProducts::CrossProducts(const Design& design) : design_(design) {
  const std::size_t count = design.blocks().size();
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t l = k + 1; l < count; ++l) patterns_.push_back(find(k, l));
}

std::size_t CrossProducts::pattern(std::size_t first, std::size_t second) const {
  const std::size_t count = design_.blocks().size();
  // Pairs in the order (0,1), (0,2), …, (1,2), …
  return first * count - first * (first + 1) / 2 + (second - first - 1);
}

Pattern CrossProducts::find(std::size_t first, std::size_t second) const {
  const Block& a = design_.blocks()[first];
  const Block& b = design_.blocks()[second];
  const std::size_t rows = design_.rows();
  Pattern result{.first = first, .second = second, .start = {0}, .level = {}, .slot_of_row = {}};
  result.slot_of_row.resize(rows);
  const ByLevel grouped(a, rows);
  std::vector<std::int32_t> slot(b.levels, -1);  // of the level at hand; −1: not met yet
  for (std::size_t j = 0; j < a.levels; ++j) {
    const std::size_t begin = result.level.size();
    for (std::size_t i = grouped.start[j]; i < grouped.start[j + 1]; ++i) {
      auto& seen = slot[static_cast<std::size_t>(level_of(b, grouped.order[i]))];
      if (seen < 0) result.level.push_back(level_of(b, grouped.order[i]));
      seen = 0;
    }
    std::sort(result.level.begin() + static_cast<std::ptrdiff_t>(begin), result.level.end());
    for (std::size_t s = begin; s < result.level.size(); ++s)
      slot[static_cast<std::size_t>(result.level[s])] = static_cast<std::int32_t>(s);
    for (std::size_t i = grouped.start[j]; i < grouped.start[j + 1]; ++i)
      result.slot_of_row[grouped.order[i]] = slot[static_cast<std::size_t>(level_of(b, grouped.order[i]))];
    for (std::size_t s = begin; s < result.level.size(); ++s) slot[static_cast<std::size_t>(result.level[s])] = -1;
    result.start.push_back(result.level.size());
  }
  return result;
}

Sums CrossProducts::zeros() const {
  Sums sums;
  for (const Block& block : design_.blocks()) sums.diagonal.emplace_back(block.size() * block.columns.size());
  for (const Pattern& p : patterns_)
    sums.pairs.emplace_back(p.meetings() * design_.blocks()[p.first].columns.size() *
                            design_.blocks()[p.second].columns.size());
  sums.rhs.resize(design_.size());
  return sums;
}

void CrossProducts::accumulate(const double* weights, const double* response, Sums& sums) const {
  const auto& blocks = design_.blocks();
  for (auto& values : sums.diagonal) std::fill(values.begin(), values.end(), 0);
  for (auto& values : sums.pairs) std::fill(values.begin(), values.end(), 0);
  std::vector<std::vector<double>> row(blocks.size());
  for (std::size_t k = 0; k < blocks.size(); ++k) row[k].resize(blocks[k].columns.size());
  const auto rank_one = [](double* out, const std::vector<double>& a, const std::vector<double>& b, double weight) {
    for (const double left : a)
      for (const double right : b) *out++ += weight * left * right;
  };
  for (std::size_t n = 0; n < design_.rows(); ++n) {
    const double weight = weights ? weights[n] : 1;
    for (std::size_t k = 0; k < blocks.size(); ++k)
      for (std::size_t c = 0; c < row[k].size(); ++c) row[k][c] = blocks[k].columns[c] ? (*blocks[k].columns[c])[n] : 1;
    for (std::size_t k = 0; k < blocks.size(); ++k)
      rank_one(&sums.diagonal[k][static_cast<std::size_t>(level_of(blocks[k], n)) * row[k].size() * row[k].size()],
               row[k], row[k], weight);
    for (std::size_t p = 0; p < patterns_.size(); ++p) {
      const auto& a = row[patterns_[p].first];
      const auto& b = row[patterns_[p].second];
      rank_one(&sums.pairs[p][static_cast<std::size_t>(patterns_[p].slot_of_row[n]) * a.size() * b.size()], a, b,
               weight);
    }
  }
  accumulate_response(weights, response, sums);
}

void CrossProducts::accumulate_response(const double* weights, const double* response, Sums& sums) const {
  std::fill(sums.rhs.begin(), sums.rhs.end(), 0);
  sums.square = 0;
  const auto& blocks = design_.blocks();
  for (std::size_t n = 0; n < design_.rows(); ++n) {
    const double weighted = (weights ? weights[n] : 1) * response[n];
    sums.square += weighted * response[n];
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t width = blocks[k].columns.size();
      double* out = &sums.rhs[design_.offset(k) + static_cast<std::size_t>(level_of(blocks[k], n)) * width];
      for (std::size_t c = 0; c < width; ++c)
        out[c] += weighted * (blocks[k].columns[c] ? (*blocks[k].columns[c])[n] : 1);
    }
  }
}

namespace {

/// out ← out + scale · M x, with M rows × columns.
void add_product(const double* m, const double* x, double scale, int rows, int columns, double* out) {
  for (int i = 0; i < rows; ++i) {
    double sum = 0;
    for (int j = 0; j < columns; ++j) sum += m[i * columns + j] * x[j];
    out[i] += scale * sum;
  }
}

/// The blocks of one pattern against vectors over its two sides, the block's size known to the compiler where it is
/// small (R × C; 0: any).
template <int R, int C>
struct PatternProduct {
  const Pattern& pattern;
  const double* values;
  int rows, columns;

  [[nodiscard]] int r() const { return R > 0 ? R : rows; }
  [[nodiscard]] int c() const { return C > 0 ? C : columns; }

  /// left ← left + scale · M right.
  void forward(const double* right, double scale, double* left) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += r())
      for (int i = 0; i < r(); ++i) {
        double sum = 0;
        const double* row = m + i * c();
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, row += r() * c()) {
          const double* x = right + static_cast<std::ptrdiff_t>(pattern.level[s]) * c();
          for (int k = 0; k < c(); ++k) sum += row[k] * x[k];
        }
        left[i] += scale * sum;
        if (i + 1 == r()) m = row - i * c();
      }
  }

  /// right ← right + scale · Mᵀ left.
  void backward(const double* left, double scale, double* right) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += r())
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, m += r() * c()) {
        double* out = right + static_cast<std::ptrdiff_t>(pattern.level[s]) * c();
        for (int i = 0; i < r(); ++i) {
          const double weight = scale * left[i];
          for (int k = 0; k < c(); ++k) out[k] += m[i * c() + k] * weight;
        }
      }
  }
};

/// Calls body with the product of the right static sizes.
template <class Body>
void with_sizes(const Pattern& pattern, const double* values, int rows, int columns, Body&& body) {
  if (rows == 1 && columns == 1) return body(PatternProduct<1, 1>{pattern, values, rows, columns});
  if (rows == 1 && columns == 2) return body(PatternProduct<1, 2>{pattern, values, rows, columns});
  if (rows == 2 && columns == 1) return body(PatternProduct<2, 1>{pattern, values, rows, columns});
  if (rows == 2 && columns == 2) return body(PatternProduct<2, 2>{pattern, values, rows, columns});
  return body(PatternProduct<0, 0>{pattern, values, rows, columns});
}

}  // namespace

void CrossProducts::multiply(const Sums& sums, const std::vector<bool>& active, std::span<const double> x, double scale,
                             std::span<double> out) const {
  const auto& blocks = design_.blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (!active[k]) continue;
    const int d = blocks[k].width();
    for (std::size_t j = 0; j < blocks[k].levels; ++j) {
      const std::size_t at = design_.offset(k) + j * static_cast<std::size_t>(d);
      add_product(&sums.diagonal[k][j * static_cast<std::size_t>(d * d)], &x[at], scale, d, d, &out[at]);
    }
  }
  for (std::size_t p = 0; p < patterns_.size(); ++p) {
    const Pattern& pattern = patterns_[p];
    const std::size_t left = design_.offset(pattern.first), right = design_.offset(pattern.second);
    with_sizes(pattern, sums.pairs[p].data(), blocks[pattern.first].width(), blocks[pattern.second].width(),
               [&](const auto& product) {
                 if (active[pattern.second]) product.forward(&x[right], scale, &out[left]);
                 if (active[pattern.first]) product.backward(&x[left], scale, &out[right]);
               });
  }
}

}  // namespace woodbury::moments
