// Static HMC (Duane et al. 1987; Neal 2011).
#include "woodbury/nuts/static_hmc.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace woodbury::nuts {

StaticHmc::StaticHmc(Hamiltonian& hamiltonian, int max_steps)
    : hamiltonian_(&hamiltonian), max_steps_(max_steps), proposal_(hamiltonian.dimension()) {}

Outcome StaticHmc::move(Point& state, double step, base::Stream& stream) {
  hamiltonian_->draw_momentum(state, stream);
  const double start = hamiltonian_->energy(state);
  const double time = 2 * std::numbers::pi * stream.uniform();
  const int steps = static_cast<int>(std::clamp(std::ceil(time / step), 1.0, static_cast<double>(max_steps_)));
  proposal_ = state;
  Outcome outcome;
  outcome.energy = start;
  for (double energy = start; outcome.n_leapfrog < steps && !outcome.divergent;) {
    energy = hamiltonian_->leapfrog(proposal_, step);
    ++outcome.n_leapfrog;
    outcome.divergent = energy - start > kMaxEnergyError;
    outcome.accept_stat = std::min(1.0, std::exp(start - energy));
    if (outcome.n_leapfrog < steps || stream.uniform() >= outcome.accept_stat) continue;
    outcome.energy = energy;
    state = proposal_;
  }
  return outcome;
}

}  // namespace woodbury::nuts
