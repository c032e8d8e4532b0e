// linalg::Dense beside Eigen: factor and inverse of orders a tail may have, in flops a second of n³. Each first checks
// its answer. `product` is the machine's own rate: two registers' products and sums that stay in the first cache.
#include <cmath>

#include <benchmark/benchmark.h>
#include <Eigen/Dense>

#include "woodbury/base/base.hpp"
#include "woodbury/linalg/dense.hpp"
#include "woodbury/linalg/tile_loops.hpp"

namespace woodbury::linalg {
namespace {

Eigen::MatrixXd matrix(Eigen::Index n) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  Eigen::MatrixXd b(n, n);
  for (Eigen::Index i = 0; i < b.size(); ++i) b.data()[i] = stream.normal();
  return b * b.transpose() / static_cast<double>(n) + Eigen::MatrixXd::Identity(n, n);
}

void rate(benchmark::State& state, double flops) {
  state.counters["GF/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void ours(benchmark::State& state) {
  const auto n = static_cast<Eigen::Index>(state.range(0));
  Dense dense(static_cast<std::size_t>(n));
  const auto stride = static_cast<Eigen::Index>(dense.stride());
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(stride, stride);
  a.topLeftCorner(n, n) = matrix(n);
  AlignedVector l(static_cast<std::size_t>(a.size())), v(l.size());
  for (auto _ : state) {
    std::copy(a.data(), a.data() + a.size(), l.begin());
    if (!dense.factor(l.data())) state.SkipWithError("not positive definite");
    dense.invert(l.data(), v.data());
    benchmark::DoNotOptimize(v.data());
  }
  const Eigen::Map<const Eigen::MatrixXd> inverse(v.data(), stride, stride);
  if (!(a * inverse).isIdentity(1e-9)) state.SkipWithError("the inverse is wrong");
  rate(state, std::pow(static_cast<double>(n), 3));
}

void eigen(benchmark::State& state) {
  const Eigen::MatrixXd a = matrix(static_cast<Eigen::Index>(state.range(0)));
  Eigen::MatrixXd l = a, inverse = a;
  for (auto _ : state) {
    l = a;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> cholesky(l);
    inverse.setIdentity();
    cholesky.solveInPlace(inverse);
    benchmark::DoNotOptimize(inverse.data());
  }
  if (!(a * inverse).isIdentity(1e-9)) state.SkipWithError("the inverse is wrong");
  rate(state, std::pow(static_cast<double>(a.rows()), 3));
}

void product(benchmark::State& state) {
  constexpr std::size_t kOrder = 48, kInner = 64;
  AlignedVector a(kOrder * kInner, 0.5), c(kOrder * kOrder, 0.0);
  const Panel panel{a.data(), kTile * kInner, kTile};
  for (auto _ : state) {
    instruction_sets().front()->subtract_product({c.data(), kOrder}, kOrder, kOrder, panel, panel, kInner, false);
    benchmark::DoNotOptimize(c.data());
  }
  rate(state, 2.0 * kOrder * kOrder * kInner);
}

BENCHMARK(product);
BENCHMARK(ours)->Arg(2)->Arg(8)->Arg(16)->Arg(26)->Arg(50)->Arg(98)->Arg(256)->Arg(1144);
BENCHMARK(eigen)->Arg(2)->Arg(8)->Arg(16)->Arg(26)->Arg(50)->Arg(98)->Arg(256)->Arg(1144);

}  // namespace
}  // namespace woodbury::linalg
