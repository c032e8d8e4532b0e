#include "woodbury/answers/prior.hpp"

#include <cmath>

#include <fmt/format.h>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/cauchy.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace woodbury::answers {

namespace {

using Kind = model::DistributionKind;
using model::NodeId;

/// By the inverse of the distribution function, above zero where the prior is truncated there.
template <class Standard>
double symmetric(const Standard& standard, double m, double s, bool positive, base::Stream& stream) {
  const double below = positive ? cdf(standard, -m / s) : 0;
  return m + s * quantile(standard, below + (1 - below) * stream.uniform());
}

/// One value of a univariate prior.
double draw(Kind kind, bool positive, std::span<const double> a, base::Stream& stream) {
  switch (kind) {
    case Kind::normal:
      return symmetric(boost::math::normal(), a[0], a[1], positive, stream);
    case Kind::student_t:
      return symmetric(boost::math::students_t(a[0]), a[1], a[2], positive, stream);
    case Kind::cauchy:
      return symmetric(boost::math::cauchy(), a[0], a[1], positive, stream);
    case Kind::half_normal:
      return a[0] * std::abs(stream.normal());
    case Kind::half_student_t:
      return std::abs(symmetric(boost::math::students_t(a[0]), 0, a[1], false, stream));
    case Kind::half_cauchy:
      return std::abs(symmetric(boost::math::cauchy(), 0, a[0], false, stream));
    case Kind::exponential:
      return stream.exponential() / a[0];
    case Kind::gamma:
      return quantile(boost::math::gamma_distribution<>(a[0], 1 / a[1]), stream.uniform());
    case Kind::inverse_gamma:
      return a[1] / quantile(boost::math::gamma_distribution<>(a[0], 1), stream.uniform());
    case Kind::lognormal:
      return std::exp(a[0] + a[1] * stream.normal());
    case Kind::uniform:
      return a[0] + (a[1] - a[0]) * stream.uniform();
    case Kind::beta:
      return quantile(boost::math::beta_distribution<>(a[0], a[1]), stream.uniform());
    default:
      return a[0];  // a constant
  }
}

/// Cholesky factor, d × d column-major, of R ~ LKJ(η) by canonical partial correlations (Lewandowski, Kurowicka and Joe
/// 2009): those given i variables are 2 Beta(b, b) − 1 with b = η + (d − 2 − i)/2.
void draw_lkj(double eta, std::size_t d, base::Stream& stream, double* out) {
  std::fill(out, out + d * d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    double left = 1;
    for (std::size_t i = 0; i < j; ++i) {
      const double b = eta + 0.5 * static_cast<double>(d - 2 - i);
      const double z = 2 * quantile(boost::math::beta_distribution<>(b, b), stream.uniform()) - 1;
      out[i * d + j] = z * std::sqrt(left);
      left *= 1 - z * z;
    }
    out[j * d + j] = std::sqrt(left);
  }
}

/// The whole model's values at a draw from the prior.
class PriorDraw {
 public:
  PriorDraw(const Bound& bound, const density::Tape& tape)
      : model_(bound.plan().model), tape_(tape), values_(tape.initial_values()) {}

  void make(base::Stream& stream) {
    for (const NodeId id : tape_.order()) {
      const model::Node& node = model_.node(id);
      if (node.op != model::Op::variable)
        tape_.forward(id, values_);
      else
        fill(model_.variable(node.index), &values_[tape_.offset(id)], tape_.size(id), stream);
    }
  }
  [[nodiscard]] double at(NodeId node, std::size_t i) const {
    return values_[tape_.offset(node) + (tape_.size(node) > 1 ? i : 0)];
  }

 private:
  void fill(const model::RandomVariable& variable, double* out, std::size_t size, base::Stream& stream) {
    const model::Distribution& prior = variable.distribution;
    if (prior.kind == Kind::lkj) {
      const auto d = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(size))));
      return draw_lkj(at(prior.args[0], 0), d, stream, out);
    }
    if (prior.kind == Kind::multi_normal) return fill_effects(prior, out, size, stream);
    std::vector<double> args(prior.args.size());
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t a = 0; a < args.size(); ++a) args[a] = at(prior.args[a], i);
      out[i] = draw(prior.kind, prior.positive, args, stream);
    }
  }
  /// Rows ~ N(mean, diag(sds) L Lᵀ diag(sds)).
  void fill_effects(const model::Distribution& prior, double* out, std::size_t size, base::Stream& stream) {
    const std::size_t d = std::max<std::size_t>(1, tape_.size(prior.args[1]));
    std::vector<double> z(d);
    for (std::size_t row = 0; row < size / d; ++row) {
      for (double& each : z) each = stream.normal();
      for (std::size_t c = 0; c < d; ++c) {
        double deviation = z[c];
        if (prior.args.size() > 2 && prior.args[2] != model::kNone) {
          deviation = 0;
          for (std::size_t k = 0; k <= c; ++k) deviation += at(prior.args[2], k * d + c) * z[k];
        }
        out[row * d + c] =
            at(prior.args[0], tape_.size(prior.args[0]) == size ? row * d + c : c) + at(prior.args[1], c) * deviation;
      }
    }
  }

  const model::Model& model_;
  const density::Tape& tape_;
  std::vector<double> values_;
};

}  // namespace

std::vector<std::vector<double>> simulate_prior(const Bound& bound, const SimulateOptions& options) {
  const model::Model& model = bound.plan().model;
  for (const model::RandomVariable& variable : model.variables())
    if (variable.distribution.kind == Kind::flat)
      throw base::Error(fmt::format("`{}` has a flat prior, from which nothing can be drawn", variable.name), {},
                        "fit with a proper prior to look at its predictions");
  const model::Observation& observation = bound.observation();
  std::vector<NodeId> roots{observation.mean, observation.sd};
  for (model::VariableId v = 0; v < static_cast<model::VariableId>(model.variables().size()); ++v) {
    roots.push_back(model.node_of(v));
    for (const NodeId argument : model.variable(v).distribution.args) roots.push_back(argument);
  }
  const density::Tape tape(model, bound.data(), roots);
  std::vector<std::vector<double>> result(options.copies);
  base::parallel_for(options.copies, options.threads, [&](std::size_t copy) {
    base::Stream stream(options.seed, 1, copy, base::Purpose::simulate);
    PriorDraw prior(bound, tape);
    prior.make(stream);
    for (std::size_t n = 0; n < bound.data().rows(); ++n) {
      const double y = prior.at(observation.mean, n) + prior.at(observation.sd, n) * stream.normal();
      result[copy].push_back(bound.lognormal() ? std::exp(y) : y);
    }
  });
  return result;
}

}  // namespace woodbury::answers
