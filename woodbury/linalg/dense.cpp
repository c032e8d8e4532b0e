#include "woodbury/linalg/dense.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "woodbury/linalg/tile_loops.hpp"

namespace woodbury::linalg {

namespace {

/// Columns at a time: a panel of so many and a group of tiles stay in the first cache.
constexpr std::size_t kBlock = 128;

Block block_of(const double* a, std::size_t stride) { return {const_cast<double*>(a), stride}; }

/// out ← the block's rows in tiles, a tile's columns one after another.
Panel pack(const Block& from, std::size_t rows, std::size_t columns, AlignedVector& out) {
  double* to = out.data();
  for (std::size_t i = 0; i < rows; i += kTile)
    for (std::size_t k = 0; k < columns; ++k, to += kTile) std::memcpy(to, from.at(i, k), kTile * sizeof(double));
  return {out.data(), kTile * columns, kTile};
}

/// Orders up to a tile, without padding.
bool factor_small(double* a, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) {
    double* column = a + j * n;
    for (std::size_t k = 0; k < j; ++k)
      for (std::size_t i = j; i < n; ++i) column[i] -= a[k * n + i] * a[k * n + j];
    if (!(column[j] > 0) || !std::isfinite(column[j])) return false;
    column[j] = std::sqrt(column[j]);
    const double reciprocal = 1 / column[j];
    for (std::size_t i = j + 1; i < n; ++i) column[i] *= reciprocal;
  }
  return true;
}

/// Begins with the right-hand side's first non-zero.
void solve_small(const double* l, std::size_t n, double* x, std::size_t first) {
  for (std::size_t j = first; j < n; ++j) {
    x[j] /= l[j * n + j];
    for (std::size_t i = j + 1; i < n; ++i) x[i] -= l[j * n + i] * x[j];
  }
}

/// Ends with the last entry that is wanted.
void solve_transposed_small(const double* l, std::size_t n, double* x, std::size_t last) {
  for (std::size_t j = n; j-- > last;) {
    for (std::size_t i = j + 1; i < n; ++i) x[j] -= l[j * n + i] * x[i];
    x[j] /= l[j * n + j];
  }
}

void invert_small(const double* l, std::size_t n, double* inverse) {
  for (std::size_t j = 0; j < n; ++j) {
    double* x = inverse + j * n;
    for (std::size_t i = j; i < n; ++i) x[i] = i == j;
    solve_small(l, n, x, j);
    solve_transposed_small(l, n, x, j);
    for (std::size_t i = j + 1; i < n; ++i) inverse[i * n + j] = x[i];
  }
}

/// Upper triangle ← lower, tile by tile.
void mirror(double* a, std::size_t n) {
  for (std::size_t j = 0; j < n; j += kTile)
    for (std::size_t i = j; i < n; i += kTile)
      for (std::size_t c = 0; c < kTile; ++c)
        for (std::size_t r = i == j ? c + 1 : 0; r < kTile; ++r) a[(i + r) * n + j + c] = a[(j + c) * n + i + r];
}

/// The processor's, best first; made once.
struct Available {
  std::array<const TileLoops*, 3> loops{};
  std::size_t count = 0;
  Available() {
#ifdef WOODBURY_X86_LOOPS
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f")) loops[count++] = &kAvx512Loops;
    if (avx2) loops[count++] = &kAvx2Loops;
#endif
    loops[count++] = &kPlainLoops;
  }
};

}  // namespace

std::span<const TileLoops* const> instruction_sets() {
  static const Available available;
  return std::span(available.loops).first(available.count);
}

Dense::Dense(std::size_t n) : Dense(n, *instruction_sets().front()) {}

Dense::Dense(std::size_t n, const TileLoops& loops) : n_(n), stride_(padded(n)), loops_(&loops) {
  if (n <= kTile) return;
  left_.resize(stride_ * std::min(stride_, kBlock));
  if (stride_ > kBlock) right_.resize(left_.size());
}

bool Dense::factor(double* a) {
  if (n_ <= kTile) return factor_small(a, n_);
  const Block whole{a, stride_};
  for (std::size_t p = 0; p < stride_; p += kBlock) {
    const std::size_t k = std::min(kBlock, stride_ - p), next = p + k, rest = stride_ - next;
    const Block corner{whole.at(p, p), stride_}, below{whole.at(next, p), stride_};
    if (!loops_->factor(corner, k)) return false;
    if (rest == 0) break;
    loops_->solve_right(below, rest, corner, k, false);
    const Panel packed = pack(below, rest, k, left_);
    loops_->subtract_product({whole.at(next, next), stride_}, rest, rest, packed, packed, k, true);
  }
  return true;
}

double Dense::log_determinant(const double* l) const {
  double sum = 0;
  for (std::size_t i = 0; i < n_; ++i) sum += std::log(l[i * stride_ + i]);
  return 2 * sum;
}

void Dense::solve(const double* l, double* x) const {
  n_ <= kTile ? solve_small(l, n_, x, 0) : loops_->solve(block_of(l, stride_), stride_, x);
}

void Dense::solve_transposed(const double* l, double* x) const {
  n_ <= kTile ? solve_transposed_small(l, n_, x, 0) : loops_->solve_transposed(block_of(l, stride_), stride_, x);
}

void Dense::subtract_squares(double* a, const double* x, std::size_t count) const {
  const Panel rows{x, kTile, stride_};
  loops_->subtract_product({a, stride_}, stride_, stride_, rows, rows, count, true);
}

void Dense::multiply(const double* a, const double* x, double* y, std::size_t count) const {
  std::memset(y, 0, count * stride_ * sizeof(double));
  const Panel left{a, kTile, stride_};
  loops_->add_times({y, stride_}, stride_, count, left, block_of(x, stride_), stride_);
}

/// U = L⁻ᵀ from U Lᵀ = I by blocks of columns, and the inverse U Uᵀ from each block as soon as it is done. A block that
/// is done is needed only packed, so that the sum's lower triangle takes its place.
void Dense::invert(const double* l, double* inverse) {
  if (n_ <= kTile) return invert_small(l, n_, inverse);
  const Block factor = block_of(l, stride_), whole{inverse, stride_};
  std::memset(inverse, 0, stride_ * stride_ * sizeof(double));
  for (std::size_t i = 0; i < stride_; ++i) inverse[i * stride_ + i] = 1;
  for (std::size_t p = 0; p < stride_; p += kBlock) {
    const std::size_t k = std::min(kBlock, stride_ - p), next = p + k, rest = stride_ - next;
    const Block corner{factor.at(p, p), stride_};
    loops_->solve_right({whole.at(0, p), stride_}, p, corner, k, false);
    loops_->solve_right({whole.at(p, p), stride_}, k, corner, k, true);
    const Panel done = pack({whole.at(0, p), stride_}, next, k, left_);
    if (rest > 0) {
      const Panel below = pack({factor.at(next, p), stride_}, rest, k, right_);
      loops_->subtract_product({whole.at(0, next), stride_}, next, rest, done, below, k, false);
    }
    for (std::size_t j = p; j < next; ++j) std::memset(whole.at(p, j), 0, k * sizeof(double));
    loops_->add_square(whole, next, done, k, p);
  }
  mirror(inverse, stride_);
}

}  // namespace woodbury::linalg
