// The machine's own rates, by the project's own loops, which the kernels' work is held against: products of matrices
// that stay in the first cache, factor and inverse of the orders that dense tails have, and sums of scaled vectors out
// of each cache and out of memory. plot.py takes them by these names.
#include <cmath>

#include <benchmark/benchmark.h>
#include <Eigen/Dense>

#include "woodbury/base/base.hpp"
#include "woodbury/linalg/linalg.hpp"
#include "woodbury/linalg/tile_loops.hpp"

namespace woodbury::linalg {
namespace {

using benchmark::Counter;

/// What a core can do: two operands' panels in the first cache, results in registers.
void product(benchmark::State& state) {
  constexpr std::size_t kOrder = 48, kInner = 64;
  AlignedVector a(kOrder * kInner, 0.5), c(kOrder * kOrder, 0.0);
  const Panel panel{a.data(), kTile * kInner, kTile};
  const auto subtract = [&] {
    instruction_sets().front()->subtract_product({c.data(), kOrder}, kOrder, kOrder, panel, panel, kInner, false);
  };
  subtract();
  if (c[kOrder + 1] != -0.25 * kInner) state.SkipWithError("the product is wrong");
  for (auto _ : state) {
    subtract();
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["flops"] = 2.0 * kOrder * kOrder * kInner;
}

/// out ← out + a x: two vectors read, one written, together of so many bytes.
void triad(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)) / (2 * sizeof(double));
  AlignedVector x(n, 1.0), out(n, 0.0);
  double sign = 1;
  for (auto _ : state) {
    add_scaled(out.data(), x.data(), sign, n);
    benchmark::DoNotOptimize(out.data());
    sign = -sign;
  }
  if (out[n / 2] != (sign > 0 ? 0 : 1)) state.SkipWithError("the sum is wrong");
  state.counters["bytes"] = 24.0 * static_cast<double>(n);
}

Eigen::MatrixXd positive_definite(Eigen::Index n) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  Eigen::MatrixXd b(n, n);
  for (Eigen::Index i = 0; i < b.size(); ++i) b.data()[i] = stream.normal();
  return b * b.transpose() / static_cast<double>(n) + Eigen::MatrixXd::Identity(n, n);
}

/// Cholesky factor and inverse: n³ flops.
void factor_and_inverse(benchmark::State& state) {
  const auto n = static_cast<Eigen::Index>(state.range(0));
  Dense dense(static_cast<std::size_t>(n));
  const auto stride = static_cast<Eigen::Index>(dense.stride());
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(stride, stride);
  a.topLeftCorner(n, n) = positive_definite(n);
  AlignedVector l(static_cast<std::size_t>(a.size())), v(l.size());
  for (auto _ : state) {
    std::copy(a.data(), a.data() + a.size(), l.begin());
    if (!dense.factor(l.data())) state.SkipWithError("not positive definite");
    dense.invert(l.data(), v.data());
    benchmark::DoNotOptimize(v.data());
  }
  const Eigen::Map<const Eigen::MatrixXd> inverse(v.data(), stride, stride);
  if (!(a * inverse).isIdentity(1e-9)) state.SkipWithError("the inverse is wrong");
  state.counters["flops"] = std::pow(static_cast<double>(n), 3);
}

/// The same by Eigen, to compare with.
void factor_and_inverse_eigen(benchmark::State& state) {
  const Eigen::MatrixXd a = positive_definite(static_cast<Eigen::Index>(state.range(0)));
  Eigen::MatrixXd l = a, inverse = a;
  for (auto _ : state) {
    l = a;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> cholesky(l);
    inverse.setIdentity();
    cholesky.solveInPlace(inverse);
    benchmark::DoNotOptimize(inverse.data());
  }
  if (!(a * inverse).isIdentity(1e-9)) state.SkipWithError("the inverse is wrong");
  state.counters["flops"] = std::pow(static_cast<double>(a.rows()), 3);
}

BENCHMARK(product)->Name("machine/product");
BENCHMARK(triad)->Name("machine/triad")->Arg(24 << 10)->Arg(1 << 20)->Arg(256 << 20);
BENCHMARK(factor_and_inverse)->Name("machine/dense")->ArgsProduct({{2, 8, 16, 26, 50, 98, 256, 1144}});
BENCHMARK(factor_and_inverse_eigen)->Name("machine/dense_eigen")->ArgsProduct({{2, 8, 16, 26, 50, 98, 256, 1144}});

}  // namespace
}  // namespace woodbury::linalg
