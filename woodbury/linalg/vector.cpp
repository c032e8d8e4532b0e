#include "woodbury/linalg/vector.hpp"

// Clones are resolved by the loader, before a sanitizer's runtime is up: sanitized builds have the plain ones.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define WOODBURY_CLONES __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define WOODBURY_CLONES
#endif

namespace woodbury::linalg::detail {

WOODBURY_CLONES void add_scaled_long(double* __restrict out, const double* __restrict x, double a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i];
}

WOODBURY_CLONES void add_scaled_long(double* __restrict out, const double* __restrict x, double a,
                                     const double* __restrict y, double b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i] + b * y[i];
}

}  // namespace woodbury::linalg::detail
