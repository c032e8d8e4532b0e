// Hamiltonian Monte Carlo of a random integration time with one Metropolis step at its end.
#pragma once

#include "woodbury/nuts/transition.hpp"

namespace woodbury::nuts {

/// The integration time is uniform up to 2π, Stan's fixed one: on a standard normal, a fixed 2π would come back to
/// where it started, a uniform one leaves no correlation of successive states. At most `max_steps` are taken.
class StaticHmc final : public Transition {
 public:
  StaticHmc(Hamiltonian& hamiltonian, int max_steps);
  Outcome move(Point& state, double step, base::Stream& stream) override;
  [[nodiscard]] std::string cause() const override { return hamiltonian_->cause(proposal_); }

 private:
  Hamiltonian* hamiltonian_;
  int max_steps_;
  Point proposal_;
};

}  // namespace woodbury::nuts
