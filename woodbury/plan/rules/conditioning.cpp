// conditioning: how hard what is sampled would be to sample. Given the scales, sampled effects have the precision
//     H = P_s + A_sᵀ(W − WA Q⁻¹AᵀW)A_s,
// and a sampler with a diagonal metric works in the units of H's diagonal. Its condition number there comes from a few
// Lanczos steps (Golub and Van Loan, Matrix Computations, ch. 10), each one product with H.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <Eigen/Eigenvalues>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

using Vector = Eigen::VectorXd;

constexpr int kSteps = 18;

/// H with unit diagonal (but for what integration takes from it), on the sampled blocks of a candidate.
class ScaledPrecision {
 public:
  ScaledPrecision(const Survey& survey, const Priced& priced, std::shared_ptr<const kernels::Structure> structure,
                  const moments::Sums& sums)
      : sums_(sums), kernel_(std::move(structure)), point_(kernel_.start()), in_(sums.rhs.size()), out_(in_.size()) {
    point_.precision = 1 / survey.residual_variance();
    const auto& layout = *kernel_.structure().layout;
    for (std::size_t k = 0; k < priced.linear.blocks.size(); ++k) {
      const LinearBlock& block = priced.linear.blocks[k];
      const std::size_t d = layout.blocks()[k].columns;
      for (std::size_t c = 0; c < d; ++c) {
        const double variance = survey.variance(block, block.columns[c]);
        if (block.integrated) {
          const bool flat = !std::isfinite(variance);
          const std::size_t e = kernel_.structure().width[k];  // with loadings as of one
          const bool diagonal = kernel_.structure().roles.blocks[k].diagonal;
          point_.factor[k][diagonal ? c : c * e + std::min(c, e - 1)] = flat ? 1 : std::sqrt(variance);
          continue;
        }
        for (std::size_t j = 0; j < layout.blocks()[k].levels; ++j) {
          places_.push_back(layout.offset(k) + j * d + c);
          prior_.push_back(1 / variance);
          const double data = sums.diagonal[k][(j * d + c) * d + c] * point_.precision;
          scale_.push_back(data + prior_.back() > 0 ? 1 / std::sqrt(data + prior_.back()) : 0);
        }
      }
    }
    ok_ = std::isfinite(kernel_.integrate(sums, point_));
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(places_.size()); }

  Vector times(const Vector& x) {
    std::fill(in_.begin(), in_.end(), 0);
    for (std::size_t i = 0; i < places_.size(); ++i) in_[places_[i]] = scale_[i] * x[static_cast<Eigen::Index>(i)];
    kernel_.sampled_precision(sums_, point_, in_, out_);
    Vector y(size());
    for (std::size_t i = 0; i < places_.size(); ++i)
      y[static_cast<Eigen::Index>(i)] = scale_[i] * (out_[places_[i]] + prior_[i] * in_[places_[i]]);
    return y;
  }

 private:
  const moments::Sums& sums_;
  kernels::Elimination kernel_;
  kernels::Point point_;
  std::vector<std::size_t> places_;
  std::vector<double> prior_, scale_, in_, out_;
  bool ok_ = false;
};

/// Extreme Ritz values, with every vector kept orthogonal to all before; the start is the same each time.
double lanczos(ScaledPrecision& h) {
  const Eigen::Index steps = std::min<Eigen::Index>(kSteps, h.size());
  Eigen::MatrixXd basis(h.size(), steps);
  Vector v(h.size());
  for (Eigen::Index i = 0; i < v.size(); ++i)  // multiples of the golden ratio, modulo one
    v[i] = std::fmod(std::numbers::phi * static_cast<double>(i + 1), 1) - 0.5;
  v.normalize();
  Vector diagonal(steps), off(std::max<Eigen::Index>(steps - 1, 1));
  Eigen::Index made = 0;
  while (made < steps) {
    basis.col(made) = v;
    Vector next = h.times(v);
    diagonal[made] = next.dot(v);
    const auto seen = basis.leftCols(made + 1);
    for (int twice = 0; twice < 2; ++twice) next -= seen * (seen.transpose() * next);
    const double norm = next.norm();
    if (++made == steps || !(norm > 1e-10 * std::abs(diagonal[0]))) break;
    off[made - 1] = norm;
    v = next / norm;
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal.head(made), off.head(std::max<Eigen::Index>(made - 1, 0)),
                                Eigen::EigenvaluesOnly);
  const double least = solver.eigenvalues().minCoeff(), most = solver.eigenvalues().maxCoeff();
  return most / std::max(least, 1e-12 * most);
}

