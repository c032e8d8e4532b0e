// Multinomial NUTS: a trajectory doubled until it turns back, one of its states drawn on the way.
//
// Hoffman and Gelman (2014); Betancourt (2017), appendix A: states are drawn with weights exp(−H), uniformly so within
// a subtree and biased towards the newer one between doublings. A stretch has turned back when M⁻¹p at one of its ends
// has no positive product with ρ, the sum of its momenta; two more checks reach across the border of two stretches.
#pragma once

#include <cstdint>
#include <vector>

#include "woodbury/nuts/transition.hpp"

namespace woodbury::nuts {

/// A stretch of trajectory: vectors into the arena, so that swapping stretches copies nothing.
struct Stretch {
  double *rho, *p_begin, *p_end;  ///< sum of the momenta, and those at its ends in the order it was integrated
  double *q, *gradient;           ///< the state drawn from it
  double log_density, energy;     ///< of that state
  double log_weight;              ///< log Σ exp(H₀ − H) over its states
};

/// Whether first and second, integrated one after the other, may go on together: none of the three checks has turned
/// back. `m` is the diagonal of M⁻¹.
[[nodiscard]] bool persists(const Stretch& first, const Stretch& second, const double* m, std::size_t n);

class Tree final : public Transition {
 public:
  Tree(Hamiltonian& hamiltonian, int max_depth);
  Outcome move(Point& state, double step, base::Stream& stream) override;
  [[nodiscard]] std::string cause() const override { return hamiltonian_->cause(*last_); }

 private:
  void start(const Point& state);
  bool leaf(Point& end, double step);
  bool grow(int depth, Point& end, double step, base::Stream& stream);
  void absorb(base::Stream& stream);
  void turn(bool forward);

  Hamiltonian* hamiltonian_;
  std::size_t n_;
  int max_depth_;
  std::vector<double> arena_;
  std::vector<Stretch> waiting_;  // by level: left halves that wait for their right half
  Stretch whole_{}, fresh_{};     // the trajectory so far, and the subtree being grown
  Point front_, back_;            // where it goes on, forwards and backwards in time
  const Point* last_;
  bool faces_forward_ = true;  // whole_.p_end is its end forwards in time
  double start_energy_ = 0, accept_sum_ = 0;
  Outcome outcome_;
};

}  // namespace woodbury::nuts
