#include "woodbury/kernels/contrasts.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

namespace {

/// C as a full d × d matrix.
void fill_factor(const BlockRole& role, const std::vector<double>& factor, std::size_t d, std::vector<double>& c) {
  if (!role.diagonal) {
    std::copy(factor.begin(), factor.end(), c.begin());
    return;
  }
  for (std::size_t i = 0; i < d; ++i) c[i * d + i] = factor[i];
}

}  // namespace

void Contrasts::bind(const std::vector<moments::Contrast>& contrasts) {
  solved_.resize(contrasts.size());
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    const std::size_t size = contrasts[i].square.size();
    Solved& s = solved_[i];
    s.contrast = &contrasts[i];
    s.width = static_cast<int>(std::lround(std::sqrt(static_cast<double>(size))));
    for (auto* matrix : {&s.c, &s.left, &s.factor, &s.inverse, &s.mean, &s.projected, &s.second})
      matrix->assign(size, 0);
  }
}

bool Contrasts::integrate(const std::vector<moments::Contrast>& contrasts, const Roles& roles, const Point& point,
                          double& log_determinant, double& explained) {
  if (solved_.size() != contrasts.size() || (!solved_.empty() && solved_[0].contrast != contrasts.data()))
    bind(contrasts);
  for (Solved& s : solved_) {
    const std::size_t block = s.contrast->block;
    fill_factor(roles.blocks[block], point.factor[block], static_cast<std::size_t>(s.width), s.c);
    if (!with_width(s.width, [&]<int D>() { return solve<D>(s, point.precision, log_determinant, explained); }))
      return false;
  }
  return true;
}

template <int D>
bool Contrasts::solve(Solved& s, double w, double& log_determinant, double& explained) {
  const int d = linalg::size<D>(s.width);
  for (auto* matrix : {&s.left, &s.factor, &s.mean, &s.projected}) std::fill(matrix->begin(), matrix->end(), 0);
  linalg::add_product(s.contrast->square.data(), s.c.data(), s.left.data(), d, d, d, w);
  for (int i = 0; i < d; ++i) s.factor[static_cast<std::size_t>(i * d + i)] = 1;
  linalg::add_transposed_product(s.c.data(), s.left.data(), s.factor.data(), d, d, d);
  if (!linalg::cholesky<D>(s.factor.data(), d)) return false;
  double logs = 0;
  for (int i = 0; i < d; ++i) logs += std::log(s.factor[static_cast<std::size_t>(i * d + i)]);
  log_determinant += 2 * static_cast<double>(s.contrast->count) * logs;
  linalg::inverse_from_cholesky<D>(s.factor.data(), s.inverse.data(), d);
  linalg::add_product(s.contrast->products.data(), s.c.data(), s.projected.data(), d, d, d, w * w);
  linalg::add_product(s.projected.data(), s.inverse.data(), s.mean.data(), d, d, d);
  for (int i = 0; i < d * d; ++i) explained += s.c[static_cast<std::size_t>(i)] * s.mean[static_cast<std::size_t>(i)];
  return true;
}

void Contrasts::gradient(const Roles& roles, Gradient& out, double& squares) {
  for (Solved& s : solved_) with_width(s.width, [&]<int D>() { differentiate<D>(s, roles, out, squares); });
}

template <int D>
void Contrasts::differentiate(Solved& s, const Roles& roles, Gradient& out, double& squares) {
  const int d = linalg::size<D>(s.width);
  const auto count = static_cast<double>(s.contrast->count);
  std::fill(s.projected.begin(), s.projected.end(), 0);
  linalg::add_transposed_product(s.c.data(), s.mean.data(), s.projected.data(), d, d, d);
  for (int i = 0; i < d * d; ++i)
    s.second[static_cast<std::size_t>(i)] = count * s.inverse[static_cast<std::size_t>(i)];
  linalg::add_product(s.inverse.data(), s.projected.data(), s.second.data(), d, d, d);
  for (int i = 0; i < d; ++i) squares += count - s.second[static_cast<std::size_t>(i * d + i)];
  // ∂/∂C = w²SCG⁻¹ − wTC Σ E[zzᵀ].
  linalg::add_product(s.left.data(), s.second.data(), s.mean.data(), d, d, d, -1);
  const BlockRole& role = roles.blocks[s.contrast->block];
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j)
      add_to_factor(role, d, i, j, s.mean[static_cast<std::size_t>(i * d + j)], out.factor[s.contrast->block]);
}

void Contrasts::effect(std::size_t contrast, std::span<const double> b, double precision, base::Stream* stream,
                       std::span<double> w) {
  Solved& s = solved_[contrast];
  const int d = s.width;
  double* z = s.projected.data();
  double* projected = s.second.data();
  std::fill(projected, projected + d, 0);
  linalg::add_transposed_product(s.c.data(), b.data(), projected, d, d, 1, precision);
  for (int i = 0; i < d; ++i) z[i] = stream ? stream->normal() : 0;
  linalg::solve_lower_transposed<0>(s.factor.data(), z, d, 1);
  linalg::add_product(s.inverse.data(), projected, z, d, d, 1);
  std::fill(w.begin(), w.end(), 0);
  linalg::add_product(s.c.data(), z, w.data(), d, d, 1);
}

double Contrasts::variance(std::size_t contrast, std::size_t column) const {
  const Solved& s = solved_[contrast];
  const auto d = static_cast<std::size_t>(s.width);
  const double* c = s.c.data() + column * d;
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) sum += c[i] * s.inverse[i * d + j] * c[j];
  return sum;
}

}  // namespace woodbury::kernels
