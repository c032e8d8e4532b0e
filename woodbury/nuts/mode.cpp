// Climbs, the Hessian by differences, and what speaks against the mode.
#include "woodbury/nuts/mode.hpp"

#include <algorithm>
#include <chrono>
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
constexpr std::uint64_t kProbeStream = 1000;  // beyond those of the starts
constexpr int kTriesAPair = 10;
constexpr double kSameHeight = 1e-2;   // nats: a climb that ended higher by more ended elsewhere
constexpr double kMattersWithin = 10;  // nats: a mode lower by more is left out of account
constexpr double kSameMode = 0.5;      // posterior standard deviations
constexpr double kDifference = 1e-3;   // of the Hessian, in standard deviations
constexpr int kRounds = 6;             // of differences at one place
constexpr double kSettled = 10;        // whitened curvatures within this factor of 1
constexpr int kMostPolishing = 5;
constexpr double kFlattest = 1e-12;
constexpr double kMostToGain = 1e-4;  // nats, by a Newton step from the mode
constexpr int kProbes = 32;
// Nats of log density over normal density, in the middle four fifths of probes: beyond these the Hessian is refined,
// or of no use.
constexpr double kMostSpread = 4, kUseless = 50;

/// Where a climb ended, and what is known of the curvature there.
struct Summit {
  Climb end;
  MatrixXd factor;  // of the inverse Hessian
  double left_to_gain = 0;
  bool definite = false;
  bool saddle = false;  // the curvature is known, and not everywhere positive
};

class Search {
 public:
  Search(LogDensity& density, const ModeOptions& options) : objective_(density), options_(options) {}

  Mode run() {
    const auto began = std::chrono::steady_clock::now();
    mode_.reason = find();
    mode_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    mode_.gradients = objective_.gradients();
    return std::move(mode_);
  }

 private:
  std::string find() {
    climb_from_all();
    const auto height = [](const Summit& s) { return s.end.converged ? s.end.value : kInfinity; };
    const auto best = std::ranges::min_element(summits_, {}, height);
    if (best == summits_.end() || !best->end.converged) return "no mode was found";
    for (const Summit& s : summits_)
      if (!s.end.converged && s.end.value < best->end.value - kSameHeight) return "the density has no highest point";
    store(*best);
    if (!best->definite) return "the Hessian at the mode is not positive definite";
    if (best->left_to_gain > kMostToGain) return "the climb to the mode did not converge";
    if (has_other(*best)) return "the density has more than one mode";
    const double spread = spread_of(*best);
    mode_.rough = !(spread < kMostSpread);
    return spread < kUseless ? "" : "the density is far from normal around its mode";
  }

  /// From 0 or the start given, and from pairs u, −u, so that the modes of a sign that flips are found.
  void climb_from_all() {
    const Eigen::Index n = objective_.dimension();
    VectorXd q = VectorXd::Zero(n);
    if (!options_.start.empty()) q = VectorXd::Map(options_.start.data(), n);
    climb_from(q);
    for (std::uint64_t pair = 0; pair < options_.pairs; ++pair) {
      base::Stream stream(options_.seed, kNoChain, pair, base::Purpose::initial);
      for (int tries = 0, found = 0; tries < kTriesAPair && found == 0; ++tries) {
        for (double& value : q) value = options_.radius * (2 * stream.uniform() - 1);
        found += climb_from(q) + climb_from(-q);
      }
    }
  }

  /// Climbs on with the true curvature where BFGS's estimate, too small along directions it has not seen, made it stop.
  /// False where there is no density.
  bool climb_from(const VectorXd& q) {
    VectorXd gradient(q.size());
    if (!std::isfinite(objective_(q, gradient))) return false;
    Summit& s = summits_.emplace_back();
    s.end = climb(objective_, q);
    fold(s.end);
    for (int polish = 0; s.end.converged && polish < kMostPolishing; ++polish) {
      survey(s);
      if (s.left_to_gain < kMostToGain) break;
      s.end = climb(objective_, s.end.q, &s.end.inverse_hessian);
      fold(s.end);
    }
    return true;
  }

