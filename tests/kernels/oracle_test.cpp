// Every structure an elimination can meet, held to the dense oracle: value, gradient, conditional mean and covariance.
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>

#include <gtest/gtest.h>

#include "tests/kernels/dense_view.hpp"
#include "tests/support/dense_oracle.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/random_design.hpp"
#include "woodbury/kernels/kernels.hpp"

namespace woodbury::kernels {
namespace {

using test::RandomDesign;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

using Dense = test::DenseView<double>;

/// The oracle's answers, worked with more digits than ours: at extreme scales its own cancellation would show.
struct Reference {
  double log_density;
  Matrix covariance_gradient, covariance;
  Vector score, mean;
};

Reference reference(const Dense& dense) {
  using Wide = long double;
  const test::DenseOracle<Wide> oracle(dense.residual.cast<Wide>(), dense.A.cast<Wide>(), dense.prior.cast<Wide>(),
                                       dense.X.cast<Wide>(), dense.noise.cast<Wide>());
  return {static_cast<double>(oracle.log_density), oracle.covariance_gradient.cast<double>(),
          oracle.covariance.cast<double>(), oracle.score.cast<double>(), oracle.mean.cast<double>()};
}

double relative(double ours, double reference, double scale) {
  return std::abs(ours - reference) / std::max(scale, 1.0);
}

enum class Reduce { none, levels, fixed_scales };

/// A kernel on a random design as it is, or reduced; answers in the design's order.
struct Engine {
  const RandomDesign& random;
  std::optional<reduce::Reduction> reduction;
  Point point;
  Elimination kernel;

