// The loops of tile_loops.hpp for registers of WOODBURY_WIDTH doubles. Included once by each file that makes a set of
// them, after that file has told the compiler the instruction set.
#include "woodbury/linalg/tile_loops.hpp"

namespace woodbury::linalg {
namespace {

constexpr std::size_t kWidth = WOODBURY_WIDTH;
using Register [[gnu::vector_size(8 * WOODBURY_WIDTH)]] = double;
using Memory [[gnu::vector_size(8 * WOODBURY_WIDTH), gnu::aligned(8), gnu::may_alias]] = double;

inline Register load(const double* p) { return *reinterpret_cast<const Memory*>(p); }
inline void store(double* p, Register v) { *reinterpret_cast<Memory*>(p) = v; }
inline Register all(double x) { return x - Register{}; }

/// The registers hold a product of kTiles tiles of rows by kColumns columns.
constexpr std::size_t kTiles = kWidth == 8 ? 3 : 1, kColumns = kWidth == 8 ? 8 : kWidth == 4 ? 4 : 2;
constexpr std::size_t kParts = kTile / kWidth;  ///< registers a tile's column takes

/// c ← c ± a bᵀ for `Tiles` tiles of rows and one of columns. Elements of b's column are next to each other, and its
/// columns b_stride apart; or the same of its rows.
template <std::size_t Tiles, bool Add, bool ByRows = false>
inline void multiply(double* c, std::size_t stride, const Panel& a, const double* b, std::size_t b_stride,
                     std::size_t count) {
  const std::size_t down = ByRows ? b_stride : 1, across = ByRows ? 1 : b_stride;
  for (std::size_t first = 0; first < kTile; first += kColumns) {
    Register sum[kColumns][Tiles * kParts] = {};
    const double *x = a.values, *y = b + first * down;
    for (std::size_t k = 0; k < count; ++k, x += a.column, y += across) {
      Register rows[Tiles * kParts];
#pragma GCC unroll 8
      for (std::size_t r = 0; r < Tiles * kParts; ++r) rows[r] = load(x + r / kParts * a.tile + r % kParts * kWidth);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kColumns; ++j) {
        const Register column = all(y[j * down]);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < Tiles * kParts; ++r) sum[j][r] = multiply_add(rows[r], column, sum[j][r]);
      }
    }
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kColumns; ++j)
#pragma GCC unroll 8
      for (std::size_t r = 0; r < Tiles * kParts; ++r) {
        double* out = c + (first + j) * stride + r * kWidth;
        store(out, Add ? load(out) + sum[j][r] : load(out) - sum[j][r]);
      }
  }
}

/// Calls body(row, tiles as a constant) for groups of tiles of the rows from `begin` to `end`.
template <class Body>
inline void for_groups(std::size_t begin, std::size_t end, Body&& body) {
  std::size_t i = begin;
  for (; i + kTiles * kTile <= end; i += kTiles * kTile) body.template operator()<kTiles>(i);
  if constexpr (kTiles > 1) {
    if (i + 2 * kTile <= end) {
      body.template operator()<2>(i);
      i += 2 * kTile;
    }
    if (i < end) body.template operator()<1>(i);
  }
}

/// x ← x L⁻ᵀ for `Tiles` tiles of rows and L of one tile, whose diagonal's reciprocals are given.
template <std::size_t Tiles>
inline void solve_tile(double* x, std::size_t stride, const double* l, std::size_t l_stride,
                       const double (&reciprocal)[kTile]) {
  constexpr std::size_t kAtOnce = kWidth == 8 ? Tiles : 1;
  for (std::size_t part = 0; part < Tiles * kParts; part += kAtOnce) {
    double* at = x + part * kWidth;
    Register v[kTile][kAtOnce];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kTile; ++j)
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kAtOnce; ++r) v[j][r] = load(at + j * stride + r * kWidth);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kTile; ++k) {
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kAtOnce; ++r) {
        v[k][r] *= all(reciprocal[k]);
        store(at + k * stride + r * kWidth, v[k][r]);
      }
#pragma GCC unroll 8
      for (std::size_t j = k + 1; j < kTile; ++j)
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kAtOnce; ++r) v[j][r] = multiply_add(v[k][r], all(-l[k * l_stride + j]), v[j][r]);
    }
  }
}

inline void reciprocals(const double* l, std::size_t stride, double (&out)[kTile]) {
  for (std::size_t j = 0; j < kTile; ++j) out[j] = 1 / l[j * stride + j];
}

/// Cholesky factor of one tile.
inline bool factor_tile(double* a, std::size_t stride) {
  for (std::size_t j = 0; j < kTile; ++j) {
    double* column = a + j * stride;
    const double pivot = column[j];
    if (!(pivot > 0) || !(pivot <= __DBL_MAX__)) return false;
    const double root = __builtin_sqrt(pivot), reciprocal = 1 / root;
    column[j] = root;
    for (std::size_t i = j + 1; i < kTile; ++i) column[i] *= reciprocal;
    for (std::size_t k = j + 1; k < kTile; ++k)
      for (std::size_t i = k; i < kTile; ++i) a[k * stride + i] -= column[i] * column[k];
  }
  return true;
}

