// A sampled variable: its coordinates, its transform, its prior, and the way back for gradients.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "woodbury/density/log_prior.hpp"
#include "woodbury/density/tape.hpp"
#include "woodbury/density/transform.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::density {

/// Which levels of effects are sampled as they are, x itself; the others are standardised, x = mean + C z with z
/// sampled.
struct Centring {
  enum class Kind { all, none, by_level } kind = Kind::all;
  std::vector<bool> centred = {};  ///< a level each, where it goes by level
};

/// How a variable's value x comes from coordinates q, and what its prior adds. Univariate kinds work element by
/// element, their arguments scalars or of the variable's own size. Effects with several columns are rows ~ N(mean, C
/// Cᵀ) with C = diag(sds) L, L absent where columns are independent; q of a level is x, or z with x = mean + C z.
class SampledVariable {
 public:
  SampledVariable(const model::Model& model, const Tape& tape, model::VariableId variable, const Centring& centring,
                  std::size_t first_coordinate);

  [[nodiscard]] model::VariableId variable() const noexcept { return variable_; }
  [[nodiscard]] model::NodeId node() const noexcept { return node_; }
  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  [[nodiscard]] std::size_t coordinates() const noexcept { return transform_.unconstrained_size(); }
  [[nodiscard]] const Transform& transform() const noexcept { return transform_; }
  /// Lets a scale with an even prior take either sign, x = spread · sinh q: the prior is halved, and mirrored at zero.
  void make_signed(double spread);

  /// Writes the value, adds the prior's derivatives to the adjoints of the value and of the arguments, and returns the
  /// log prior with the log-Jacobian. −infinity outside the support.
  double forward(std::span<const double> q, std::span<double> values, std::span<double> adjoints) const;
  /// From the value's adjoint to the coordinates' gradient and the arguments' adjoints.
  void backward(std::span<const double> q, std::span<const double> values, std::span<double> adjoints,
                std::span<double> gradient) const;

  /// Coordinates at which the value is what it is in `values`, its arguments there too: the inverse of forward. Not
  /// finite where the value is outside the support.
  void unconstrain(std::span<const double> values, std::span<double> q) const;
  /// The log density of the value as it stands in `values`, without a Jacobian; of a correlation matrix R itself, not
  /// of its factor. Adds the derivatives by the value, R's by its factor, and by the arguments to their adjoints.
  double log_prior_at(std::span<double> values, std::span<double> adjoints) const;

 private:
  struct Argument {
    std::size_t at = 0, size = 1;
    [[nodiscard]] std::size_t index(std::size_t i) const { return size == 1 ? at : at + i; }
  };
  double elementwise(std::span<double> values, std::span<double> adjoints) const;
  double correlation(std::span<double> values, std::span<double> adjoints) const;
  void take_levels(const Centring& centring);
  using Levels = std::span<const std::uint32_t>;
  double centred(Levels levels, std::span<double> values, std::span<double> adjoints) const;
  double independent_centred(Levels levels, std::span<double> values, std::span<double> adjoints) const;
  double effects_centred(Levels levels, std::span<double> values, std::span<double> adjoints) const;
  double effects_standardised(std::span<const double> q, std::span<double> values) const;
  void backward_standardised(std::span<const double> q, std::span<const double> values, std::span<double> adjoints,
                             std::span<double> gradient) const;

  model::VariableId variable_;
  model::NodeId node_;
  model::DistributionKind kind_;
  bool positive_;
  bool signed_ = false;  ///< the prior's density is that of |x|, halved
  std::size_t first_, at_, size_;
  std::size_t width_ = 1;                              ///< columns of effects
  bool effects_ = false;                               ///< rows with a covariance, or standardised
  std::vector<std::uint32_t> centred_, standardised_;  ///< levels, of effects
  std::vector<Argument> args_;
  std::optional<FixedPrior> fixed_;  ///< where all arguments are numbers
  double lkj_eta_ = 0, lkj_log_normaliser_ = 0;
  Transform transform_;
};

}  // namespace woodbury::density
