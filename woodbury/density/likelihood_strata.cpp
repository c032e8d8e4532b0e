// The likelihood where the residual scale varies from stratum to stratum: weighted sums of the strata's cross-products.
#include <cmath>

#include "woodbury/density/likelihood.hpp"

namespace woodbury::density {

void Likelihood::bind_strata(const Rows& rows, Shared& shared) {
  shared.stratum = rows.stratum;
  shared.strata.emplace(shared.design, *shared.products, rows.strata,
                        moments::Strata::Rows{shared.stratum, shared.weights, shared.response, shared.within});
  shared.observations.resize(rows.strata);
  for (std::size_t n = 0; n < shared.stratum.size(); ++n)
    shared.observations[static_cast<std::size_t>(shared.stratum[n])] += shared.counts.empty() ? 1 : shared.counts[n];
}

/// Sums for this point's residual scales.
bool Likelihood::weigh_strata(std::span<const double> values) {
  point_.log_weights = 0;
  for (std::size_t s = 0; s < strata_weights_.size(); ++s) {
    const double sd = values[static_cast<std::size_t>(shared_->row_sd) + s], weight = 1 / (sd * sd);
    if (!(weight > 0) || !std::isfinite(weight)) {
      failure_ = "a residual sd is zero or not finite";
      return false;
    }
    point_.log_weights += shared_->observations[s] * std::log(weight);
    strata_weights_[s] = weight;
  }
  shared_->strata->weigh(strata_weights_, sums_);
  return true;
}

/// The rows as `Precise` wants them: it sums them itself.
void Likelihood::rows_of_strata() {
  row_residuals_ = shared_->response;
  scatter_ = 0;
  for (std::size_t n = 0; n < row_weights_.size(); ++n) {
    const double weight = strata_weights_[static_cast<std::size_t>(shared_->stratum[n])];
    row_weights_[n] = weight * (shared_->weights.empty() ? 1 : shared_->weights[n]);
    if (!shared_->within.empty()) scatter_ += weight * shared_->within[n];
  }
}

/// ∂/∂ sd_s = (w_s E‖r − Aω‖²_s − N_s) / sd_s.
void Likelihood::strata_backward(std::span<const double> values, std::span<double> adjoints) {
  std::copy(point_.coefficients.begin(), point_.coefficients.end(), effects_.begin());
  kernel_.conditional_mean(point_, effects_);
  kernel_.covariances(point_, covariance_);
  shared_->strata->squares(effects_, covariance_, strata_squares_);
  for (std::size_t s = 0; s < strata_squares_.size(); ++s) {
    const std::size_t at = static_cast<std::size_t>(shared_->row_sd) + s;
    adjoints[at] += (strata_weights_[s] * strata_squares_[s] - shared_->observations[s]) / values[at];
  }
}

}  // namespace woodbury::density
