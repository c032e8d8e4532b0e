#include "woodbury/kernels/contrasts.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

template <class Scalar>
void BasicContrasts<Scalar>::bind(const std::vector<moments::Contrast>& contrasts, const Structure& structure) {
  solved_.resize(contrasts.size());
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    Solved& s = solved_[i];
    s.contrast = &contrasts[i];
    s.parts.clear();
    s.columns = s.width = 0;
    for (const std::size_t block : contrasts[i].blocks) {
      const int columns = structure.layout->blocks()[block].width(),
                width = effects_of(structure.roles.blocks[block], columns);
      s.parts.push_back({block, s.columns, columns, s.width, width});
      s.columns += columns;
      s.width += width;
    }
    const auto n = static_cast<std::size_t>(s.columns), d = static_cast<std::size_t>(s.width);
    for (auto* matrix : {&s.c, &s.left, &s.products, &s.mean}) matrix->assign(n * d, 0);
    for (auto* matrix : {&s.factor, &s.inverse, &s.second, &s.projected}) matrix->assign(d * d, 0);
    s.before.assign(d, 0);
  }
}

template <class Scalar>
void BasicContrasts<Scalar>::fill_factor(const Roles& roles, const Point& point, Solved& s) {
  for (const Part& part : s.parts) {
    const double* factor = point.factor[part.block].data();
    Scalar* c = &s.c[static_cast<std::size_t>(part.row * s.width + part.effect)];
    for (int i = 0; i < part.columns; ++i, c += s.width)
      if (roles.blocks[part.block].diagonal)
        c[i] = factor[i];
      else
        std::copy_n(factor + i * part.width, part.width, c);
  }
}

template <class Scalar>
bool BasicContrasts<Scalar>::integrate(const std::vector<moments::Contrast>& contrasts, const Structure& structure,
                                       const Point& point, Totals totals) {
  if (solved_.size() != contrasts.size() || (!solved_.empty() && solved_[0].contrast != contrasts.data()))
    bind(contrasts, structure);
  for (Solved& s : solved_) {
    fill_factor(structure.roles, point, s);
    if (!with_width<Scalar>(s.width, [&]<int D>() { return solve<D>(s, point.precision, totals); })) return false;
  }
  return true;
}

template <class Scalar>
template <int D>
bool BasicContrasts<Scalar>::solve(Solved& s, double w, Totals totals) {
  using std::log;
  const int d = linalg::size<D>(s.width), n = s.columns;
  for (auto* matrix : {&s.left, &s.factor, &s.products, &s.mean}) std::fill(matrix->begin(), matrix->end(), Scalar(0));
  linalg::add_product(s.contrast->square.data(), s.c.data(), s.left.data(), n, n, d, w);
  for (int i = 0; i < d; ++i) s.factor[static_cast<std::size_t>(i * d + i)] = 1;
  linalg::add_transposed_product(s.c.data(), s.left.data(), s.factor.data(), d, n, d);
  if (!linalg::cholesky<D>(s.factor.data(), d)) return false;
  const auto count = static_cast<double>(s.contrast->count);
  magnitudes<D>(s.c.data(), s.contrast->square.data(), n, d, w, s.before.data());
  Scalar logs = 0, worst = 1;
  for (int i = 0; i < d; ++i) {
    const Scalar& root = s.factor[static_cast<std::size_t>(i * d + i)];
    logs += log(root);
    const Scalar ratio = s.before[static_cast<std::size_t>(i)] / (root * root);
    totals.rounding.pivots += count * ratio;
    if (ratio > worst) worst = ratio;
  }
  totals.log_determinant += 2 * count * logs;
  linalg::inverse_from_cholesky<D>(s.factor.data(), s.inverse.data(), d);
  linalg::add_product(s.contrast->products.data(), s.c.data(), s.products.data(), n, n, d, w * w);
  linalg::add_product(s.products.data(), s.inverse.data(), s.mean.data(), n, d, d);
  Scalar explained = 0;
  for (int i = 0; i < n * d; ++i) explained += s.c[static_cast<std::size_t>(i)] * s.mean[static_cast<std::size_t>(i)];
  totals.explained += explained;
  totals.rounding.squares += worst * explained;
  return true;
}

