// Both searches run before a chain moves, so they may allocate.
#include "woodbury/nuts/start.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace woodbury::nuts {

namespace {

constexpr int kTries = 100;
constexpr double kOverdispersion = 2, kNearer = 0.9;
constexpr double kHugeStep = 1e7, kTinyStep = 1e-300;

bool usable(const Point& z) {
  return std::isfinite(z.log_density) && std::ranges::all_of(z.gradient, [](double g) { return std::isfinite(g); });
}

[[noreturn]] void no_start(const Hamiltonian& hamiltonian, const Point& z, const std::string& where,
                           const std::string& suggestion) {
  throw base::Error(fmt::format("no start with a finite log density and gradient {}: {}", where, hamiltonian.cause(z)),
                    {}, suggestion, base::ErrorKind::sampling);
}

}  // namespace

void find_start(Hamiltonian& hamiltonian, const Options& options, std::size_t chain, Point& z) {
  if (!options.init.empty()) {
    std::ranges::copy(options.init, z.q.begin());
    hamiltonian.evaluate(z);
    if (!usable(z)) no_start(hamiltonian, z, "at the initial values given", "give others, or none to draw them");
    return;
  }
  base::Stream stream(options.seed, chain, 0, base::Purpose::initial);
  for (int tries = 0; tries < kTries; ++tries) {
    for (double& q : z.q) q = options.init_radius * (2 * stream.uniform() - 1);
    hamiltonian.evaluate(z);
    if (usable(z)) return;
  }
  no_start(hamiltonian, z, fmt::format("in {} tries within ±{}", kTries, options.init_radius),
           "try tighter priors, or give initial values");
}

void find_start_around_mode(Hamiltonian& hamiltonian, const Options& options, std::size_t chain, Point& z) {
  if (!options.init.empty()) return find_start(hamiltonian, options, chain, z);
  base::Stream stream(options.seed, chain, 0, base::Purpose::initial);
  double scale = kOverdispersion;
  for (int tries = 0; tries < kTries; ++tries, scale *= kNearer) {
    for (double& x : z.q) x = scale * stream.normal();
    hamiltonian.evaluate(z);
    if (usable(z)) return;
  }
  no_start(hamiltonian, z, "around the mode", "try tighter priors, or give initial values");
}

double find_step(Hamiltonian& hamiltonian, Point& z, double step, base::Stream& stream) {
  if (hamiltonian.dimension() == 0) return step;
  Point trial = z;
  const auto accepts = [&] {
    trial = z;
    hamiltonian.draw_momentum(trial, stream);
    const double start = hamiltonian.energy(trial);
    return start - hamiltonian.leapfrog(trial, step) > std::log(0.8);
  };
  const bool grows = accepts();
  do {
    step *= grows ? 2 : 0.5;
    if (step > kHugeStep)
      throw base::Error("the density does not fall off: steps of any length are accepted", {},
                        "check that no coefficient the data say nothing about has a flat prior",
                        base::ErrorKind::sampling);
    if (step < kTinyStep)
      throw base::Error(fmt::format("no step from the start is accepted: {}", hamiltonian.cause(trial)), {},
                        "give other initial values", base::ErrorKind::sampling);
  } while (accepts() == grows);
  return step;
}

}  // namespace woodbury::nuts