bool factor(const Block& a, std::size_t n) {
  for (std::size_t j = 0; j < n; j += kTile) {
    if (j > 0)
      for_groups(j, n, [&]<std::size_t Tiles>(std::size_t i) {
        multiply<Tiles, false>(a.at(i, j), a.stride, a.panel(i, 0), a.at(j, 0), a.stride, j);
      });
    if (!factor_tile(a.at(j, j), a.stride)) return false;
    double reciprocal[kTile];
    reciprocals(a.at(j, j), a.stride, reciprocal);
    for_groups(j + kTile, n, [&]<std::size_t Tiles>(std::size_t i) {
      solve_tile<Tiles>(a.at(i, j), a.stride, a.at(j, j), a.stride, reciprocal);
    });
  }
  return true;
}

void solve_right(const Block& x, std::size_t rows, const Block& l, std::size_t n, bool upper) {
  for_groups(0, rows, [&]<std::size_t Tiles>(std::size_t i) {
    const std::size_t begin = upper ? i : 0;
    for (std::size_t j = begin; j < n; j += kTile) {
      if (j > begin)
        multiply<Tiles, false>(x.at(i, j), x.stride, x.panel(i, begin), l.at(j, begin), l.stride, j - begin);
      double reciprocal[kTile];
      reciprocals(l.at(j, j), l.stride, reciprocal);
      solve_tile<Tiles>(x.at(i, j), x.stride, l.at(j, j), l.stride, reciprocal);
    }
  });
}

void subtract_product(const Block& c, std::size_t rows, std::size_t columns, const Panel& a, const Panel& b,
                      std::size_t k, bool lower) {
  for_groups(0, rows, [&]<std::size_t Tiles>(std::size_t i) {
    const std::size_t end = lower ? i + Tiles * kTile : columns;
    for (std::size_t j = 0; j < end; j += kTile)
      multiply<Tiles, false>(c.at(i, j), c.stride, a.from(i / kTile, 0), b.values + j / kTile * b.tile, b.column, k);
  });
}

void add_square(const Block& c, std::size_t rows, const Panel& a, std::size_t k, std::size_t corner) {
  for_groups(0, rows, [&]<std::size_t Tiles>(std::size_t i) {
    const std::size_t begin = i > corner ? i - corner : 0;
    const Panel left = a.from(i / kTile, begin);
    for (std::size_t j = 0; j < i + Tiles * kTile; j += kTile) {
      const double* right = a.from(j / kTile, begin).values;
      multiply<Tiles, true>(c.at(i, j), c.stride, left, right, a.column, k - begin);
    }
  });
}

void add_times(const Block& c, std::size_t rows, std::size_t columns, const Panel& a, const Block& b, std::size_t k) {
  for_groups(0, rows, [&]<std::size_t Tiles>(std::size_t i) {
    for (std::size_t j = 0; j < columns; j += kTile)
      multiply<Tiles, true, true>(c.at(i, j), c.stride, a.from(i / kTile, 0), b.at(0, j), b.stride, k);
  });
}

void solve(const Block& l, std::size_t n, double* x) {
  for (std::size_t j = 0; j < n; j += kTile) {
    for (std::size_t k = j; k < j + kTile; ++k) {
      x[k] /= *l.at(k, k);
      for (std::size_t i = k + 1; i < j + kTile; ++i) x[i] -= *l.at(i, k) * x[k];
    }
    for (std::size_t i = j + kTile; i < n; i += kWidth) {
      Register sum = load(x + i);
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kTile; ++k) sum = multiply_add(load(l.at(i, j + k)), all(-x[j + k]), sum);
      store(x + i, sum);
    }
  }
}

/// The sum of a row's elements k, k + 8, … is kept apart for each k, so that every width adds in the same order.
inline double folded(const Register (&sum)[kParts]) {
  double part[kTile];
  for (std::size_t p = 0; p < kParts; ++p) store(part + p * kWidth, sum[p]);
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
}

void solve_transposed(const Block& l, std::size_t n, double* x) {
  for (std::size_t j = n; j > 0;) {
    j -= kTile;
    for (std::size_t k = j; k < j + kTile; ++k) {
      Register sum[kParts] = {};
      for (std::size_t i = j + kTile; i < n; i += kTile)
        for (std::size_t p = 0; p < kParts; ++p)
          sum[p] = multiply_add(load(l.at(i + p * kWidth, k)), load(x + i + p * kWidth), sum[p]);
      x[k] -= folded(sum);
    }
    for (std::size_t k = j + kTile; k-- > j;) {
      for (std::size_t i = k + 1; i < j + kTile; ++i) x[k] -= *l.at(i, k) * x[i];
      x[k] /= *l.at(k, k);
    }
  }
}

}  // namespace
}  // namespace woodbury::linalg