  Engine(const RandomDesign& design, Reduce reduce)
      : random(design), reduction(reduced(design, reduce)), point(design.point), kernel(structure()) {
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
  Gradient gradient() {
    Gradient gradient = kernel.zero();
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
      expand(*reduction, kernel, point, stream, reduced, w);
    else
      w = reduced;
  }
  void variances(std::vector<double>& out) {
    const Variances variances(reduction ? &*reduction : nullptr, kernel.structure());
    variances(kernel, point, out);
  }

 private:
  static std::optional<reduce::Reduction> reduced(const RandomDesign& design, Reduce reduce) {
    if (reduce == Reduce::none) return std::nullopt;
    reduce::Rules rules{{}, {}, design.roles.order};
    for (std::size_t k = 0; k < design.roles.blocks.size(); ++k) {
      const BlockRole& role = design.roles.blocks[k];
      rules.rotatable.push_back(role.integrated && !design.design->blocks()[k].factor.empty());
      const bool fixed = reduce == Reduce::fixed_scales && role.integrated && role.diagonal && role.flat.empty();
      rules.fixed.push_back(fixed ? design.point.factor[k] : std::vector<double>());
    }
    return std::make_optional<reduce::Reduction>(design.products->layout(), design.sums, rules);
  }
  [[nodiscard]] std::shared_ptr<const Structure> structure() const {
    return std::make_shared<Structure>(layout(), reduction ? kernels::reduced(*reduction, random.roles) : random.roles);
  }
};

struct Errors {
  std::size_t levels = 0, left = 0;  ///< of the factors, before and after reduction
  std::size_t eigenbases = 0;
  double value = 0, factor = 0, precision = 0, sampled = 0, mean = 0, variance = 0;
  double estimated = 0;  ///< of `value`, by the kernel
};

/// Worst relative errors of one seed, each against the size of what it is part of.
Errors compare(const RandomDesign& random, Reduce reduce) {
  const Dense dense(random);
  const Reference oracle = reference(dense);
  const auto& design = *random.design;
  Engine engine(random, reduce);
  Errors errors;
  errors.eigenbases = engine.reduction && engine.reduction->eigenbasis() ? 1 : 0;
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    errors.levels += design.blocks()[k].levels;
    errors.left += engine.layout().blocks()[k].levels;
  }
  const double value = engine.value(), size = std::max(1.0, std::abs(oracle.log_density));
  errors.value = relative(value, oracle.log_density, size);
  errors.estimated = engine.kernel.error() / size;
  const Gradient gradient = engine.gradient();
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

/// Many draws' means and covariances, within six standard errors of the oracle's.
void expect_moments(std::uint64_t seed, Engine& engine, const Dense& dense, const test::DenseOracle<>& oracle) {
  constexpr int kDraws = 20000;
  const Eigen::Index q = oracle.mean.size();
  Vector sum = Vector::Zero(q);
  Matrix square = Matrix::Zero(q, q);
  std::vector<double> w(engine.random.design->size());
  for (int draw = 0; draw < kDraws; ++draw) {
    base::Stream stream(seed, 0, static_cast<std::uint64_t>(draw), base::Purpose::recover);
    engine.effects(&stream, w);
    Vector x(q);
    for (std::size_t i = 0; i < w.size(); ++i)
      if (dense.place[i] >= 0) x[dense.place[i]] = w[i] - oracle.mean[dense.place[i]];
    sum += x;
    square += x * x.transpose();
  }
  for (Eigen::Index i = 0; i < q; ++i) {
    const double sd = std::sqrt(oracle.covariance(i, i));
    EXPECT_LT(std::abs(sum[i] / kDraws), 6 * sd / std::sqrt(kDraws) + 1e-12) << "seed " << seed;
    for (Eigen::Index j = 0; j <= i; ++j) {
      const double scale = sd * std::sqrt(oracle.covariance(j, j));
      EXPECT_NEAR(square(i, j) / kDraws, oracle.covariance(i, j), 6 * std::sqrt(2) * scale / std::sqrt(kDraws) + 1e-12)
          << "seed " << seed;
    }
  }
}

Errors expect_agreement(RandomDesign::Kind kind, Reduce reduce, std::uint64_t usual) {
  const char* asked = std::getenv("WOODBURY_SEEDS");
  const std::uint64_t seeds = asked ? std::strtoull(asked, nullptr, 10) : usual;
  Errors worst;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Errors errors = compare(RandomDesign(seed, kind), reduce);
    EXPECT_LT(errors.value, 1e-10 + 10 * errors.estimated) << "value, seed " << seed;
    EXPECT_LT(errors.value, 1e-8) << "value, seed " << seed;
    EXPECT_LT(errors.factor, 1e-7) << "covariance factor, seed " << seed;
    EXPECT_LT(errors.precision, 1e-8) << "precision, seed " << seed;
    EXPECT_LT(errors.sampled, 1e-8) << "sampled coefficients, seed " << seed;
    EXPECT_LT(errors.mean, 1e-8) << "conditional mean, seed " << seed;
    EXPECT_LT(errors.variance, 1e-6) << "conditional variances, seed " << seed;
    worst.eigenbases += errors.eigenbases;
    worst.levels += errors.levels;
    worst.left += errors.left;
    worst.value = std::max(worst.value, errors.value);
    worst.factor = std::max(worst.factor, errors.factor);
    worst.precision = std::max(worst.precision, errors.precision);
    worst.sampled = std::max(worst.sampled, errors.sampled);
    worst.mean = std::max(worst.mean, errors.mean);
    worst.variance = std::max(worst.variance, errors.variance);
  }
  std::printf(
      "worst relative error of %llu designs: value %.1e, factor %.1e, precision %.1e, sampled %.1e, mean %.1e, "
      "variances %.1e\n",
      static_cast<unsigned long long>(seeds), worst.value, worst.factor, worst.precision, worst.sampled, worst.mean,
      worst.variance);
  return worst;
}

TEST(Oracle, ValueGradientAndMeanOnRandomDesigns) {
  expect_agreement(RandomDesign::Kind::haphazard, Reduce::none, 2000);
}

/// The analytic gradient and the oracle's could share a mistake in what they are derivatives by.
TEST(Oracle, GradientsByDifferences) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const RandomDesign random(seed);
    Engine engine(random, Reduce::none);
    const double value = engine.value();
    const Gradient gradient = engine.gradient();
    std::vector<double*> at;
    std::vector<double> x, slopes;
    for (std::size_t k = 0; k < random.roles.blocks.size(); ++k) {
      for (std::size_t i = 0; i < engine.point.factor[k].size(); ++i) {
        if (random.flat(k, i)) continue;
        at.push_back(&engine.point.factor[k][i]);
        slopes.push_back(gradient.factor[k][i]);
      }
      for (std::size_t i = random.design->offset(k); i < random.design->offset(k + 1); ++i) {
        if (random.roles.blocks[k].integrated) continue;
        at.push_back(&engine.point.coefficients[i]);
        slopes.push_back(gradient.coefficients[i]);
      }
    }
    at.push_back(&engine.point.precision);
    slopes.push_back(gradient.log_precision / engine.point.precision);
    for (const double* each : at) x.push_back(*each);
    const auto f = [&](std::span<const double> values) {
      for (std::size_t i = 0; i < at.size(); ++i) *at[i] = values[i];
      return engine.value();
    };
    testing::expect_gradient(f, x, slopes, 1e-6, "seed " + std::to_string(seed));
    EXPECT_EQ(f(x), value);
  }
}

