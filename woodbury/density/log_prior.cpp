// Each density is a kernel in x less a normaliser free of x, so that fixed arguments pay for the normaliser once.
#include "woodbury/density/log_prior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>

namespace woodbury::density {

namespace {

using model::DistributionKind;
using enum model::DistributionKind;
using Args = std::span<const double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kLogSqrtTwoPi = 0.5 * std::log(2 * std::numbers::pi);

/// A function of the arguments with its derivatives.
struct Normaliser {
  double value = 0;
  std::array<double, 3> d_args{};
};

/// log of a probability P(t), and d log P / dt.
struct LogTail {
  double value, d_t;
};

double digamma(double a) { return boost::math::digamma(a); }
/// std::lgamma writes a global sign; this does not.
double lgamma(double a) { return boost::math::lgamma(a); }

/// log Φ(t); beyond 25 standard deviations by the asymptotic series of Mills' ratio.
LogTail log_normal_cdf(double t) {
  const double log_phi = -0.5 * t * t - kLogSqrtTwoPi;
  if (t > -25) {
    const double log_cdf = t > 5 ? std::log1p(-0.5 * std::erfc(t / std::numbers::sqrt2))
                                 : std::log(0.5 * std::erfc(-t / std::numbers::sqrt2));
    return {log_cdf, std::exp(log_phi - log_cdf)};
  }
  const double w = 1 / (t * t);
  const double mills = (1 - w * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w)))) / -t;
  return {log_phi + std::log(mills), 1 / mills};
}

/// log P(T > −t) of a standard Cauchy: atan2(1, −t) / π keeps its digits in both tails.
LogTail log_cauchy_cdf(double t) {
  const double angle = std::atan2(1, -t);
  return {std::log(angle / std::numbers::pi), 1 / ((1 + t * t) * angle)};
}

double log_student_cdf(double nu, double t) { return std::log(boost::math::cdf(boost::math::students_t(nu), t)); }

LogTail log_student_cdf_with_slope(double nu, double t) {
  const double value = log_student_cdf(nu, t);
  return {value, std::exp(std::log(boost::math::pdf(boost::math::students_t(nu), t)) - value)};
}

/// ∂ log F_ν(t) / ∂ν by differences of order 4: no closed form is at hand. About 11 digits.
double student_cdf_by_nu(double nu, double t) {
  if (t == 0) return 0;
  const double h = 1e-3 * nu;
  const auto f = [&](double steps) { return log_student_cdf(nu + steps * h, t); };
  return (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * h);
}

// ---- Normalisers ----------------------------------------------------------------------------------------------------

Normaliser normal_normaliser(double m, double s, bool positive) {
  Normaliser out{std::log(s) + kLogSqrtTwoPi, {0, 1 / s, 0}};
  if (!positive) return out;
  const LogTail tail = log_normal_cdf(m / s);
  out.value += tail.value;
  out.d_args[0] += tail.d_t / s;
  out.d_args[1] -= tail.d_t * m / (s * s);
  return out;
}

Normaliser cauchy_normaliser(double m, double s, bool positive) {
  Normaliser out{std::log(s) + std::log(std::numbers::pi), {0, 1 / s, 0}};
  if (!positive) return out;
  const LogTail tail = log_cauchy_cdf(m / s);
  out.value += tail.value;
  out.d_args[0] += tail.d_t / s;
  out.d_args[1] -= tail.d_t * m / (s * s);
  return out;
}

/// log [Γ(ν/2) √(νπ) s / Γ((ν + 1)/2)]; the ratio of gammas directly, since logs of large ones cancel.
Normaliser student_normaliser(double nu, double m, double s, bool positive) {
  const double log_ratio = std::log(boost::math::tgamma_delta_ratio(nu / 2, 0.5));
  Normaliser out{log_ratio + 0.5 * std::log(nu * std::numbers::pi) + std::log(s), {}};
  out.d_args = {0.5 * (digamma(nu / 2) - digamma((nu + 1) / 2) + 1 / nu), 0, 1 / s};
  if (!positive) return out;
  const LogTail tail = log_student_cdf_with_slope(nu, m / s);
  out.value += tail.value;
  out.d_args[0] += student_cdf_by_nu(nu, m / s);
  out.d_args[1] += tail.d_t / s;
  out.d_args[2] -= tail.d_t * m / (s * s);
  return out;
}

