// A kernel on a random design as it is, or reduced, and its errors against the dense oracle.
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/kernels/dense_view.hpp"
#include "tests/support/dense_oracle.hpp"
#include "tests/support/random_design.hpp"
#include "woodbury/kernels/kernels.hpp"

namespace woodbury::test {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

using Dense = DenseView<double>;

/// The oracle's answers, worked with more digits than ours: at extreme scales its own cancellation would show.
struct Reference {
  double log_density;
  Matrix covariance_gradient, covariance;
  Vector score, mean;
};

inline Reference reference(const Dense& dense) {
  using Wide = long double;
  const DenseOracle<Wide> oracle(dense.residual.cast<Wide>(), dense.A.cast<Wide>(), dense.prior.cast<Wide>(),
                                 dense.X.cast<Wide>(), dense.noise.cast<Wide>());
  return {static_cast<double>(oracle.log_density), oracle.covariance_gradient.cast<double>(),
          oracle.covariance.cast<double>(), oracle.score.cast<double>(), oracle.mean.cast<double>()};
}

inline double relative(double ours, double reference, double scale) {
  return std::abs(ours - reference) / std::max(scale, 1.0);
}

enum class Reduce { none, levels, fixed_scales };

/// What may be reduced of a design; with `fixed_scales` as if all its scales were known.
inline std::optional<reduce::Rules> rules_of(const RandomDesign& design, Reduce reduce) {
  if (reduce == Reduce::none) return std::nullopt;
  reduce::Rules rules{{}, {}, design.roles.order};
  for (std::size_t k = 0; k < design.roles.blocks.size(); ++k) {
    const kernels::BlockRole& role = design.roles.blocks[k];
    rules.rotatable.push_back(role.integrated && !design.design->blocks()[k].factor.empty());
    const bool fixed = reduce == Reduce::fixed_scales && role.integrated && role.diagonal && role.flat.empty();
    rules.fixed.push_back(fixed ? design.point.factor[k] : std::vector<double>());
  }
  return rules;
}

/// A kernel on a random design as it is, or reduced; answers in the design's order.
struct Engine {
  const RandomDesign& random;
  std::optional<reduce::Reduction> reduction;
  kernels::Point point;
  kernels::Elimination kernel;

  Engine(const RandomDesign& design, const std::optional<reduce::Rules>& rules)
      : random(design), reduction(reduced(design, rules)), point(design.point), kernel(structure()) {
    if (!reduction) return;
    if (reduction->eigenbasis()) point.factor.push_back({1});
    point.coefficients.assign(layout().size(), 0);
    for (std::size_t k = 0; k < random.roles.blocks.size(); ++k)
      if (!random.roles.blocks[k].integrated)
        std::copy_n(&random.point.coefficients[random.design->offset(k)], layout().blocks()[k].size(),
                    &point.coefficients[layout().offset(k)]);
  }
  [[nodiscard]] const moments::Layout& layout() const {
    return reduction ? reduction->layout() : random.products->layout();
  }
  [[nodiscard]] const moments::Sums& sums() const { return reduction ? reduction->sums() : random.sums; }
  double value() { return kernel.integrate(sums(), point); }
  kernels::Gradient gradient() {
    kernels::Gradient gradient = kernel.zero();
    kernel.gradient(sums(), point, gradient);
    return gradient;
  }
  /// A draw of the integrated effects or, without a stream, their conditional mean.
  void effects(base::Stream* stream, std::vector<double>& w) {
    std::vector<double> reduced(layout().size());
    if (stream)
      kernel.recover(point, *stream, reduced);
    else
      kernel.conditional_mean(point, reduced);
    if (reduction)
      kernels::expand(*reduction, kernel, point, stream, reduced, w);
    else
      w = reduced;
  }
  void variances(std::vector<double>& out) {
    const kernels::Variances variances(reduction ? &*reduction : nullptr, kernel.structure());
    variances(kernel, point, out);
  }

 private:
  static std::optional<reduce::Reduction> reduced(const RandomDesign& design,
                                                  const std::optional<reduce::Rules>& rules) {
    if (!rules) return std::nullopt;
    return std::make_optional<reduce::Reduction>(design.products->layout(), design.sums, *rules);
  }
  [[nodiscard]] std::shared_ptr<const kernels::Structure> structure() const {
    return std::make_shared<kernels::Structure>(layout(),
                                                reduction ? kernels::reduced(*reduction, random.roles) : random.roles);
  }
};

struct Errors {
  std::size_t levels = 0, left = 0;  ///< of the factors, before and after reduction
  std::size_t eigenbases = 0;
  double value = 0, factor = 0, precision = 0, sampled = 0, mean = 0, variance = 0;
  double estimated = 0;  ///< of `value`, by the kernel