constexpr double kLeastInformation = 1e-12;
/// Trajectories to an effective draw of a scale that may well be zero, by measurements.
constexpr double kNearZeroDraws = 6;

/// Var(log τ) under a flat prior of τ, given as many levels as there are with information i = λ/(1 − λ) each that have
/// scattered as they should. About 1/(2 Jλ²) where that is small, 1 where the data hardly tell τ from 0.
double variance_of_log_scale(double levels, double lambda) {
  constexpr double kFrom = -8, kTo = 2, kStep = 0.1;
  const double i = lambda / (1 - lambda);
  double weight = 0, mean = 0, square = 0;
  for (double x = kFrom; x < kTo; x += kStep) {
    const double scatter = (1 + i) / (1 + i * std::exp(2 * x));
    const double w = std::exp(x + 0.5 * levels * (std::log(scatter) + 1 - scatter));
    weight += w;
    mean += w * x;
    square += w * x * x;
  }
  mean /= weight;
  return std::max(square / weight - mean * mean, 1 / (2 * levels * lambda * lambda + 1));
}

}  // namespace

double condition_number(const Survey& survey, const Priced& priced, std::shared_ptr<const kernels::Structure> structure,
                        const moments::Sums& sums) {
  ScaledPrecision precision(survey, priced, std::move(structure), sums);
  if (!precision.ok() || precision.size() < 2) return 1;
  const double kappa = lanczos(precision);
  WOODBURY_ASSERT(kappa >= 1 && std::isfinite(kappa));
  return kappa;
}

/// A scale τ with effects sampled beside it: given them, log τ has information 2 a centred level and i_j = n_j τ²/σ² a
/// standardised one, and each trajectory, which turns back when the many effects do, moves it by no more than that
/// allows. So an effective draw takes that information times Var(log τ | data) trajectories, the data alone having
/// Σ 2λ_j², λ_j = i_j/(1 + i_j), with i_j here what is left of it when the level's other columns have taken theirs; and
/// some in any case where τ may be near zero, a long way on the log.
double scale_draws(const Information& information, const Centring& centring) {
  const std::size_t d = information.width;
  std::vector<double> given(d), alone(d, kLeastInformation);
  for (std::size_t j = 0; j < information.levels; ++j) {
    const Eigen::MatrixXd scaled = information.scaled(j);
    const Eigen::VectorXd shrunk =
        (scaled + Eigen::MatrixXd::Identity(scaled.rows(), scaled.rows())).inverse().diagonal();  // 1 − λ
    for (std::size_t c = 0; c < d; ++c) {
      const auto at = static_cast<Eigen::Index>(c);
      given[c] += centring.centred[j] ? 2 : scaled(at, at);
      alone[c] += 2 * std::pow(1 - shrunk[at], 2);
    }
  }
  double worst = 1;
  for (std::size_t c = 0; c < d; ++c) {
    const auto levels = static_cast<double>(information.levels);
    const double spread = variance_of_log_scale(levels, std::sqrt(alone[c] / (2 * levels)));
    worst = std::max(worst, given[c] * spread + kNearZeroDraws * std::min(1 / std::sqrt(alone[c]), 1.0));
  }
  return worst;
}

}  // namespace woodbury::plan
