#include "woodbury/fit/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"

namespace woodbury::fit::correlation {

namespace {

/// a ← L⁻ᵀ a for a d × d, column-major.
void solve_transposed(std::span<const double> l, std::size_t d, std::span<double> a) {
  for (std::size_t c = 0; c < d; ++c)
    for (std::size_t i = d; i-- > 0;) {
      double& value = a[c * d + i];
      for (std::size_t k = i + 1; k < d; ++k) value -= l[i * d + k] * a[c * d + k];
      value /= l[i * d + i];
    }
}

void transpose(std::size_t d, std::span<double> a) {
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < i; ++j) std::swap(a[i * d + j], a[j * d + i]);
}

}  // namespace

std::vector<double> from_factor(std::span<const double> factor, std::size_t d) {
  std::vector<double> r(d * d);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k <= std::min(i, j); ++k) r[i * d + j] += factor[k * d + i] * factor[k * d + j];
  return r;
}

std::vector<double> factor_of(const std::string& name, std::span<const double> r, std::size_t d) {
  std::vector<double> factor(d * d);
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = j; i < d; ++i) {
      double sum = r[i * d + j];
      for (std::size_t k = 0; k < j; ++k) sum -= factor[k * d + i] * factor[k * d + j];
      const bool symmetric = std::abs(r[i * d + j] - r[j * d + i]) < 1e-8;
      const bool unit = i != j || std::abs(r[i * d + i] - 1) < 1e-8;
      if (!symmetric || !unit || (i == j && !(sum > 0)))
        throw base::Error(fmt::format("`{}` is no correlation matrix", name), {},
                          "symmetric, ones on the diagonal, positive definite");
      factor[j * d + i] = i == j ? std::sqrt(sum) : sum / factor[j * d + j];
    }
  return factor;
}

std::vector<double> derivatives(std::span<const double> factor, std::span<const double> by_factor, std::size_t d) {
  std::vector<double> s(d * d);
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = j; i < d; ++i) {  // Φ(Lᵀ L̄)
      for (std::size_t k = i; k < d; ++k) s[j * d + i] += factor[i * d + k] * by_factor[j * d + k];
      if (i == j) s[j * d + i] /= 2;
    }
  solve_transposed(factor, d, s);
  transpose(d, s);
  solve_transposed(factor, d, s);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) s[i * d + j] = s[j * d + i] = s[i * d + j] + s[j * d + i];
    s[i * d + i] = 0;
  }
  return s;
}

}  // namespace woodbury::fit::correlation
