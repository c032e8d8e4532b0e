// The loops of linalg::Dense for AVX2 with fused multiply-add.
#include "woodbury/linalg/tile_loops.hpp"

#ifdef WOODBURY_X86_LOOPS
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#pragma GCC optimize("O3")
#endif

namespace woodbury::linalg {
namespace {
inline __m256d multiply_add(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
}  // namespace
}  // namespace woodbury::linalg

#define WOODBURY_WIDTH 4
#include "woodbury/linalg/tile_loops_body.hpp"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace woodbury::linalg {
const TileLoops kAvx2Loops{"AVX2",     factor,    solve_right, subtract_product,
                           add_square, add_times, solve,       solve_transposed};
}  // namespace woodbury::linalg
#endif