TEST(Oracle, ReductionsOfRandomDesigns) { expect_agreement(RandomDesign::Kind::haphazard, Reduce::levels, 500); }

TEST(Oracle, ReductionsOfDesignedExperiments) {
  const Errors errors = expect_agreement(RandomDesign::Kind::designed, Reduce::levels, 1000);
  // Some have gaps, and blocks that are sampled: those stay.
  EXPECT_LT(static_cast<double>(errors.left), 0.75 * static_cast<double>(errors.levels));
}

TEST(Oracle, FixedScales) {
  for (const auto kind : {RandomDesign::Kind::haphazard, RandomDesign::Kind::designed}) {
    const Errors errors = expect_agreement(kind, Reduce::fixed_scales, 1000);
    EXPECT_GT(errors.eigenbases, 50U) << "too few designs in which all scales could be held fixed";
  }
}

TEST(Oracle, DrawsOfFixedScales) {
  // Through the eigenvectors every effect's mean is exact: that of many draws must come near it.
  for (std::uint64_t seed = 1, found = 0; found < 5; ++seed) {
    const RandomDesign random(seed, RandomDesign::Kind::designed);
    Engine engine(random, Reduce::fixed_scales);
    if (!engine.reduction->eigenbasis() || !std::isfinite(engine.value())) continue;
    ++found;
    const Dense dense(random);
    const test::DenseOracle<> oracle(dense.residual, dense.A, dense.prior, dense.X, dense.noise);
    expect_moments(seed, engine, dense, oracle);
  }
}

TEST(Oracle, DesignedExperimentsWithoutReduction) { expect_agreement(RandomDesign::Kind::designed, Reduce::none, 500); }

TEST(Oracle, DrawsHaveTheConditionalMeanAndCovariance) {
  for (const std::uint64_t seed : {3, 14, 15, 92, 65, 103, 104, 105, 106, 107}) {
    const bool designed = seed > 100;
    const RandomDesign random(seed, designed ? RandomDesign::Kind::designed : RandomDesign::Kind::haphazard);
    const Dense dense(random);
    const test::DenseOracle<> oracle(dense.residual, dense.A, dense.prior, dense.X, dense.noise);
    Engine engine(random, designed ? Reduce::levels : Reduce::none);
    ASSERT_TRUE(std::isfinite(engine.value()));
    expect_moments(seed, engine, dense, oracle);
  }
}

/// A design row's coefficients of the integrated effects.
std::vector<Coefficient> row_of(const RandomDesign& random, std::size_t n) {
  std::vector<Coefficient> row;
  const auto& blocks = random.design->blocks();
  for (std::uint32_t k = 0; k < blocks.size(); ++k)
    for (std::uint32_t c = 0; random.roles.blocks[k].integrated && c < blocks[k].columns.size(); ++c)
      row.push_back({k, blocks[k].codes ? static_cast<std::uint32_t>(blocks[k].codes[n]) : 0, c,
                     blocks[k].columns[c] ? (*blocks[k].columns[c])[n] : 1});
  return row;
}