  /// Into the mirror image that stands for all, so that mirrored summits are one.
  void fold(Climb& end) {
    VectorXd signs(end.q.size());
    const auto n = static_cast<std::size_t>(end.q.size());
    if (!objective_.density().mirror({end.q.data(), n}, {signs.data(), n})) return;
    end.q.array() *= signs.array();
    end.gradient.array() *= signs.array();
    end.inverse_hessian = signs.asDiagonal() * end.inverse_hessian * signs.asDiagonal();
  }

  void store(const Summit& best) {
    const Eigen::Index n = best.end.q.size();
    mode_.q.assign(best.end.q.begin(), best.end.q.end());
    mode_.log_density = -best.end.value;
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j) mode_.factor.push_back(best.factor(i, j));
  }

  /// Replaces the inverse Hessian by the true one, its curvatures made positive, and takes its factor. Differences are
  /// taken along the columns of the factor known so far, in which the density is near standard normal; again where it
  /// turns out that it was not.
  void survey(Summit& s) {
    bool settled = false;
    for (int round = 0; round < kRounds && !settled; ++round) {
      s.factor = s.end.inverse_hessian.llt().matrixL();
      const Eigen::SelfAdjointEigenSolver<MatrixXd> whitened(hessian(s.end.q, s.factor));
      const VectorXd& curvatures = whitened.eigenvalues();
      const VectorXd sizes = curvatures.cwiseAbs().cwiseMax(kFlattest);
      const MatrixXd half = s.factor * whitened.eigenvectors() * sizes.cwiseSqrt().cwiseInverse().asDiagonal();
      s.end.inverse_hessian = half * half.transpose();
      settled = sizes.minCoeff() > 1 / kSettled && sizes.maxCoeff() < kSettled;
      s.definite = settled && curvatures.minCoeff() > 0;
      s.saddle = settled && !s.definite;
    }
    const Eigen::LLT<MatrixXd> factor(s.end.inverse_hessian);
    s.definite = s.definite && factor.info() == Eigen::Success;
    s.factor = factor.matrixL();
    s.left_to_gain = s.end.gradient.dot(s.end.inverse_hessian * s.end.gradient) / 2;
  }

  /// Lᵀ H L by central differences of gradients, symmetrised.
  MatrixXd hessian(const VectorXd& q, const MatrixXd& factor) {
    const Eigen::Index n = q.size();
    MatrixXd result(n, n);
    VectorXd above(n), below(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double up = objective_(q + kDifference * factor.col(j), above);
      const double down = objective_(q - kDifference * factor.col(j), below);
      if (!std::isfinite(up) || !std::isfinite(down)) return MatrixXd::Zero(n, n);
      result.col(j) = factor.transpose() * (above - below) / (2 * kDifference);
    }
    return (result + result.transpose()) / 2;
  }

  [[nodiscard]] bool has_other(const Summit& best) const {
    const auto l = best.factor.triangularView<Eigen::Lower>();
    return std::ranges::any_of(summits_, [&](const Summit& s) {
      return s.end.converged && !s.saddle && s.end.value < best.end.value + kMattersWithin &&
             l.solve(s.end.q - best.end.q).norm() > kSameMode;
    });
  }

  /// How widely log π − log N(mode, H⁻¹) varies over draws from the latter. Robust to a few draws without density.
  double spread_of(const Summit& best) {
    const Eigen::Index n = best.end.q.size();
    base::Stream stream(options_.seed, kNoChain, kProbeStream, base::Purpose::initial);
    VectorXd z(n), gradient(n);
    std::vector<double> excess;
    for (int probe = 0; probe < kProbes; ++probe) {
      for (double& value : z) value = stream.normal();
      excess.push_back(best.end.value - objective_(best.end.q + best.factor * z, gradient) + z.squaredNorm() / 2);
    }
    std::ranges::sort(excess);
    return excess[kProbes * 9 / 10] - excess[kProbes / 10];
  }

  Objective objective_;
  const ModeOptions& options_;
  std::vector<Summit> summits_;
  Mode mode_;
};

}  // namespace

Mode find_mode(LogDensity& density, const ModeOptions& options) { return Search(density, options).run(); }

}  // namespace woodbury::nuts
