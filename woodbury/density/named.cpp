// A density at given values of the sampled variables instead of at coordinates.
#include <algorithm>
#include <cmath>
#include <limits>

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

double Density::evaluate_at(Given values, Of of) {
  failure_.clear();
  std::ranges::fill(adjoints_, 0);
  place(values, {});
  double log_prior = 0;
  if (of == Of::joint)
    for (const SampledVariable& sampled : shared_->sampled) log_prior += sampled.log_prior_at(values_, adjoints_);
  log_likelihood_ = likelihood_.evaluate(values_);
  if (!std::isfinite(log_prior) || !std::isfinite(log_likelihood_)) {
    failure_ = std::isfinite(log_prior) ? likelihood_.failure() : "a prior's density is zero or not finite";
    std::ranges::fill(adjoints_, 0);
    return -std::numeric_limits<double>::infinity();
  }
  likelihood_.backward(values_, adjoints_);
  const auto& order = shared_->tape.order();
  for (auto id = order.rbegin(); id != order.rend(); ++id)
    if (!shared_->is_variable[static_cast<std::size_t>(*id)]) shared_->tape.backward(*id, values_, adjoints_);
  return log_prior + log_likelihood_;
}

}  // namespace woodbury::density