/// Cov of all rows' predictors with the first one's, over the coordinates of both.
void expect_row_covariances(const RandomDesign& random, Elimination& kernel, const Matrix& whole,
                            const Matrix& covariance, std::uint64_t seed) {
  const auto entries = [&](std::size_t n) {
    const auto row = kernel.whitened_row(*random.design, random.point, n);
    return std::vector<Elimination::Entry>(row.begin(), row.end());
  };
  const auto first = entries(0);
  for (std::size_t n = 0; n < random.design->rows(); ++n) {
    const auto row = entries(n);
    std::vector<std::size_t> at;
    for (const auto* each : {&first, &row})
      for (const auto& entry : *each) at.push_back(entry.coordinate);
    std::ranges::sort(at);
    at.erase(std::ranges::unique(at).begin(), at.end());
    std::vector<double> v(at.size() * at.size());
    kernel.covariance_of(at, v);
    double joint = 0;
    for (const auto& [a, x] : first)
      for (const auto& [b, y] : row)
        joint += x * y *
                 v[static_cast<std::size_t>(std::ranges::lower_bound(at, a) - at.begin()) * at.size() +
                   static_cast<std::size_t>(std::ranges::lower_bound(at, b) - at.begin())];
    const double expected = whole.row(0).dot(covariance * whole.row(static_cast<Eigen::Index>(n)).transpose());
    EXPECT_NEAR(joint, expected, 1e-8 * std::max(1.0, std::abs(expected))) << "seed " << seed;
  }
}

/// Rows that need not meet in the data: their difference's variance, directly and by half solves.
TEST(Oracle, VariancesOfAnyCombination) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomDesign random(seed);
    const Dense dense(random);
    const Matrix covariance = reference(dense).covariance;
    Elimination kernel(std::make_shared<Structure>(random.products->layout(), random.roles));
    kernel.integrate(random.sums, random.point);
    Matrix whole(dense.A.rows(), dense.A.cols() + dense.X.cols());
    whole << dense.A, dense.X;
    std::vector<double> first(kernel.coordinates()), other = first;
    kernel.invert();
    expect_row_covariances(random, kernel, whole, covariance, seed);
    for (std::size_t n = 1; n < random.design->rows(); ++n) {
      const Vector a = (whole.row(static_cast<Eigen::Index>(n)) - whole.row(0)).transpose();
      std::vector<Coefficient> form = row_of(random, n);
      kernel.half_solve(random.point, form, first);
      for (Coefficient entry : row_of(random, 0)) {
        entry.value = -entry.value;
        form.push_back(entry);
      }
      const double expected = a.dot(covariance * a);
      EXPECT_NEAR(kernel.variance(random.point, form), expected, 1e-8 * std::max(1.0, expected)) << "seed " << seed;
      kernel.half_solve(random.point, row_of(random, 0), other);
      const double joint = whole.row(0).dot(covariance * whole.row(static_cast<Eigen::Index>(n)).transpose());
      EXPECT_NEAR(std::inner_product(first.begin(), first.end(), other.begin(), 0.0), joint,
                  1e-8 * std::max(1.0, std::abs(joint)))
          << "seed " << seed;
    }
  }
}

TEST(Oracle, RowVariances) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomDesign random(seed);
    const Dense dense(random);
    const Matrix covariance = reference(dense).covariance;
    Elimination kernel(std::make_shared<Structure>(random.products->layout(), random.roles));
    kernel.integrate(random.sums, random.point);
    Gradient gradient = kernel.zero();
    kernel.gradient(random.sums, random.point, gradient);
    Matrix whole(dense.A.rows(), dense.A.cols() + dense.X.cols());
    whole << dense.A, dense.X;
    for (std::size_t n = 0; n < random.design->rows(); ++n) {
      const Vector a = whole.row(static_cast<Eigen::Index>(n)).transpose();
      const double expected = a.dot(covariance * a);
      EXPECT_NEAR(kernel.row_variance(*random.design, random.point, n), expected, 1e-8 * std::max(1.0, expected))
          << "seed " << seed;
      EXPECT_NEAR(kernel.variance(random.point, row_of(random, n)), expected, 1e-8 * std::max(1.0, expected))
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace woodbury::kernels
