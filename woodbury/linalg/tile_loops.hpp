// The innermost loops of linalg::Dense, one set of them an instruction set. Internal to linalg.
#pragma once

#include <cstddef>

#include "woodbury/linalg/dense.hpp"

namespace woodbury::linalg {

/// Rows in tiles of kTile: the element of row kTile·t + r and column k stands at values[t·tile + k·column + r].
struct Panel {
  const double* values;
  std::size_t tile, column;
  [[nodiscard]] Panel from(std::size_t t, std::size_t k) const {
    return {values + t * tile + k * column, tile, column};
  }
};

/// A block of a column-major matrix, of whole tiles.
struct Block {
  double* values;
  std::size_t stride;
  [[nodiscard]] double* at(std::size_t row, std::size_t column) const { return values + column * stride + row; }
  [[nodiscard]] Panel panel(std::size_t row, std::size_t column) const { return {at(row, column), kTile, stride}; }
};

/// Counts are of elements, in multiples of kTile; k, of what is summed over, is any.
struct TileLoops {
  const char* name;
  /// a ← its lower Cholesky factor, unblocked: for orders that caches hold. False where a pivot fails.
  bool (*factor)(const Block& a, std::size_t n);
  /// x ← x L⁻ᵀ for `rows` × n. With `upper`, x is upper triangular (then so is the result) and what is below it zero.
  void (*solve_right)(const Block& x, std::size_t rows, const Block& l, std::size_t n, bool upper);
  /// c ← c − a bᵀ with k columns in a and b; of c's rows × columns only the lower triangle where `lower`.
  void (*subtract_product)(const Block& c, std::size_t rows, std::size_t columns, const Panel& a, const Panel& b,
                           std::size_t k, bool lower);
  /// Lower triangle of c ← c + a aᵀ, with k columns in a. Row `corner` + i of a is zero before column i.
  void (*add_square)(const Block& c, std::size_t rows, const Panel& a, std::size_t k, std::size_t corner);
  /// c ← c + a b with k columns in a and k rows in b.
  void (*add_times)(const Block& c, std::size_t rows, std::size_t columns, const Panel& a, const Block& b,
                    std::size_t k);
  void (*solve)(const Block& l, std::size_t n, double* x);
  void (*solve_transposed)(const Block& l, std::size_t n, double* x);
};

extern const TileLoops kPlainLoops;
#if defined(__x86_64__) && defined(__GNUC__)
#define WOODBURY_X86_LOOPS 1
extern const TileLoops kAvx2Loops, kAvx512Loops;
#endif

}  // namespace woodbury::linalg
