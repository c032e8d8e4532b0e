#include "woodbury/linalg/sparse_pairs.hpp"

#include "woodbury/linalg/clones.hpp"

namespace woodbury::linalg {

namespace {

using Block [[gnu::vector_size(32)]] = double;  ///< 2 × 2, row-major
using Pair [[gnu::vector_size(16)]] = double;
using BlockMemory [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
using PairMemory [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = double;

}  // namespace

/// Two sums in turns, for one would wait for each addition.
WOODBURY_CLONES void multiply_pairs(std::span<const std::size_t> start, std::span<const std::int32_t> column,
                                    const double* values, const double* right, double scale, double* left) {
  const double* m = values;
  for (std::size_t j = 0; j + 1 < start.size(); ++j, left += 2) {
    Block sum = {}, other = {};
    std::size_t s = start[j];
    for (const std::size_t end = start[j + 1]; s + 2 <= end; s += 2, m += 8) {
      const double *x = right + 2 * std::ptrdiff_t{column[s]}, *y = right + 2 * std::ptrdiff_t{column[s + 1]};
      sum += *reinterpret_cast<const BlockMemory*>(m) * Block{x[0], x[1], x[0], x[1]};
      other += *reinterpret_cast<const BlockMemory*>(m + 4) * Block{y[0], y[1], y[0], y[1]};
    }
    if (s < start[j + 1]) {
      const double* x = right + 2 * std::ptrdiff_t{column[s]};
      sum += *reinterpret_cast<const BlockMemory*>(m) * Block{x[0], x[1], x[0], x[1]};
      m += 4;
    }
    sum += other;
    left[0] += scale * (sum[0] + sum[1]);
    left[1] += scale * (sum[2] + sum[3]);
  }
}

WOODBURY_CLONES void multiply_pairs_transposed(std::span<const std::size_t> start, std::span<const std::int32_t> column,
                                               const double* values, const double* left, double scale, double* right) {
  const double* m = values;
  for (std::size_t j = 0; j + 1 < start.size(); ++j, left += 2) {
    const Pair a = scale * left[0] - Pair{}, b = scale * left[1] - Pair{};
    for (std::size_t s = start[j]; s < start[j + 1]; ++s, m += 4) {
      double* out = right + 2 * std::ptrdiff_t{column[s]};
      const Pair sum = *reinterpret_cast<const PairMemory*>(out) +
                       (*reinterpret_cast<const PairMemory*>(m) * a + *reinterpret_cast<const PairMemory*>(m + 2) * b);
      *reinterpret_cast<PairMemory*>(out) = sum;
    }
  }
}

}  // namespace woodbury::linalg
