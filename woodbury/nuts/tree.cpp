// The doubling is iterative: leaf k of a subtree closes as many stretches as k + 1 has trailing zero bits.
#include "woodbury/nuts/tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace woodbury::nuts {

namespace {

constexpr std::size_t kVectors = 5;  // of a Stretch

Stretch stretch_at(double* base, std::size_t n) {
  return {base, base + n, base + 2 * n, base + 3 * n, base + 4 * n, 0, 0, 0};
}

/// log(exp(a) + exp(b)) for finite or −infinite arguments, not both −infinite.
double log_sum(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); }

/// rho of both, and the outer ends, into `second`; its drawn state stays.
void join(Stretch& first, Stretch& second, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) second.rho[i] += first.rho[i];
  std::swap(first.p_begin, second.p_begin);
  second.log_weight = log_sum(first.log_weight, second.log_weight);
}

void take_state(Stretch& to, Stretch& from) {
  std::swap(to.q, from.q);
  std::swap(to.gradient, from.gradient);
  to.log_density = from.log_density;
  to.energy = from.energy;
}

}  // namespace

bool persists(const Stretch& first, const Stretch& second, const double* m, std::size_t n) {
  double whole_begin = 0, whole_end = 0, first_begin = 0, first_end = 0, second_begin = 0, second_end = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double begin = m[i] * first.p_begin[i], end = m[i] * second.p_end[i];
    const double before = m[i] * first.p_end[i], after = m[i] * second.p_begin[i];
    const double rho = first.rho[i] + second.rho[i];
    const double first_rho = first.rho[i] + second.p_begin[i];
    const double second_rho = second.rho[i] + first.p_end[i];
    whole_begin += begin * rho;
    whole_end += end * rho;
    first_begin += begin * first_rho;
    first_end += after * first_rho;
    second_begin += before * second_rho;
    second_end += end * second_rho;
  }
  return whole_begin > 0 && whole_end > 0 && first_begin > 0 && first_end > 0 && second_begin > 0 && second_end > 0;
}

Tree::Tree(Hamiltonian& hamiltonian, int max_depth)
    : hamiltonian_(&hamiltonian),
      n_(hamiltonian.dimension()),
      max_depth_(max_depth),
      arena_(kVectors * n_ * static_cast<std::size_t>(max_depth + 2)),
      front_(n_),
      back_(n_),
      last_(&front_) {
  double* base = arena_.data();
  const auto next = [&] { return stretch_at(std::exchange(base, base + kVectors * n_), n_); };
  whole_ = next();
  fresh_ = next();
  for (int level = 0; level < max_depth; ++level) waiting_.push_back(next());
}

void Tree::start(const Point& state) {
  front_ = state;
  back_ = state;
  for (double* target : {whole_.rho, whole_.p_begin, whole_.p_end}) std::ranges::copy(state.p, target);
  std::ranges::copy(state.q, whole_.q);
  std::ranges::copy(state.gradient, whole_.gradient);
  start_energy_ = hamiltonian_->energy(state);
  whole_.log_density = state.log_density;
  whole_.energy = start_energy_;
  whole_.log_weight = 0;
  faces_forward_ = true;
  accept_sum_ = 0;
  outcome_ = {};
}

/// One step from `end` into fresh_; false where it diverges.
bool Tree::leaf(Point& end, double step) {
  const double energy = hamiltonian_->leapfrog(end, step);
  const double gain = start_energy_ - energy;
  ++outcome_.n_leapfrog;
  accept_sum_ += gain > 0 ? 1.0 : std::exp(gain);
  if (gain < -kMaxEnergyError) {
    outcome_.divergent = true;
    last_ = &end;
    return false;
  }
  const double *const q = end.q.data(), *const p = end.p.data(), *const g = end.gradient.data();
  for (std::size_t i = 0; i < n_; ++i) {
    fresh_.rho[i] = fresh_.p_begin[i] = fresh_.p_end[i] = p[i];
    fresh_.q[i] = q[i];
    fresh_.gradient[i] = g[i];
  }
  fresh_.log_density = end.log_density;
  fresh_.energy = energy;
  fresh_.log_weight = gain;
  return true;
}

/// A subtree of 2^depth states from `end` into fresh_; false where it diverges or turns back.
bool Tree::grow(int depth, Point& end, double step, base::Stream& stream) {
  const double* const m = hamiltonian_->inverse_metric().data();
  const std::uint64_t leaves = std::uint64_t{1} << depth;
  for (std::uint64_t k = 0; k < leaves; ++k) {
    if (!leaf(end, step)) return false;
    std::size_t level = 0;
    for (std::uint64_t closing = k; closing & 1; closing >>= 1, ++level) {
      Stretch& left = waiting_[level];
      if (!persists(left, fresh_, m, n_)) return false;
      const double odds = std::exp(left.log_weight - fresh_.log_weight);  // of the left half's state
      if (stream.uniform() * (1 + odds) > 1) take_state(fresh_, left);
      join(left, fresh_, n_);
    }
    if (k + 1 < leaves) std::swap(waiting_[level], fresh_);
  }
  return true;
}

/// Points whole_.p_end to the side that grows next.
void Tree::turn(bool forward) {
  if (forward == faces_forward_) return;
  std::swap(whole_.p_begin, whole_.p_end);
  faces_forward_ = forward;
}

/// fresh_ becomes part of whole_, and offers its state with probability min(1, its weight / the old one's).
void Tree::absorb(base::Stream& stream) {
  const double gain = fresh_.log_weight - whole_.log_weight;
  if (gain < 0 && stream.uniform() >= std::exp(gain)) take_state(fresh_, whole_);
  join(whole_, fresh_, n_);
  std::swap(whole_, fresh_);
}

Outcome Tree::move(Point& state, double step, base::Stream& stream) {
  hamiltonian_->draw_momentum(state, stream);
  start(state);
  for (bool goes_on = true; goes_on && outcome_.tree_depth < max_depth_;) {
    const bool forward = stream.uniform() > 0.5;
    turn(forward);
    if (!grow(outcome_.tree_depth, forward ? front_ : back_, forward ? step : -step, stream)) break;
    ++outcome_.tree_depth;
    goes_on = persists(whole_, fresh_, hamiltonian_->inverse_metric().data(), n_);
    absorb(stream);
  }
  std::copy_n(whole_.q, n_, state.q.begin());
  std::copy_n(whole_.gradient, n_, state.gradient.begin());
  state.log_density = whole_.log_density;
  outcome_.energy = whole_.energy;
  outcome_.accept_stat = accept_sum_ / std::max(1, outcome_.n_leapfrog);
  return outcome_;
}

}  // namespace woodbury::nuts
