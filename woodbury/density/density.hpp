// Front door of density: a plan bound to data, as a log density with gradient over unconstrained coordinates.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/density/likelihood.hpp"
#include "woodbury/density/log_prior.hpp"
#include "woodbury/density/sampled.hpp"
#include "woodbury/density/tape.hpp"
#include "woodbury/density/transform.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {

/// A scale to be sampled on the whole line, τ = spread · sinh η.
struct SignedScale {
  plan::EvenScale scale;
  double spread;
};

/// log p(φ, y) with the plan's effects integrated out, over q ∈ R^dimension: log-Jacobians included, all constants
/// kept. Coordinates are those of the sampled variables in the model's order. One object serves one thread; copies
/// share what is immutable.
class Density {
 public:
  Density(const plan::Plan& plan, const frame::Frame& table);

  /// The same density with these scales signed: over η ∈ R half of it lies on either side, and neither τ = 0 nor the
  /// logarithm's long tail is in the way. The data are shared.
  [[nodiscard]] Density with_signed(const std::vector<SignedScale>& scales) const;
  /// Signed scales make mirror images: with S = diag(sign τ), τ and R have the density of |τ| and S R S. Where q is not
  /// the image with τ ≥ 0, gives the signs that make it so, and true.
  [[nodiscard]] bool mirror(std::span<const double> q, std::span<double> signs) const;
  /// First coordinate of a sampled variable.
  [[nodiscard]] std::size_t coordinate(model::VariableId variable) const;

  [[nodiscard]] std::size_t dimension() const noexcept { return shared_->dimension; }
  /// Value, and the gradient (of q's length). −infinity where a prior or a factorisation fails; `failure` says which.
  double evaluate(std::span<const double> q, std::span<double> gradient);
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  /// Values of all sampled variables and their expressions at q, the kernel factorised there; for recovery.
  /// Returns the log likelihood log p(y | φ).
  double locate(std::span<const double> q);
  /// The same at values of the sampled variables that `set` writes, each at its place on the tape.
  double assume(const std::function<void(std::span<double>)>& set);
  /// Of the last evaluate, locate or assume.
  [[nodiscard]] double log_likelihood() const noexcept { return log_likelihood_; }
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }
  /// Over the rows as the likelihood works them: cells, where rows are merged, or strata of one residual scale.
  [[nodiscard]] const Tape& tape() const noexcept { return shared_->tape; }
  [[nodiscard]] std::span<const SampledVariable> sampled() const noexcept { return shared_->sampled; }
  [[nodiscard]] const Likelihood& likelihood() const noexcept { return likelihood_; }
  [[nodiscard]] Likelihood& likelihood() noexcept { return likelihood_; }

  /// Coordinates for given values of a sampled variable (in the tape's storage); the others of q are left alone.
  /// Of levels of an effect that are not centred the values are standardised deviations z.
  void unconstrain(model::VariableId variable, std::span<const double> value, std::span<double> q) const;

  /// Values of the sampled variables in the order of `sampled`, in the tape's storage; empty: not given, left at 0.
  using Given = std::span<const std::vector<double>>;
  /// Coordinates at which every sampled variable has its value; not finite where that is outside its support.
  void unconstrain(Given values, std::span<double> q);
  enum class Of { joint, likelihood };
  /// log p(y, φ), densities of the values themselves and so without a Jacobian, or log p(y | φ). −infinity where it
  /// fails.
  double evaluate_at(Given values, Of of);
  /// Its derivatives by the values of `sampled()[s]`, the others held; of a correlation matrix by its factor.
  [[nodiscard]] std::span<const double> derivatives(std::size_t s) const {
    const model::NodeId node = shared_->sampled[s].node();
    return std::span(adjoints_).subspan(shared_->tape.offset(node), shared_->tape.size(node));
  }

 private:
  /// Coordinates that change their signs together: η, and partial correlations with its column.
  struct Mirror {
    std::size_t scale;
    std::vector<std::size_t> correlations;
  };
  struct Shared {
    Tape tape;
    std::vector<SampledVariable> sampled;  ///< ascending by node
    std::vector<int> sampled_at;           ///< a node → its place in `sampled`, or −1
    std::vector<bool> is_variable;         ///< a node each
    std::size_t dimension = 0;
    std::vector<Mirror> mirrors;
    [[nodiscard]] std::size_t place(model::VariableId variable) const;  ///< in `sampled`
  };
  struct Stacked {};  ///< the table is as long as the observations together
  Density(Stacked, const plan::Plan& plan, const frame::Frame& table);
  Density(const plan::Plan& plan, const frame::Frame& table, const Rows& rows);
  static std::shared_ptr<const Shared> compile(const plan::Plan& plan, const frame::Frame& rows,
                                               const frame::Frame& table);
  double forward(std::span<const double> q);
  void place(Given values, std::span<double> q);

  std::shared_ptr<const Shared> shared_;
  Likelihood likelihood_;
  std::vector<double> values_, adjoints_;
  double log_likelihood_ = 0;
  std::string failure_;
};

}  // namespace woodbury::density