  /// The worse of both; counts summed.
  void add(const Errors& other) {
    levels += other.levels;
    left += other.left;
    eigenbases += other.eigenbases;
    for (const auto each : {&Errors::value, &Errors::factor, &Errors::precision, &Errors::sampled, &Errors::mean,
                            &Errors::variance, &Errors::estimated})
      this->*each = std::max(this->*each, other.*each);
  }
};

/// Worst relative errors of one seed, each against the size of what it is part of.
inline Errors compare(const RandomDesign& random, const Dense& dense, const Reference& oracle, Engine& engine) {
  const auto& design = *random.design;
  Errors errors;
  errors.eigenbases = engine.reduction && engine.reduction->eigenbasis() ? 1 : 0;
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    errors.levels += design.blocks()[k].levels;
    errors.left += engine.layout().blocks()[k].levels;
  }
  const double value = engine.value(), size = std::max(1.0, std::abs(oracle.log_density));
  errors.value = relative(value, oracle.log_density, size);
  errors.estimated = engine.kernel.error() / size;
  const kernels::Gradient gradient = engine.gradient();
  std::vector<double> mean(design.size());
  engine.effects(nullptr, mean);
  // Against the size of the means and of what the data leave open: a flat coefficient that the effects all but absorb
  // has a large sd, and digits only relative to it.
  const double mean_scale = oracle.mean.size() ? std::max(oracle.mean.cwiseAbs().maxCoeff(),
                                                          std::sqrt(oracle.covariance.diagonal().maxCoeff()))
                                               : 1;
  for (std::size_t i = 0; i < mean.size(); ++i)
    if (dense.place[i] >= 0)
      errors.mean = std::max(errors.mean, relative(mean[i], oracle.mean[dense.place[i]], mean_scale));
  std::vector<double> variance(design.size());
  engine.variances(variance);
  for (std::size_t i = 0; i < variance.size(); ++i) {
    const auto at = dense.place[i];
    if (at < 0) continue;
    const double expected = oracle.covariance(at, at);
    errors.variance = std::max(errors.variance, std::abs(variance[i] - expected) / (1e-10 + expected));
  }

  // ∂/∂log w: V holds W⁻¹/w.
  const double precision = -(oracle.covariance_gradient.diagonal().array() * dense.noise.array()).sum();
  errors.precision = relative(gradient.log_precision, precision, static_cast<double>(design.rows()));
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const Matrix columns = random.columns(k);
    if (!random.roles.blocks[k].integrated) {
      const Vector expected = columns.transpose() * oracle.score;
      for (Eigen::Index i = 0; i < expected.size(); ++i)
        errors.sampled = std::max(
            errors.sampled, relative(gradient.coefficients[engine.layout().offset(k) + static_cast<std::size_t>(i)],
                                     expected[i], expected.cwiseAbs().maxCoeff()));
      continue;
    }
    const int n = design.blocks()[k].width(), d = static_cast<int>(random.width(k));
    if (errors.eigenbases > 0 && random.roles.blocks[k].diagonal && random.roles.blocks[k].flat.empty())
      continue;  // its scales are given: no derivative by them
    const Matrix c = random.factor(k);
    Matrix expected = Matrix::Zero(n, d);
    for (std::size_t j = 0; j < design.blocks()[k].levels; ++j) {
      const Matrix z = columns.middleCols(static_cast<Eigen::Index>(j) * n, n);
      expected += 2 * z.transpose() * oracle.covariance_gradient * z * c;
    }
    const double scale = expected.cwiseAbs().maxCoeff();
    for (int a = 0; a < n; ++a)
      for (int b = 0; b < d; ++b) {
        const bool diagonal = random.roles.blocks[k].diagonal;
        if ((diagonal && a != b) || random.flat(k, static_cast<std::size_t>(a))) continue;
        const double ours = gradient.factor[k][static_cast<std::size_t>(diagonal ? a : a * d + b)];
        errors.factor = std::max(errors.factor, relative(ours, expected(a, b), scale));
      }
  }
  return errors;
}

/// The kernels' bounds.
inline void expect_small(const Errors& errors, const std::string& what) {
  EXPECT_LT(errors.value, 1e-10 + 10 * errors.estimated) << "value, " << what;
  EXPECT_LT(errors.value, 1e-8) << "value, " << what;
  EXPECT_LT(errors.factor, 1e-7) << "covariance factor, " << what;
  EXPECT_LT(errors.precision, 1e-8) << "precision, " << what;
  EXPECT_LT(errors.sampled, 1e-8) << "sampled coefficients, " << what;
  EXPECT_LT(errors.mean, 1e-8) << "conditional mean, " << what;
  EXPECT_LT(errors.variance, 1e-6) << "conditional variances, " << what;
}

inline Errors compare(const RandomDesign& random, const std::optional<reduce::Rules>& rules) {
  const Dense dense(random);
  Engine engine(random, rules);
  return compare(random, dense, reference(dense), engine);
}

}  // namespace woodbury::test
