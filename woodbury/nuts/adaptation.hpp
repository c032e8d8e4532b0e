// What warm-up learns: a step size by dual averaging and a diagonal metric in growing windows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace woodbury::nuts {

/// Dual averaging of log ε towards a mean acceptance (Hoffman and Gelman 2014, section 3.2, with their constants).
class DualAveraging {
 public:
  explicit DualAveraging(double target_accept) : target_(target_accept) {}
  /// Forgets what it learnt and starts around ten times `step`.
  void restart(double step);
  /// The next step size to try, after a transition with this acceptance.
  double learn(double accept_stat);
  /// The averaged step size, for sampling; the one it was restarted with where it learnt nothing.
  [[nodiscard]] double average() const;

 private:
  double target_, start_ = 1, mu_ = 0, error_ = 0, log_average_ = 0, count_ = 0;
};

/// Stan's schedule: a fast interval, windows of doubling length that each estimate the metric anew, a fast interval.
struct Windows {
  explicit Windows(std::size_t warmup);
  std::size_t begin = 0;          ///< first iteration whose draw counts
  std::vector<std::size_t> ends;  ///< last iteration of each window; empty where warm-up is too short for any
  [[nodiscard]] bool collects(std::size_t iteration) const;
  [[nodiscard]] bool closes(std::size_t iteration) const;
};

/// Running variances of each coordinate (Welford).
class Variances {
 public:
  explicit Variances(std::span<const double> guess);
  void add(std::span<const double> q);
  /// Writes the variances, shrunk as Stan does towards 10⁻³ — here in units of the first guess — and starts anew.
  void estimate(std::span<double> variances);

 private:
  std::vector<double> guess_, mean_, squares_;
  double count_ = 0;
};

}  // namespace woodbury::nuts
