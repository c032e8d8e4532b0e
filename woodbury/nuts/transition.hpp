// A Markov transition that leaves the density invariant: what NUTS and static HMC have in common.
#pragma once

#include <string>

#include "woodbury/nuts/hamiltonian.hpp"

namespace woodbury::nuts {

/// An energy error beyond this many nats is a divergence.
inline constexpr double kMaxEnergyError = 1000;

/// What a transition says of itself; the state it reached is in the Point it was given.
struct Outcome {
  double accept_stat = 0;  ///< mean Metropolis probability over the trajectory
  double energy = 0;       ///< of the state chosen, with the momentum it had
  int tree_depth = 0;
  int n_leapfrog = 0;
  bool divergent = false;
};

class Transition {
 public:
  virtual ~Transition() = default;
  /// Draws a momentum, moves `state` (whose density and gradient must be current) and replaces it.
  virtual Outcome move(Point& state, double step, base::Stream& stream) = 0;
  /// In words, why the last move diverged.
  [[nodiscard]] virtual std::string cause() const = 0;
};

}  // namespace woodbury::nuts
