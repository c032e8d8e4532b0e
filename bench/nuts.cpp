// The sampler's own work: nanoseconds a gradient of NUTS on a density that costs next to nothing, N(0, I).
//
// "checked": the mean energy of a draw against that of the normal law, d/2 + d/2.
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

#include "woodbury/nuts/tree.hpp"
#include "woodbury/nuts/whitened.hpp"

namespace woodbury::nuts {
namespace {

class Normal final : public LogDensity {
 public:
  explicit Normal(std::size_t dimension) : dimension_(dimension) {}
  [[nodiscard]] std::size_t dimension() const override { return dimension_; }
  double evaluate(std::span<const double> q, std::span<double> gradient) override {
    double square = 0;
    for (std::size_t i = 0; i < q.size(); ++i) {
      square += q[i] * q[i];
      gradient[i] = -q[i];
    }
    return -square / 2;
  }
  [[nodiscard]] std::unique_ptr<LogDensity> clone() const override { return std::make_unique<Normal>(*this); }

 private:
  std::size_t dimension_;
};

void run(benchmark::State& state, LogDensity& density) {
  const std::size_t n = density.dimension();
  Hamiltonian hamiltonian(density);
  Tree tree(hamiltonian, 10);
  Point z(n);
  hamiltonian.evaluate(z);
  const double step = 0.9 / std::pow(static_cast<double>(n), 0.25);
  std::uint64_t iteration = 0;
  double energy = 0;
  for (auto _ : state) {
    base::Stream stream(1, 0, iteration++, base::Purpose::trajectory);
    energy += tree.move(z, step, stream).energy;
  }
  const auto gradients = static_cast<double>(hamiltonian.gradients());
  state.counters["ns/gradient"] =
      benchmark::Counter(gradients * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["gradients/draw"] = gradients / static_cast<double>(iteration);
  energy /= static_cast<double>(iteration);
  const auto d = static_cast<double>(n);
  if (iteration > 1000 && std::abs(energy - d) > 8 * std::sqrt(d / static_cast<double>(iteration)))
    state.SkipWithError("the mean energy is not the normal law's");
}

void diagonal(benchmark::State& state) {
  Normal density(static_cast<std::size_t>(state.range(0)));
  run(state, density);
}

void dense(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  Normal density(n);
  std::vector<double> factor(n * n);
  for (std::size_t i = 0; i < n; ++i) factor[i * n + i] = 1;
  Whitened whitened(density, std::vector<double>(n), factor);
  run(state, whitened);
}

BENCHMARK(diagonal)->Arg(4)->Arg(10)->Arg(100)->Arg(3000);
BENCHMARK(dense)->Arg(4)->Arg(10)->Arg(25);

}  // namespace
}  // namespace woodbury::nuts