/// Γ(a) b^−a, of gamma and inverse gamma alike.
Normaliser gamma_normaliser(double a, double b) {
  return {lgamma(a) - a * std::log(b), {digamma(a) - std::log(b), -a / b, 0}};
}

Normaliser beta_normaliser(double a, double b) {
  const double both = digamma(a + b);
  return {lgamma(a) + lgamma(b) - lgamma(a + b), {digamma(a) - both, digamma(b) - both, 0}};
}

Normaliser half_normaliser(DistributionKind kind, Args args) {
  Normaliser out;
  if (kind == half_student_t) {
    out = student_normaliser(args[0], 0, args[1], false);
    out.d_args = {out.d_args[0], out.d_args[2], 0};
  } else {
    out = kind == half_normal ? normal_normaliser(0, args[0], false) : cauchy_normaliser(0, args[0], false);
    out.d_args = {out.d_args[1], 0, 0};
  }
  out.value -= std::numbers::ln2;
  return out;
}

Normaliser normaliser(DistributionKind kind, bool positive, Args args) {
  switch (kind) {
    case normal:
      return normal_normaliser(args[0], args[1], positive);
    case student_t:
      return student_normaliser(args[0], args[1], args[2], positive);
    case cauchy:
      return cauchy_normaliser(args[0], args[1], positive);
    case half_normal:
    case half_student_t:
    case half_cauchy:
      return half_normaliser(kind, args);
    case exponential:
      return {-std::log(args[0]), {-1 / args[0], 0, 0}};
    case gamma:
    case inverse_gamma:
      return gamma_normaliser(args[0], args[1]);
    case lognormal:
      return normal_normaliser(args[0], args[1], false);
    case uniform: {
      const double width = args[1] - args[0];
      return {std::log(width), {-1 / width, 1 / width, 0}};
    }
    case beta:
      return beta_normaliser(args[0], args[1]);
    default:
      return {};
  }
}

// ---- Kernels --------------------------------------------------------------------------------------------------------

/// −z²/2 with z = (x − m)/s.
LogPrior normal_kernel(double x, double m, double s) {
  const double z = (x - m) / s;
  return {-0.5 * z * z, -z / s, {z / s, z * z / s, 0}};
}

/// −(ν + 1)/2 log(1 + z²/ν).
LogPrior student_kernel(double x, double nu, double m, double s) {
  const double z = (x - m) / s;
  const double log_term = std::log1p(z * z / nu);
  const double pull = (nu + 1) * z / (nu + z * z);
  return {-0.5 * (nu + 1) * log_term, -pull / s, {0.5 * (pull * z / nu - log_term), pull / s, pull * z / s}};
}

LogPrior cauchy_kernel(double x, double m, double s) {
  const double z = (x - m) / s;
  const double pull = 2 * z / (1 + z * z);
  return {-std::log1p(z * z), -pull / s, {pull / s, pull * z / s, 0}};
}

LogPrior lognormal_kernel(double x, double m, double s) {
  const double log_x = std::log(x);
  LogPrior out = normal_kernel(log_x, m, s);
  out.value -= log_x;
  out.d_x = (out.d_x - 1) / x;
  return out;
}

LogPrior kernel(DistributionKind kind, double x, Args args) {
  switch (kind) {
    case normal:
      return normal_kernel(x, args[0], args[1]);
    case half_normal: {
      const LogPrior full = normal_kernel(x, 0, args[0]);
      return {full.value, full.d_x, {full.d_args[1], 0, 0}};
    }
    case student_t:
      return student_kernel(x, args[0], args[1], args[2]);
    case half_student_t: {
      const LogPrior full = student_kernel(x, args[0], 0, args[1]);
      return {full.value, full.d_x, {full.d_args[0], full.d_args[2], 0}};
    }
    case cauchy:
      return cauchy_kernel(x, args[0], args[1]);
    case half_cauchy: {
      const LogPrior full = cauchy_kernel(x, 0, args[0]);
      return {full.value, full.d_x, {full.d_args[1], 0, 0}};
    }
    case exponential:
      return {-args[0] * x, -args[0], {-x, 0, 0}};
    case gamma: {
      const double log_x = std::log(x);
      return {(args[0] - 1) * log_x - args[1] * x, (args[0] - 1) / x - args[1], {log_x, -x, 0}};
    }
    case inverse_gamma: {
      const double log_x = std::log(x);
      return {-(args[0] + 1) * log_x - args[1] / x, (args[1] / x - args[0] - 1) / x, {-log_x, -1 / x, 0}};
    }
    case lognormal:
      return lognormal_kernel(x, args[0], args[1]);
    case beta: {
      const double log_x = std::log(x), log_rest = std::log1p(-x);
      return {(args[0] - 1) * log_x + (args[1] - 1) * log_rest,
              (args[0] - 1) / x - (args[1] - 1) / (1 - x),
              {log_x, log_rest, 0}};
    }
    default:
      return {};
  }
}

