// The loops of linalg::Dense for any processor; on x86-64 that is SSE2.
#ifdef __GNUC__
#ifndef __clang__
#pragma GCC optimize("O3")
#endif
#endif

namespace woodbury::linalg {
namespace {
template <class Register>
inline Register multiply_add(Register a, Register b, Register c) {
  return a * b + c;
}
}  // namespace
}  // namespace woodbury::linalg

#define WOODBURY_WIDTH 2
#include "woodbury/linalg/tile_loops_body.hpp"

namespace woodbury::linalg {
const TileLoops kPlainLoops{"plain",    factor,    solve_right, subtract_product,
                            add_square, add_times, solve,       solve_transposed};
}  // namespace woodbury::linalg
