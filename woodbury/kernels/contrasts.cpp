#include "woodbury/kernels/contrasts.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

namespace {

/// C as a full matrix.
template <class Scalar>
void fill_factor(const BlockRole& role, const std::vector<double>& factor, std::size_t d, std::vector<Scalar>& c) {
  if (!role.diagonal) {
    std::copy(factor.begin(), factor.end(), c.begin());
    return;
  }
  for (std::size_t i = 0; i < d; ++i) c[i * d + i] = factor[i];
}

}  // namespace

template <class Scalar>
void BasicContrasts<Scalar>::bind(const std::vector<moments::Contrast>& contrasts, const Roles& roles) {
  solved_.resize(contrasts.size());
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    Solved& s = solved_[i];
    s.contrast = &contrasts[i];
    s.columns = static_cast<int>(std::lround(std::sqrt(static_cast<double>(contrasts[i].square.size()))));
    s.width = effects_of(roles.blocks[contrasts[i].block], s.columns);
    const auto n = static_cast<std::size_t>(s.columns), d = static_cast<std::size_t>(s.width);
    for (auto* matrix : {&s.c, &s.left, &s.products, &s.mean}) matrix->assign(n * d, 0);
    for (auto* matrix : {&s.factor, &s.inverse, &s.second, &s.projected}) matrix->assign(d * d, 0);
    s.before.assign(d, 0);
  }
}

template <class Scalar>
bool BasicContrasts<Scalar>::integrate(const std::vector<moments::Contrast>& contrasts, const Roles& roles,
                                       const Point& point, Totals totals) {
  if (solved_.size() != contrasts.size() || (!solved_.empty() && solved_[0].contrast != contrasts.data()))
    bind(contrasts, roles);
  for (Solved& s : solved_) {
    const std::size_t block = s.contrast->block;
    fill_factor(roles.blocks[block], point.factor[block], static_cast<std::size_t>(s.width), s.c);
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
  const BlockRole& role = roles.blocks[s.contrast->block];
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < d; ++j)
      add_to_factor(role, d, i, j, s.mean[static_cast<std::size_t>(i * d + j)], out.factor[s.contrast->block]);
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
  const std::size_t block = s.contrast->block;
  apply_factor(roles.blocks[block], point.factor[block].data(), z, static_cast<int>(w.size()), d, w.data());
}

template <class Scalar>
double BasicContrasts<Scalar>::variance(std::size_t contrast, const Roles& roles, const Point& point,
                                        std::size_t c) const {
  const Solved& s = solved_[contrast];
  const auto d = static_cast<std::size_t>(s.width);
  const std::vector<double>& factor = point.factor[s.contrast->block];
  if (roles.blocks[s.contrast->block].diagonal)
    return static_cast<double>(factor[c] * s.inverse[c * d + c] * factor[c]);
  Scalar sum = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) sum += factor[c * d + i] * s.inverse[i * d + j] * factor[c * d + j];
  return static_cast<double>(sum);
}

template class BasicContrasts<double>;
template class BasicContrasts<Twice>;
template class BasicContrasts<Wide>;

}  // namespace woodbury::kernels
