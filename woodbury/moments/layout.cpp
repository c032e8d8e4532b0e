#include "woodbury/moments/layout.hpp"

#include <utility>

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