/// Is x where the density is positive and finite?
bool in_support(DistributionKind kind, bool positive, double x, Args args) {
  if (!std::isfinite(x)) return false;
  switch (kind) {
    case normal:
    case student_t:
    case cauchy:
      return !positive || x >= 0;
    case flat:
      return !positive || x > 0;
    case half_normal:
    case half_student_t:
    case half_cauchy:
    case exponential:
      return x >= 0;
    case gamma:
    case inverse_gamma:
    case lognormal:
      return x > 0;
    case uniform:
      return args[0] <= x && x <= args[1];
    case beta:
      return x > 0 && x < 1;
    default:
      return true;
  }
}

/// Do the arguments make a distribution? Expressions may leave their range within a trajectory.
bool valid(DistributionKind kind, Args args) {
  if (!std::all_of(args.begin(), args.end(), [](double a) { return std::isfinite(a); })) return false;
  switch (kind) {
    case normal:
    case cauchy:
    case lognormal:
      return args[1] > 0;
    case student_t:
      return args[0] > 0 && args[2] > 0;
    case uniform:
      return args[0] < args[1];
    case flat:
    case constant:
      return true;
    default:
      return std::all_of(args.begin(), args.end(), [](double a) { return a > 0; });
  }
}

void check_arguments(DistributionKind kind, Args args) {
  WOODBURY_ASSERT(kind != lkj && kind != multi_normal);
  WOODBURY_ASSERT(args.size() == model::info(kind).arguments.size());
}

}  // namespace

LogPrior log_prior(DistributionKind kind, bool positive, double x, Args args) {
  check_arguments(kind, args);
  if (!valid(kind, args) || !in_support(kind, positive, x, args)) return {-kInfinity, 0, {}};
  LogPrior out = kernel(kind, x, args);
  const Normaliser constant_part = normaliser(kind, positive, args);
  out.value -= constant_part.value;
  for (std::size_t i = 0; i < args.size(); ++i) out.d_args[i] -= constant_part.d_args[i];
  return out;
}

FixedPrior::FixedPrior(DistributionKind kind, bool positive, Args args)
    : kind_(kind), positive_(positive), count_(args.size()) {
  check_arguments(kind, args);
  WOODBURY_ASSERT(valid(kind, args));
  std::copy(args.begin(), args.end(), args_.begin());
  log_normaliser_ = normaliser(kind, positive, args).value;
}

LogPrior FixedPrior::evaluate(double x) const {
  const Args args(args_.data(), count_);
  if (!in_support(kind_, positive_, x, args)) return {-kInfinity, 0, {}};
  LogPrior out = kernel(kind_, x, args);
  out.value -= log_normaliser_;
  return out;
}

LkjNormaliser lkj_normaliser(double eta, std::size_t d) {
  LkjNormaliser out;
  for (std::size_t k = 1; k < d; ++k) {
    const auto rest = static_cast<double>(d - k);
    const double shape = eta + (rest - 1) / 2;
    out.value += rest * ((2 * eta - 2 + rest) * std::numbers::ln2 + 2 * lgamma(shape) - lgamma(2 * shape));
    out.d_eta += 2 * rest * (std::numbers::ln2 + digamma(shape) - digamma(2 * shape));
  }
  return out;
}

double log_lkj_cholesky(double eta, double log_normaliser, std::size_t d, std::span<const double> factor,
                        std::span<double> adjoint) {
  WOODBURY_ASSERT(factor.size() == d * d && adjoint.size() == d * d);
  double value = -log_normaliser;
  for (std::size_t i = 1; i < d; ++i) {
    const double diagonal = factor[i * d + i];
    if (!(diagonal > 0)) return -kInfinity;
    const double power = static_cast<double>(d - i - 1) + 2 * eta - 2;
    value += power * std::log(diagonal);
    adjoint[i * d + i] += power / diagonal;
  }
  return value;
}

}  // namespace woodbury::density
