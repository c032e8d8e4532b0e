// The likelihood's maximum of InstEval against lme4's maximum-likelihood fit: deviance and estimates.
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <Eigen/Dense>

#include "tests/paper/catalogue.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::paper {
namespace {

using Vector = Eigen::VectorXd;

/// −2 log likelihood and its gradient over coefficients and log scales. With flat priors the density is the likelihood
/// times the log-Jacobians of the scales, which are their coordinates.
class Deviance {
 public:
  explicit Deviance(const fit::Prepared& prepared) : density_(prepared.plan, prepared.data) {
    for (std::size_t v = 0; v < prepared.plan.model.variables().size(); ++v) {
      if (prepared.plan.integrated.contains(static_cast<model::VariableId>(v))) continue;
      const bool positive = prepared.plan.model.variables()[v].distribution.positive;
      names.push_back(prepared.plan.model.variables()[v].name);
      log_scale_.push_back(positive ? 1 : 0);
    }
  }
  double operator()(const Vector& q, Vector& gradient) {
    ++evaluations;
    const auto n = static_cast<std::size_t>(q.size());
    density_.evaluate({q.data(), n}, {gradient.data(), n});
    for (std::size_t i = 0; i < n; ++i) gradient[static_cast<Eigen::Index>(i)] -= log_scale_[i];
    gradient *= -2;
    return -2 * density_.log_likelihood();
  }
  [[nodiscard]] Eigen::Index dimension() const { return static_cast<Eigen::Index>(density_.dimension()); }
  std::vector<std::string> names;
  std::size_t evaluations = 0;

 private:
  density::Density density_;
  std::vector<double> log_scale_;
};

/// BFGS with halved steps; good enough for a smooth function of six variables from a near start.
double minimise(Deviance& f, Vector& q) {
  const Eigen::Index n = q.size();
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n) * 1e-5;
  Vector gradient(n), next_gradient(n);
  double value = f(q, gradient);
  for (int iteration = 0; iteration < 100 && gradient.norm() > 1e-3; ++iteration) {
    Vector step = -inverse * gradient;
    Vector next = q + step;
    double next_value = f(next, next_gradient);
    while (!(next_value < value + 1e-4 * gradient.dot(step)) && step.norm() > 1e-10) {
      step *= 0.5;
      next = q + step;
      next_value = f(next, next_gradient);
    }
    const Vector change = next_gradient - gradient;
    const double curvature = change.dot(step);
    if (curvature > 0) {
      if (iteration == 0) inverse = Eigen::MatrixXd::Identity(n, n) * (curvature / change.squaredNorm());
      const Eigen::MatrixXd left = Eigen::MatrixXd::Identity(n, n) - step * change.transpose() / curvature;
      inverse = left * inverse * left.transpose() + step * step.transpose() / curvature;
    }
    if (value - next_value < 1e-8) return std::min(value, next_value);
    q = next;
    value = next_value;
    gradient = next_gradient;
  }
  return value;
}

/// Covariance of the estimates: twice the inverse of the deviance's Hessian, by differences of gradients.
Eigen::MatrixXd covariance(Deviance& f, const Vector& q) {
  const Eigen::Index n = q.size();
  const double h = 1e-3;
  Eigen::MatrixXd hessian(n, n);
  Vector above(n), below(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    f(q + h * Vector::Unit(n, i), above);
    f(q - h * Vector::Unit(n, i), below);
    hessian.col(i) = (above - below) / (2 * h);
  }
  return (hessian + hessian.transpose()).eval().inverse() * 4;
}

TEST(SlowDeviance, InstEval_has_that_of_lme4) {
  Entry entry = find("InstEval");
  WOODBURY_NEEDS_TABLE(entry);
  entry.options.priors = {"b ~ flat()", "b(Intercept) ~ flat()", "sigma ~ flat()", "sd ~ flat()"};
  plan::Options plan;
  plan.integrate = "s,d,dept";
  Deviance deviance(prepare(entry, plan));
  ASSERT_EQ(deviance.dimension(), 6);
  Vector q(6);
  for (std::size_t i = 0; i < 6; ++i) {
    const std::string& name = deviance.names[i];
    q[static_cast<Eigen::Index>(i)] = name == "b_Intercept" ? 3.2 : name == "sigma" ? 0.2 : name[0] == 's' ? -1.2 : 0;
  }
  const double least = minimise(deviance, q);
  fmt::print("InstEval: deviance {:.4f} after {} evaluations\n", least, deviance.evaluations);
  const Vector errors = covariance(deviance, q).diagonal().cwiseSqrt();
  for (std::size_t i = 0; i < 6; ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const bool scale = deviance.names[i][0] == 's';
    const double estimate = scale ? std::exp(q[at]) : q[at];
    fmt::print("  {} {:.5f} ± {:.5f}\n", deviance.names[i], estimate, errors[at] * (scale ? estimate : 1));
  }
  // lme4 1.1: lmer(y ~ 1 + service + (1|s) + (1|d) + (1|dept), InstEval, REML = FALSE).
  EXPECT_NEAR(least, 237721.7688, 1e-3);
}

}  // namespace
}  // namespace woodbury::paper
