// Climbs, the Hessian by differences, and what speaks against the mode.
#include "woodbury/nuts/mode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/nuts/bfgs.hpp"

namespace woodbury::nuts {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kNoChain = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kPairs = 2, kProbeStream = kPairs;
constexpr int kTriesAPair = 10;
constexpr double kSameHeight = 1e-2;   // nats: a climb that ended higher by more ended elsewhere
constexpr double kMattersWithin = 10;  // nats: a mode lower by more is left out of account
constexpr double kSameMode = 0.5;      // posterior standard deviations
constexpr double kDifference = 1e-3;   // of the Hessian, in standard deviations
constexpr int kRounds = 5;
constexpr double kSettled = 10;  // whitened curvatures within this factor of 1
constexpr int kMostPolishing = 5;
constexpr double kMostToGain = 1e-4;  // nats, by a Newton step from the mode
constexpr int kProbes = 32;
constexpr double kMostSpread = 10;  // nats, of log density over normal density, the middle four fifths of probes

class Search {
 public:
  Search(LogDensity& density, const ModeOptions& options) : objective_(density), options_(options) {}

  Mode run() {
    mode_.reason = find();
    mode_.gradients = objective_.gradients();
    return std::move(mode_);
  }

 private:
  std::string find() {
    climb_from_all();
    const auto lowest =
        std::ranges::min_element(climbs_, {}, [](const Climb& c) { return c.converged ? c.value : kInfinity; });
    if (lowest == climbs_.end() || !lowest->converged) return "no mode was found";
    Climb best = *lowest;
    for (const Climb& c : climbs_)
      if (!c.converged && c.value < best.value - kSameHeight) return "the density has no highest point";
    if (!curvature(best)) return "the Hessian at the mode is not positive definite";
    for (int polish = 0; left_to_gain(best) > kMostToGain; ++polish)
      if (polish == kMostPolishing || !newton(best) || !curvature(best))
        return "the climb to the mode did not converge";
    store(best);
    if (has_other(best)) return "the density has more than one mode";
    return far_from_normal(best) ? "the density is far from normal around its mode" : "";
  }

  /// Nats, by a Newton step.
  [[nodiscard]] double left_to_gain(const Climb& best) const {
    return (factor_.transpose() * best.gradient).squaredNorm() / 2;
  }

  bool newton(Climb& best) {
    const VectorXd q = best.q - factor_ * (factor_.transpose() * best.gradient);
    VectorXd gradient(q.size());
    const double value = objective_(q, gradient);
    if (!(value <= best.value)) return false;
    best.q = q;
    best.gradient = gradient;
    best.value = value;
    best.inverse_hessian = factor_ * factor_.transpose();
    return true;
  }

  /// From 0 or the start given, and from pairs u, −u, so that the modes of a sign that flips are found.
  void climb_from_all() {
    const Eigen::Index n = objective_.dimension();
    VectorXd q = VectorXd::Zero(n);
    if (!options_.start.empty()) q = VectorXd::Map(options_.start.data(), n);
    climb_from(q);
    for (std::uint64_t pair = 0; pair < kPairs; ++pair) {
      base::Stream stream(options_.seed, kNoChain, pair, base::Purpose::initial);
      for (int tries = 0, found = 0; tries < kTriesAPair && found == 0; ++tries) {
        for (double& value : q) value = options_.radius * (2 * stream.uniform() - 1);
        found += climb_from(q) + climb_from(-q);
      }
    }
  }

  /// False where there is no density.
  bool climb_from(const VectorXd& q) {
    VectorXd gradient(q.size());
    if (!std::isfinite(objective_(q, gradient))) return false;
    climbs_.push_back(climb(objective_, q));
    return true;
  }

  void store(const Climb& best) {
    mode_.q.assign(best.q.begin(), best.q.end());
    mode_.log_density = -best.value;
    for (Eigen::Index i = 0; i < factor_.rows(); ++i)
      for (Eigen::Index j = 0; j < factor_.cols(); ++j) mode_.factor.push_back(factor_(i, j));
  }

  /// factor_ ← L of H⁻¹ = L Lᵀ. Differences are taken along the columns of the factor known so far, in which the
  /// density is near standard normal; again where it turns out that it was not.
  bool curvature(const Climb& best) {
    MatrixXd inverse = best.inverse_hessian;
    bool settled = false;
    for (int round = 0; round < kRounds && !settled; ++round) {
      const Eigen::LLT<MatrixXd> known(inverse);
      if (known.info() != Eigen::Success) return false;
      factor_ = known.matrixL();
      const Eigen::SelfAdjointEigenSolver<MatrixXd> whitened(hessian(best.q));
      const VectorXd& curvatures = whitened.eigenvalues();
      if (whitened.info() != Eigen::Success || !(curvatures.minCoeff() > 0)) return false;
      const MatrixXd half = factor_ * whitened.eigenvectors() * curvatures.cwiseSqrt().cwiseInverse().asDiagonal();
      inverse = half * half.transpose();
      settled = curvatures.minCoeff() > 1 / kSettled && curvatures.maxCoeff() < kSettled;
    }
    if (!settled) return false;
    const Eigen::LLT<MatrixXd> final_factor(inverse);
    if (final_factor.info() != Eigen::Success) return false;
    factor_ = final_factor.matrixL();
    return true;
  }

  /// Lᵀ H L by central differences of gradients, symmetrised.
  MatrixXd hessian(const VectorXd& q) {
    const Eigen::Index n = q.size();
    MatrixXd result(n, n);
    VectorXd above(n), below(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double up = objective_(q + kDifference * factor_.col(j), above);
      const double down = objective_(q - kDifference * factor_.col(j), below);
      if (!std::isfinite(up) || !std::isfinite(down)) return MatrixXd::Zero(n, n);
      result.col(j) = factor_.transpose() * (above - below) / (2 * kDifference);
    }
    return (result + result.transpose()) / 2;
  }

  [[nodiscard]] bool has_other(const Climb& best) const {
    const auto l = factor_.triangularView<Eigen::Lower>();
    return std::ranges::any_of(climbs_, [&](const Climb& c) {
      return c.converged && c.value < best.value + kMattersWithin && l.solve(c.q - best.q).norm() > kSameMode;
    });
  }

  /// Whether log π − log N(mode, H⁻¹) varies widely over draws from the latter. Robust to a few draws without density.
  bool far_from_normal(const Climb& best) {
    const Eigen::Index n = best.q.size();
    base::Stream stream(options_.seed, kNoChain, kProbeStream, base::Purpose::initial);
    VectorXd z(n), gradient(n);
    std::vector<double> excess;
    for (int probe = 0; probe < kProbes; ++probe) {
      for (double& value : z) value = stream.normal();
      excess.push_back(best.value - objective_(best.q + factor_ * z, gradient) + z.squaredNorm() / 2);
    }
    std::ranges::sort(excess);
    return !(excess[kProbes * 9 / 10] - excess[kProbes / 10] < kMostSpread);
  }

  Objective objective_;
  const ModeOptions& options_;
  std::vector<Climb> climbs_;
  MatrixXd factor_;
  Mode mode_;
};

}  // namespace

Mode find_mode(LogDensity& density, const ModeOptions& options) { return Search(density, options).run(); }

}  // namespace woodbury::nuts
