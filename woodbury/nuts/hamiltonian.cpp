// Leapfrog steps in place: nothing is allocated after construction.
#include "woodbury/nuts/hamiltonian.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace woodbury::nuts {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

Hamiltonian::Hamiltonian(LogDensity& density) : density_(&density), inverse_metric_(density.dimension(), 1.0) {}

void Hamiltonian::set_inverse_metric(std::span<const double> variances) {
  WOODBURY_ASSERT(variances.size() == dimension());
  for (std::size_t i = 0; i < dimension(); ++i) {
    const double variance = variances[i];
    inverse_metric_[i] = std::isfinite(variance) && variance > 0 ? variance : 1.0;
  }
}

void Hamiltonian::evaluate(Point& z) {
  ++gradients_;
  ran_off_ = false;
  const double value = density_->evaluate(z.q, z.gradient);
  z.log_density = std::isfinite(value) ? value : -kInfinity;
}

void Hamiltonian::draw_momentum(Point& z, base::Stream& stream) const {
  for (std::size_t i = 0; i < dimension(); ++i) z.p[i] = stream.normal() / std::sqrt(inverse_metric_[i]);
}

double Hamiltonian::energy(const Point& z) const {
  double twice = 0;
  for (std::size_t i = 0; i < dimension(); ++i) twice += inverse_metric_[i] * z.p[i] * z.p[i];
  return twice / 2 - z.log_density;
}

double Hamiltonian::leapfrog(Point& z, double step) {
  const std::size_t n = dimension();
  const double half = step / 2;
  const double* const m = inverse_metric_.data();
  double* const q = z.q.data();
  double* const p = z.p.data();
  const double* const g = z.gradient.data();
  double finite = 0;
  for (std::size_t i = 0; i < n; ++i) {
    p[i] += half * g[i];
    q[i] += step * m[i] * p[i];
    finite += 0 * q[i];  // 0, or NaN once a coordinate is not finite
  }
  if (std::isnan(finite)) {
    ran_off_ = true;
    z.log_density = -kInfinity;
    return kInfinity;
  }
  evaluate(z);
  double twice = 0;
  for (std::size_t i = 0; i < n; ++i) {
    p[i] += half * g[i];
    twice += m[i] * p[i] * p[i];
  }
  const double energy = twice / 2 - z.log_density;
  return std::isfinite(energy) ? energy : kInfinity;
}

std::string Hamiltonian::cause(const Point& z) const {
  if (ran_off_) return "the trajectory ran off to infinity";
  if (std::isfinite(z.log_density)) {
    const bool sound = std::ranges::all_of(z.gradient, [](double g) { return std::isfinite(g); });
    return sound ? "the energy error passed 1000" : "the gradient is not finite";
  }
  std::string words = density_->failure();
  return words.empty() ? "the log density is not finite" : words;
}

}  // namespace woodbury::nuts
