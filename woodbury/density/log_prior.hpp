// Log densities of the priors with all their constants, and their exact derivatives.
#pragma once

#include <array>
#include <span>

#include "woodbury/model/model.hpp"

namespace woodbury::density {

/// log p(x | args) and its derivatives by x and by each argument, in the registry's order of arguments.
/// Where the density is zero or undefined (x outside the support or not finite, a scale that is not positive) the
/// value is −infinity and the derivatives are 0.
struct LogPrior {
  double value = 0;
  double d_x = 0;
  std::array<double, 3> d_args{};
};

/// Univariate distributions. `positive`: normal, student_t and cauchy are truncated at 0 and renormalised, flat is 0
/// on x > 0. The support of uniform ends at its arguments; flat and constant count as log density 0.
[[nodiscard]] LogPrior log_prior(model::DistributionKind kind, bool positive, double x, std::span<const double> args);

/// A univariate prior with numbers as arguments: what does not depend on x is worked out once.
class FixedPrior {
 public:
  FixedPrior(model::DistributionKind kind, bool positive, std::span<const double> args);
  /// As log_prior, without d_args.
  [[nodiscard]] LogPrior evaluate(double x) const;

 private:
  model::DistributionKind kind_;
  bool positive_;
  std::array<double, 3> args_{};
  std::size_t count_;
  double log_normaliser_;
};

/// log of ∫ |R|^(η − 1) dR over the d × d correlation matrices, and its derivative by η:
/// Lewandowski, Kurowicka and Joe (2009), equation 16.
struct LkjNormaliser {
  double value = 0;
  double d_eta = 0;
};
[[nodiscard]] LkjNormaliser lkj_normaliser(double eta, std::size_t d);

/// log density of the Cholesky factor L of R ~ LKJ(η), with respect to L's strictly lower triangle:
/// Σ_i (d − i − 1 + 2η − 2) log L_ii − log c_d(η), rows i from 0. `factor` is d × d, column-major.
/// `log_normaliser` is lkj_normaliser(eta, d).value. The derivatives by L_ii are added to `adjoint`'s diagonal
/// (same layout); d log p / dη is 2 Σ log L_ii − lkj_normaliser(eta, d).d_eta.
[[nodiscard]] double log_lkj_cholesky(double eta, double log_normaliser, std::size_t d, std::span<const double> factor,
                                      std::span<double> adjoint);

}  // namespace woodbury::density
