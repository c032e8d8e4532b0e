// What the likelihood tells of the integrated effects, by whichever kernel worked the point; and the kernel of more
// digits.
#include <limits>

#include "woodbury/density/likelihood.hpp"

namespace woodbury::density {

/// A value may be right to many digits and so far from zero that they do not reach to the effects: whether these are
/// told by more digits, in which the point is worked again where its error counts in nats.
bool Likelihood::effects_precise() {
  constexpr double kTolerance = 1e-6;
  const bool told = precise_ ? more_digits_.tells_effects() : kernel_.error() <= kTolerance;
  if (told || !gather_precisely()) return precise_;
  precise_ = true;
  more_digits_.integrate(unreduced(point_), kernels::Precise::Wanted::effects);
  return true;
}

void Likelihood::recover(base::Stream& stream, std::span<double> effects) {
  const kernels::Point& point = effects_point();
  if (effects_precise()) return more_digits_.recover(unreduced(point), stream, effects);
  if (!shared_->reduction) return kernel_.recover(point, stream, effects);
  kernel_.recover(point, stream, reduced_);
  kernels::expand(*shared_->reduction, kernel_, point, &stream, reduced_, effects);
}

void Likelihood::conditional_mean(std::span<double> effects) {
  const kernels::Point& point = effects_point();
  if (effects_precise()) return more_digits_.conditional_mean(unreduced(point), effects);
  if (!shared_->reduction) return kernel_.conditional_mean(point, effects);
  kernel_.conditional_mean(point, reduced_);
  kernels::expand(*shared_->reduction, kernel_, point, nullptr, reduced_, effects);
}

void Likelihood::variances(const kernels::Variances& by_kernel, std::span<double> out) {
  if (effects_precise()) return more_digits_.variances(unreduced(effects_point()), out);
  by_kernel(kernel_, effects_point(), out);
}

double Likelihood::variance(std::span<const kernels::Coefficient> a) {
  if (effects_precise()) return more_digits_.variance(unreduced(effects_point()), a);
  return kernel_.variance(effects_point(), a);
}

/// The reduced layout has the design's blocks, of fewer levels, and at times one of eigenvectors; the sampled ones keep
/// their levels.
kernels::Point Likelihood::unreduced(const kernels::Point& point) const {
  if (!shared_->reduction) return point;
  const moments::Layout &from = shared_->layout(), &to = shared_->unreduced();
  kernels::Point result = point;
  result.factor.resize(to.blocks().size());
  result.coefficients.assign(to.size(), 0);
  for (std::size_t k = 0; k < to.blocks().size(); ++k)
    if (!shared_->linear.blocks[k].integrated)
      std::copy_n(&point.coefficients[from.offset(k)], to.blocks()[k].size(), &result.coefficients[to.offset(k)]);
  return result;
}

bool Likelihood::gather_precisely() {
  if (shared_->linear.by_moments()) return more_digits_.gather_once({shared_->weights, shared_->response, 0});
  if (shared_->strata) rows_of_strata();
  return more_digits_.gather({row_weights_, row_residuals_, scatter_, &design()});
}

double Likelihood::integrate_precisely() {
  if (!more_digits_.gathered()) return -std::numeric_limits<double>::infinity();
  return more_digits_.integrate(unreduced(point_), kernels::Precise::Wanted::density);
}

void Likelihood::gradient_precisely() {
  const moments::Layout &from = shared_->unreduced(), &to = shared_->layout();
  kernels::Gradient whole;
  for (std::size_t k = 0; k < from.blocks().size(); ++k) whole.factor.emplace_back(point_.factor[k].size());
  whole.coefficients.resize(from.size());
  more_digits_.gradient(unreduced(point_), whole);
  for (std::size_t k = 0; k < from.blocks().size(); ++k) {
    gradient_.factor[k] = whole.factor[k];
    if (!shared_->linear.blocks[k].integrated)
      std::copy_n(&whole.coefficients[from.offset(k)], from.blocks()[k].size(), &gradient_.coefficients[to.offset(k)]);
  }
  gradient_.log_precision = whole.log_precision;
}

}  // namespace woodbury::density
