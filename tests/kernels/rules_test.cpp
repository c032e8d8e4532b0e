// Random designs of every kind with every reduction on, all off, and each off by itself: the same log density, gradient
// and conditional as the dense oracle's. WOODBURY_SEED=17 runs one design of each kind, by the seed a failure names.
#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/kernels/engine.hpp"

namespace woodbury::kernels {
namespace {

using test::Dense;
using test::Engine;
using test::Errors;
using test::Matrix;
using test::RandomDesign;

struct Setting {
  std::string name;
  std::set<std::string, std::less<>> without;
};

std::vector<Setting> settings() {
  const std::array<std::string, 3> rules{std::string(reduce::kEqualLevels), std::string(reduce::kFixedScales),
                                         std::string(reduce::kFillOrder)};
  std::vector<Setting> list{{"all rules", {}}, {"no rule", {rules.begin(), rules.end()}}};
  for (const std::string& rule : rules) list.push_back({"without " + rule, {rule}});
  return list;
}

/// Draws are linear in the normals they take from their stream, mean + L z: L from more draws than normals, by least
/// squares. The largest differences of LLᵀ from the oracle's covariance, relative to sds, and of the draws from L z.
double covariance_error(Engine& engine, const Dense& dense, const Matrix& covariance) {
  const Eigen::Index q = covariance.rows();
  if (q == 0) return 0;
  std::vector<double> mean(engine.random.design->size()), w(mean.size());
  engine.effects(nullptr, mean);
  const auto normals = [&](std::uint64_t draw) { return base::Stream(1, 0, draw, base::Purpose::recover); };
  base::Stream used = normals(0), fresh = normals(0);
  engine.effects(&used, w);
  Eigen::Index taken = 0;
  for (const double next = used.normal(); fresh.normal() != next;) ++taken;
  const Eigen::Index draws = taken + 5;
  Matrix z(draws, taken), x(draws, q);
  for (Eigen::Index i = 0; i < draws; ++i) {
    base::Stream stream = normals(static_cast<std::uint64_t>(i)), again = normals(static_cast<std::uint64_t>(i));
    engine.effects(&stream, w);
    for (Eigen::Index k = 0; k < taken; ++k) z(i, k) = again.normal();
    for (std::size_t k = 0; k < w.size(); ++k)
      if (dense.place[k] >= 0) x(i, dense.place[k]) = w[k] - mean[k];
  }
  const Matrix factor = z.colPivHouseholderQr().solve(x);
  const Eigen::VectorXd sd = covariance.diagonal().cwiseSqrt().cwiseMax(1e-5);
  const Matrix scale = sd.cwiseInverse().asDiagonal();
  return std::max((scale * (factor.transpose() * factor - covariance) * scale).cwiseAbs().maxCoeff(),
                  ((x - z * factor) * scale).cwiseAbs().maxCoeff());
}

struct Worst {
  Errors errors;
  double covariance = 0;
};

void expect_agreement(RandomDesign::Kind kind, const std::string& name, std::uint64_t first, std::uint64_t last) {
  const std::vector<Setting> all = settings();
  std::vector<Worst> worst(all.size());
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const RandomDesign random(seed, kind);
    const Dense dense(random);
    const test::Reference oracle = test::reference(dense);
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto rules = test::rules_of(random, test::Reduce::fixed_scales);
      rules->without = all[i].without;
      Engine engine(random, rules);
      const Errors errors = test::compare(random, dense, oracle, engine);
      const double covariance = covariance_error(engine, dense, oracle.covariance);
      const std::string what = name + " design of seed " + std::to_string(seed) + ", " + all[i].name;
      test::expect_small(errors, what);
      EXPECT_LT(covariance, 1e-6) << "covariance of draws, " << what;
      worst[i].errors.add(errors);
      worst[i].covariance = std::max(worst[i].covariance, covariance);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Errors& e = worst[i].errors;
    std::printf("| %s | %s | %.0e | %.0e | %.0e | %.0e | %.0e | %.0e | %.0e | %zu \u2192 %zu |\n", name.c_str(),
                all[i].name.c_str(), e.value, e.factor, e.precision, e.sampled, e.mean, e.variance, worst[i].covariance,
                e.levels, e.left);
  }
}

void expect_agreement(std::uint64_t seeds) {
  const char* asked = std::getenv("WOODBURY_SEED");
  const std::uint64_t first = asked ? std::strtoull(asked, nullptr, 10) : 1, last = asked ? first : seeds;
  std::printf("worst relative errors of %llu designs of each kind\n",
              static_cast<unsigned long long>(last - first + 1));
  std::printf("| designs | rules | value | factor | precision | sampled | mean | variances | covariance | levels |\n");
  expect_agreement(RandomDesign::Kind::haphazard, "haphazard", first, last);
  expect_agreement(RandomDesign::Kind::designed, "crossed", first, last);
  expect_agreement(RandomDesign::Kind::trees, "nested", first, last);
}

TEST(Rules, OnAndOffAgreeWithTheDenseOracle) { expect_agreement(40); }

TEST(RulesSlow, OnAndOffAgreeWithTheDenseOracleOn2000Designs) { expect_agreement(2000); }

}  // namespace
}  // namespace woodbury::kernels
