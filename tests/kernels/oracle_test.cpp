// Every structure an elimination can meet, held to the dense oracle: value, gradient, conditional mean and covariance.
#include <cmath>
#include <cstdlib>
#include <numeric>

#include <gtest/gtest.h>

#include "tests/kernels/engine.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/random_design.hpp"
#include "woodbury/kernels/kernels.hpp"

namespace woodbury::kernels {
namespace {

using test::compare;
using test::Dense;
using test::Engine;
using test::Errors;
using test::Matrix;
using test::RandomDesign;
using test::Reduce;
using test::reference;
using test::Vector;

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
    const RandomDesign random(seed, kind);
    const Errors errors = compare(random, test::rules_of(random, reduce));
    test::expect_small(errors, "seed " + std::to_string(seed));
    worst.add(errors);
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
    Engine engine(random, test::rules_of(random, Reduce::none));
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

TEST(Oracle, ReductionsOfTrees) {
  const Errors errors = expect_agreement(RandomDesign::Kind::trees, Reduce::levels, 1000);
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
    Engine engine(random, test::rules_of(random, Reduce::fixed_scales));
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
    Engine engine(random, test::rules_of(random, designed ? Reduce::levels : Reduce::none));
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
