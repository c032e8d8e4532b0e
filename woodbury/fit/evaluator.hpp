// A prepared model's log density and marginal likelihood at values by name: for samplers and optimisers of one's own.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/draws/draws.hpp"

namespace woodbury::recover {
class Recovery;
}

namespace woodbury::fit {

struct Prepared;

/// Values of variables by name: a scalar, one a level, (g, coef) row by row, a correlation matrix whole.
using Values = std::map<std::string, std::vector<double>>;

/// Parameters are the variables that the plan samples; its Gaussian effects are integrated out. Scales are on the log
/// and correlations canonical partial ones in q ∈ R^dimension, effects as the plan parametrises them. One object serves
/// one thread; the prepared model must outlive it.
class Evaluator {
 public:
  explicit Evaluator(const Prepared& prepared);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  [[nodiscard]] std::size_t dimension() const noexcept { return density_.dimension(); }
  /// Names, dims and labels of the parameters, in the order of their coordinates.
  [[nodiscard]] const std::vector<draws::Variable>& parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::vector<std::string> coordinate_names() const;

  /// log p(y, φ(q)) + log |dφ/dq|, all constants kept, and its gradient; −infinity where it fails.
  double log_density(std::span<const double> q, std::span<double> gradient);
  /// log p(y, φ) in the variables themselves, without a Jacobian.
  double log_density(const Values& values) { return evaluate(values, density::Density::Of::joint, nullptr); }
  /// log p(y | φ), the effects of the plan integrated out. Variables that the likelihood does not need may be left out.
  double log_marginal_likelihood(const Values& values) {
    return evaluate(values, density::Density::Of::likelihood, nullptr);
  }
  /// The same with the derivatives by every value given, the others held; by a correlation that stands at (i, j) and
  /// (j, i), it stands at both, and 0 on the diagonal.
  double log_density(const Values& values, Values& gradient) {
    return evaluate(values, density::Density::Of::joint, &gradient);
  }
  double log_marginal_likelihood(const Values& values, Values& gradient) {
    return evaluate(values, density::Density::Of::likelihood, &gradient);
  }
  /// Why the last value was −infinity.
  [[nodiscard]] std::string failure() const;

  [[nodiscard]] Values constrain(std::span<const double> q);
  /// Throws base::Error where a parameter is missing, unknown, of a wrong size or outside its support.
  [[nodiscard]] std::vector<double> unconstrain(const Values& values);

  /// What `draw` gives, one after another.
  [[nodiscard]] const std::vector<draws::Variable>& variables() const noexcept { return variables_; }
  /// Every reported variable at q, the integrated ones drawn from their exact conditional.
  [[nodiscard]] std::vector<double> draw(std::span<const double> q, std::uint64_t seed, std::uint64_t index);

 private:
  /// In the tape's storage, by place in the density's list of sampled variables; empty where `values` has none.
  std::vector<std::vector<double>> stored(const Values& values, bool all) const;
  void check_names(const Values& values) const;
  void check_support(std::span<const double> q) const;
  double evaluate(const Values& values, density::Density::Of of, Values* gradient);

  const Prepared& prepared_;
  density::Density density_;
  std::vector<draws::Variable> parameters_, variables_;
  std::vector<bool> needed_;  ///< by the likelihood
  std::unique_ptr<recover::Recovery> recovery_;
};

}  // namespace woodbury::fit
