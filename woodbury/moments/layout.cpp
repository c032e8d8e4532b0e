#include "woodbury/moments/layout.hpp"

#include <utility>

#include "woodbury/linalg/linalg.hpp"

namespace woodbury::moments {

Layout::Layout(std::size_t rows, std::vector<Shape> blocks, std::vector<Pattern> patterns)
    : rows_(rows), blocks_(std::move(blocks)), offsets_{0}, patterns_(std::move(patterns)) {
  for (const Shape& block : blocks_) offsets_.push_back(offsets_.back() + block.size());
}

std::size_t Layout::pattern(std::size_t first, std::size_t second) const {
  const std::size_t count = blocks_.size();
  return first * count - first * (first + 1) / 2 + (second - first - 1);
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

/// The blocks of one pattern against vectors over its two sides: left ← left + scale · M right, and the transpose.
struct PatternProduct {
  const Pattern& pattern;
  const double* values;
  int rows, columns;

  void forward(const double* right, double scale, double* left) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += rows)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, m += rows * columns)
        add_product(m, right + static_cast<std::ptrdiff_t>(pattern.level[s]) * columns, scale, rows, columns, left);
  }
  void backward(const double* left, double scale, double* right) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += rows)
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, m += rows * columns) {
        double* out = right + static_cast<std::ptrdiff_t>(pattern.level[s]) * columns;
        for (int i = 0; i < rows; ++i)
          for (int k = 0; k < columns; ++k) out[k] += m[i * columns + k] * (scale * left[i]);
      }
  }
};

/// The same for blocks of R × C. Sums go on in several chains, since one alone would wait for each addition.
template <int R, int C>
struct SmallPatternProduct {
  static constexpr std::size_t kSize = R * C, kChains = kSize >= 4 ? 1 : 4 / kSize;
  const Pattern& pattern;
  const double* values;

  void forward(const double* right, double scale, double* left) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += R) {
      double sums[kChains * kSize] = {};
      std::size_t s = pattern.start[j];
      const std::size_t end = pattern.start[j + 1];
      for (; s + kChains <= end; s += kChains, m += kChains * kSize)
        for (std::size_t chain = 0; chain < kChains; ++chain)
          add_terms(m + chain * kSize, met(right, s + chain), sums + chain * kSize);
      for (; s < end; ++s, m += kSize) add_terms(m, met(right, s), sums);
      for (std::size_t i = 0; i < R; ++i) {
        double sum = 0;
        for (std::size_t at = i * C; at < kChains * kSize; at += kSize)
          for (std::size_t k = 0; k < C; ++k) sum += sums[at + k];
        left[i] += scale * sum;
      }
    }
  }
  void backward(const double* left, double scale, double* right) const {
    const double* m = values;
    for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j, left += R) {
      double weights[R];
      for (int i = 0; i < R; ++i) weights[i] = scale * left[i];
      for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s, m += kSize) {
        double* out = right + static_cast<std::ptrdiff_t>(pattern.level[s]) * C;
        for (int k = 0; k < C; ++k) {
          double sum = 0;
          for (int i = 0; i < R; ++i) sum += m[i * C + k] * weights[i];
          out[k] += sum;
        }
      }
    }
  }

 private:
  [[nodiscard]] const double* met(const double* right, std::size_t s) const {
    return right + static_cast<std::ptrdiff_t>(pattern.level[s]) * C;
  }
  static void add_terms(const double* m, const double* x, double* sums) {
    for (int i = 0; i < R; ++i)
      for (int k = 0; k < C; ++k) sums[i * C + k] += m[i * C + k] * x[k];
  }
};

/// For blocks of 2 × 2, intercepts and slopes by intercepts and slopes: the commonest large pattern.
struct PairPatternProduct {
  const Pattern& pattern;
  const double* values;

  void forward(const double* right, double scale, double* left) const {
    linalg::multiply_pairs(pattern.start, pattern.level, values, right, scale, left);
  }
  void backward(const double* left, double scale, double* right) const {
    linalg::multiply_pairs_transposed(pattern.start, pattern.level, values, left, scale, right);
  }
};

/// Calls body with the product of the right static sizes.
template <class Body>
void with_sizes(const Pattern& pattern, const double* values, int rows, int columns, Body&& body) {
  if (rows == 1 && columns == 1) return body(SmallPatternProduct<1, 1>{pattern, values});
  if (rows == 1 && columns == 2) return body(SmallPatternProduct<1, 2>{pattern, values});
  if (rows == 2 && columns == 1) return body(SmallPatternProduct<2, 1>{pattern, values});
  if (rows == 2 && columns == 2) return body(PairPatternProduct{pattern, values});
  return body(PatternProduct{pattern, values, rows, columns});
}

}  // namespace

void Layout::multiply(const Sums& sums, const std::vector<bool>& active, std::span<const double> x, double scale,
                      std::span<double> out) const {
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    if (!active[k]) continue;
    const int d = blocks_[k].width();
    for (std::size_t j = 0; j < blocks_[k].levels; ++j) {
      const std::size_t at = offset(k) + j * static_cast<std::size_t>(d);
      add_product(&sums.diagonal[k][j * static_cast<std::size_t>(d * d)], &x[at], scale, d, d, &out[at]);
    }
  }
  for (std::size_t p = 0; p < patterns_.size(); ++p) {
    const Pattern& pattern = patterns_[p];
    const std::size_t left = offset(pattern.first), right = offset(pattern.second);
    with_sizes(pattern, sums.pairs[p].data(), blocks_[pattern.first].width(), blocks_[pattern.second].width(),
               [&](const auto& product) {
                 if (active[pattern.second]) product.forward(x.data() + right, scale, out.data() + left);
                 if (active[pattern.first]) product.backward(x.data() + left, scale, out.data() + right);
               });
  }
}

}  // namespace woodbury::moments
