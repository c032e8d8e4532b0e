// Small products with a covariance factor, dense or diagonal, of any scalar. Internal to the kernels.
#pragma once

#include <type_traits>
#include <vector>

#include "woodbury/kernels/structure.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

/// A view of an n × m block of AᵀWA that may be stored transposed.
template <class Scalar>
struct BlockView {
  const Scalar* values;
  int rows, columns;
  bool transposed;
  [[nodiscard]] const Scalar& operator()(int i, int j) const {
    return transposed ? values[j * rows + i] : values[i * columns + j];
  }
};

/// Calls body.template operator()<D>() with D = d for 1 … 4, else 0. Scalars other than double are slow anyhow.
template <class Scalar, class Body>
decltype(auto) with_width(int d, Body&& body) {
  if constexpr (std::is_same_v<Scalar, double>) {
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
        break;
    }
  }
  return body.template operator()<0>();
}

/// Effects a level of a block of so many columns.
inline int effects_of(const BlockRole& role, int columns) {
  return role.effects > 0 ? static_cast<int>(role.effects) : columns;
}

/// out ← scale · T C for a dense C of t.columns × effects; both are D where that is not 0.
template <int D, bool transposed, class Scalar>
void times_dense(const BlockView<Scalar>& t, const double* __restrict c, int effects, double scale,
                 Scalar* __restrict out, std::size_t stride) {
  const int e = linalg::size<D>(effects), n = linalg::size<D>(t.columns);
  const int down = transposed ? 1 : n, across = transposed ? t.rows : 1;
  const Scalar* row = t.values;
  for (int i = 0; i < t.rows; ++i, row += down, out += stride)
    for (int j = 0; j < e; ++j) {
      Scalar sum = 0;
      for (int k = 0; k < n; ++k) sum += row[k * across] * c[k * e + j];
      out[j] = scale * sum;
    }
}

/// out ← scale · T C for a diagonal C; t.rows is N where that is not 0.
template <int N, class Scalar>
void times_diagonal(const BlockView<Scalar>& t, const double* __restrict c, double scale, Scalar* __restrict out,
                    std::size_t stride) {
  const int down = t.transposed ? 1 : t.columns, across = t.transposed ? t.rows : 1;
  for (int j = 0; j < t.columns; ++j)
    for (int i = 0; i < linalg::size<N>(t.rows); ++i)
      out[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)] =
          scale * (t.values[i * down + j * across] * c[j]);
}

/// out ← scale · T C, as many columns as C has; out has row stride `stride`.
template <class Scalar>
void times_factor(const BlockView<Scalar>& t, const BlockRole& role, const double* c, double scale, Scalar* out,
                  std::size_t stride) {
  if (role.diagonal) return times_diagonal<0>(t, c, scale, out, stride);
  with_width<Scalar>(role.effects > 0 ? 0 : t.columns, [&]<int D>() {
    const int effects = effects_of(role, t.columns);
    if (t.transposed)
      times_dense<D, true>(t, c, effects, scale, out, stride);
    else
      times_dense<D, false>(t, c, effects, scale, out, stride);
  });
}

/// out ← Cᵀ X for C of rows × D and X of rows × columns (row-major, contiguous). A square C is known by `rows` = 0.
template <int D, class Scalar>
void factor_transposed_times(const BlockRole& role, const double* c, const Scalar* __restrict x, int dynamic,
                             int columns, Scalar* __restrict out, int rows = 0) {
  const int d = linalg::size<D>(dynamic), n = rows == 0 ? d : rows;
  if (role.diagonal) {
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < columns; ++j) out[i * columns + j] = c[i] * x[i * columns + j];
    return;
  }
  for (int i = 0; i < d; ++i, out += columns) {
    if (D > 0 && rows == 0) {  // so few that they stay in registers
      double left[D > 0 ? D : 1];
      for (int k = 0; k < D; ++k) left[k] = c[k * d + i];
      for (int j = 0; j < columns; ++j) {
        Scalar sum = left[0] * x[j];
        for (int k = 1; k < D; ++k) sum += left[k] * x[k * columns + j];
        out[j] = sum;
      }
      continue;
    }
    for (int j = 0; j < columns; ++j) {
      Scalar sum = 0;
      for (int k = 0; k < n; ++k) sum += c[k * d + i] * x[k * columns + j];
      out[j] = sum;
    }
  }
}

/// out_k ← 1 + an upper bound of w (|C|ᵀ|T||C|)_kk, by |t_ij| ≤ √(t_ii t_jj): what a pivot's rounding is relative to. C
/// is n × d, T of n × n.
template <int D, class Factor, class Square, class Scalar>
void magnitudes(const Factor* c, const Square* t, int n, int dynamic, double w, Scalar* out) {
  const int d = linalg::size<D>(dynamic);
  for (int k = 0; k < d; ++k) {
    Scalar sum = 0;
    for (int i = 0; i < n; ++i) sum += c[i * d + k] * c[i * d + k] * t[i * n + i];
    out[k] = 1 + w * n * sum;
  }
}

/// The same with C as the role has it.
template <int D, class Scalar>
void magnitudes(const BlockRole& role, const double* c, const Scalar* t, int rows, int dynamic, double w, Scalar* out) {
  const int d = linalg::size<D>(dynamic);
  if (!role.diagonal) return magnitudes<D>(c, t, D > 0 && role.effects == 0 ? D : rows, d, w, out);
  for (int k = 0; k < d; ++k) out[k] = 1 + w * (c[k] * c[k]) * t[k * d + k];
}

/// w ← C z for one level, with C of rows × d.
template <class Scalar, class Out>
void apply_factor(const BlockRole& role, const double* c, const Scalar* z, int rows, int d, Out* w) {
  for (int i = 0; i < rows; ++i) {
    Scalar sum = 0;
    if (role.diagonal)
      sum = c[i] * z[i];
    else
      for (int k = 0; k < d; ++k) sum += c[i * d + k] * z[k];
    w[i] = static_cast<Out>(sum);
  }
}

/// out ← out + value at (i, j) of a derivative with respect to C of d columns, where C has that entry.
template <class Scalar>
void add_to_factor(const BlockRole& role, int d, int i, int j, const Scalar& value, std::vector<Scalar>& out) {
  if (!role.diagonal)
    out[static_cast<std::size_t>(i * d + j)] += value;
  else if (i == j)
    out[static_cast<std::size_t>(i)] += value;
}

}  // namespace woodbury::kernels
