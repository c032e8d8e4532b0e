#include "woodbury/linalg/vector.hpp"

#include "woodbury/linalg/clones.hpp"

namespace woodbury::linalg::detail {

WOODBURY_CLONES void add_scaled_long(double* __restrict out, const double* __restrict x, double a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i];
}

WOODBURY_CLONES void add_scaled_long(double* __restrict out, const double* __restrict x, double a,
                                     const double* __restrict y, double b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * x[i] + b * y[i];
}

}  // namespace woodbury::linalg::detail
