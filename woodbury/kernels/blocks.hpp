// Small products with a covariance factor, dense or diagonal. Internal to the kernels.
#pragma once

#include <vector>

#include "woodbury/kernels/structure.hpp"

namespace woodbury::kernels {

/// A view of an n × m block of AᵀWA that may be stored transposed.
struct BlockView {
  const double* values;
  int rows, columns;
  bool transposed;
  [[nodiscard]] double operator()(int i, int j) const {
    return transposed ? values[j * rows + i] : values[i * columns + j];
  }
};

/// out ← scale · T C; out has row stride `stride`.
inline void times_factor(const BlockView& t, const BlockRole& role, const double* c, double scale, double* out,
                         std::size_t stride) {
  for (int i = 0; i < t.rows; ++i)
    for (int j = 0; j < t.columns; ++j) {
      double sum = 0;
      if (role.diagonal)
        sum = t(i, j) * c[j];
      else
        for (int k = 0; k < t.columns; ++k) sum += t(i, k) * c[k * t.columns + j];
      out[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)] = scale * sum;
    }
}

/// out ← Cᵀ X for X of d × columns (row-major, contiguous).
template <int D>
void factor_transposed_times(const BlockRole& role, const double* c, const double* x, int dynamic, int columns,
                             double* out) {
  const int d = D > 0 ? D : dynamic;
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < columns; ++j) {
      double sum = 0;
      if (role.diagonal)
        sum = c[i] * x[i * columns + j];
      else
        for (int k = 0; k < d; ++k) sum += c[k * d + i] * x[k * columns + j];
      out[i * columns + j] = sum;
    }
}

/// w ← C z for one level.
inline void apply_factor(const BlockRole& role, const double* c, const double* z, int d, double* w) {
  for (int i = 0; i < d; ++i) {
    if (role.diagonal) {
      w[i] = c[i] * z[i];
      continue;
    }
    w[i] = 0;
    for (int k = 0; k < d; ++k) w[i] += c[i * d + k] * z[k];
  }
}

/// out ← out + value at (i, j) of a derivative with respect to C, where C has that entry.
inline void add_to_factor(const BlockRole& role, int d, int i, int j, double value, std::vector<double>& out) {
  if (!role.diagonal)
    out[static_cast<std::size_t>(i * d + j)] += value;
  else if (i == j)
    out[static_cast<std::size_t>(i)] += value;
}

/// Calls body.template operator()<D>() with D = d for 1 … 4, else 0.
template <class Body>
decltype(auto) with_width(int d, Body&& body) {
  switch (d) {
    case 1:
      return body.template operator()<1>();
    case 2:
      return body.template operator()<2>();
    case 3:
      return body.template operator()<3>();
    case 4:
      return body.template operator()<4>();
    default:
      return body.template operator()<0>();
  }
}

}  // namespace woodbury::kernels
