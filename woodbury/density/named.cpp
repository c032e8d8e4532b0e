// A density at given values of the sampled variables instead of at coordinates.
#include <algorithm>

#include "woodbury/density/density.hpp"

namespace woodbury::density {

/// Fills in all nodes from values of the variables, and with a q also the coordinates.
void Density::place(Given values, std::span<double> q) {
  for (const model::NodeId id : shared_->tape.order()) {
    const int s = shared_->sampled_at[static_cast<std::size_t>(id)];
    if (s < 0) {
      if (!shared_->is_variable[static_cast<std::size_t>(id)]) shared_->tape.forward(id, values_);
      continue;
    }
    const std::vector<double>& value = values[static_cast<std::size_t>(s)];
    std::ranges::copy(value, values_.begin() + static_cast<std::ptrdiff_t>(shared_->tape.offset(id)));
    if (!q.empty()) shared_->sampled[static_cast<std::size_t>(s)].unconstrain(values_, q);
  }
}

void Density::unconstrain(Given values, std::span<double> q) { place(values, q); }

double Density::log_likelihood_at(Given values) {
  failure_.clear();
  place(values, {});
  log_likelihood_ = likelihood_.evaluate(values_);
  failure_ = likelihood_.failure();
  return log_likelihood_;
}

double Density::log_jacobian(std::span<const double> q) const {
  double sum = 0;
  for (const SampledVariable& sampled : shared_->sampled) sum += sampled.log_jacobian(q, values_);
  return sum;
}

}  // namespace woodbury::density