template <class Scalar>
void BasicContrasts<Scalar>::gradient(const Roles& roles, BasicGradient<Scalar>& out, Scalar& squares) {
  for (Solved& s : solved_) with_width<Scalar>(s.width, [&]<int D>() { differentiate<D>(s, roles, out, squares); });
}

template <class Scalar>
template <int D>
void BasicContrasts<Scalar>::differentiate(Solved& s, const Roles& roles, BasicGradient<Scalar>& out, Scalar& squares) {
  const int d = linalg::size<D>(s.width), n = s.columns;
  const auto count = static_cast<double>(s.contrast->count);
  std::fill(s.projected.begin(), s.projected.end(), Scalar(0));
  linalg::add_transposed_product(s.c.data(), s.mean.data(), s.projected.data(), d, n, d);
  for (int i = 0; i < d * d; ++i)
    s.second[static_cast<std::size_t>(i)] = count * s.inverse[static_cast<std::size_t>(i)];
  linalg::add_product(s.inverse.data(), s.projected.data(), s.second.data(), d, d, d);
  for (int i = 0; i < d; ++i) squares += count - s.second[static_cast<std::size_t>(i * d + i)];
  // ∂/∂C = w²SCG⁻¹ − wTC Σ E[zzᵀ].
  linalg::add_product(s.left.data(), s.second.data(), s.mean.data(), n, d, d, -1);
  for (const Part& part : s.parts)
    for (int i = 0; i < part.columns; ++i)
      for (int j = 0; j < part.width; ++j)
        add_to_factor(roles.blocks[part.block], part.width, i, j,
                      s.mean[static_cast<std::size_t>((part.row + i) * d + part.effect + j)], out.factor[part.block]);
}

template <class Scalar>
void BasicContrasts<Scalar>::effect(std::size_t contrast, std::span<const double> b, const Roles& roles,
                                    const Point& point, base::Stream* stream, std::span<double> w) {
  Solved& s = solved_[contrast];
  const int d = s.width;
  Scalar* z = s.projected.data();
  Scalar* projected = s.second.data();
  std::fill(projected, projected + d, Scalar(0));
  linalg::add_transposed_product(s.c.data(), b.data(), projected, d, s.columns, 1, point.precision);
  for (int i = 0; i < d; ++i) z[i] = stream ? stream->normal() : 0;
  linalg::solve_lower_transposed<0>(s.factor.data(), z, d, 1);
  linalg::add_product(s.inverse.data(), projected, z, d, d, 1);
  double* out = w.data();
  for (const Part& part : s.parts) {
    const BlockRole& role = roles.blocks[part.block];
    const std::vector<double>& factor = point.factor[part.block];
    const int rows = role.diagonal ? part.width : static_cast<int>(factor.size()) / part.width;
    apply_factor(role, factor.data(), z + part.effect, rows, part.width, out);
    out += rows;
  }
}

template <class Scalar>
double BasicContrasts<Scalar>::covariance(const reduce::Composition::Share& share, const Roles& roles,
                                          const Point& point, std::size_t c) const {
  const Solved& s = solved_[share.contrast];
  const Part &a = s.parts[share.first], &b = s.parts[share.second];  // of one block
  const std::vector<double>& factor = point.factor[a.block];
  const auto at = [&](std::size_t i, std::size_t j) -> const Scalar& {
    return s.inverse[(static_cast<std::size_t>(a.effect) + i) * static_cast<std::size_t>(s.width) +
                     static_cast<std::size_t>(b.effect) + j];
  };
  if (roles.blocks[a.block].diagonal) return static_cast<double>(factor[c] * at(c, c) * factor[c]);
  const auto d = static_cast<std::size_t>(a.width);
  Scalar sum = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) sum += factor[c * d + i] * at(i, j) * factor[c * d + j];
  return static_cast<double>(sum);
}

template class BasicContrasts<double>;
template class BasicContrasts<Twice>;
template class BasicContrasts<Wide>;

}  // namespace woodbury::kernels
