// The loops of linalg::Dense for AVX-512.
#include "woodbury/linalg/tile_loops.hpp"

#ifdef WOODBURY_X86_LOOPS
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx2,fma,prefer-vector-width=512")
#pragma GCC optimize("O3")
#endif

namespace woodbury::linalg {
namespace {
inline __m512d multiply_add(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
}  // namespace
}  // namespace woodbury::linalg

#define WOODBURY_WIDTH 8
#include "woodbury/linalg/tile_loops_body.hpp"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace woodbury::linalg {
const TileLoops kAvx512Loops{"AVX-512",  factor,    solve_right, subtract_product,
                             add_square, add_times, solve,       solve_transposed};
}  // namespace woodbury::linalg
#endif
