// Scales many powers of ten apart, correlations next to one: in doubles where their error is estimated small enough,
// else in more digits, against the dense oracle in 77 digits; and designs too large for it against closed forms.
#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include <boost/multiprecision/eigen.hpp>

#include "tests/kernels/dense_view.hpp"
#include "tests/support/dense_oracle.hpp"
#include "woodbury/kernels/kernels.hpp"
#include "woodbury/kernels/wide.hpp"

namespace woodbury::kernels {
namespace {

using test::RandomDesign;
using Dense = test::DenseView<Wide>;
using Oracle = test::DenseOracle<Wide>;

constexpr double kTolerance = 1e-8, kForEffects = 1e-6;

double power(base::Stream& stream, double low, double high) {
  return std::pow(10.0, low + (high - low) * stream.uniform());
}

/// Scales 1e-8 … 1e8 a column, correlations to 1 − 1e-10, σ 1e-8 … 10.
void make_extreme(RandomDesign& random, std::uint64_t seed) {
  base::Stream stream(seed, 1, 0, base::Purpose::test);
  const double sigma = power(stream, -8, 1);
  random.point.precision = 1 / (sigma * sigma);
  for (std::size_t k = 0; k < random.roles.blocks.size(); ++k) {
    const BlockRole& role = random.roles.blocks[k];
    if (!role.integrated) continue;
    const std::size_t n = random.design->blocks()[k].columns.size(), d = random.width(k);
    const bool together = stream.below(2) == 0, correlated = stream.below(2) == 0;
    const double common = power(stream, -8, 8);
    for (std::size_t i = 0; i < n; ++i) {
      const double scale = together ? common : power(stream, -8, 8);
      double* row = &random.point.factor[k][role.diagonal ? i : i * d];
      if (role.diagonal) {
        if (!random.flat(k, i)) *row = scale;
        continue;
      }
      for (std::size_t j = 0; j < d; ++j) row[j] *= scale;
      if (!correlated || i == 0) continue;
      // Row i next to a multiple of the first: 1 − ρ² ≈ 2e-10.
      const double* first = random.point.factor[k].data();
      for (std::size_t j = 0; j < d; ++j)
        row[j] = scale * (first[j] / (std::abs(first[0]) + 1e-300) + (j == i ? 1.4e-5 : 0));
    }
  }
}

/// As the likelihood goes about it.
struct Careful {
  Elimination kernel;
  Precise more;
  bool precise = false, given_up = false;
  double value = 0;
  Gradient gradient;
  std::vector<double> mean;

  explicit Careful(const RandomDesign& random)
      : kernel(std::make_shared<Structure>(random.products->layout(), random.roles)),
        more(*random.design, random.products->layout(), random.roles),
        gradient(kernel.zero()),
        mean(random.design->size()) {
    value = kernel.integrate(random.sums, random.point);
    precise = !std::isfinite(value) || !(kernel.error() <= kTolerance * (1 + std::abs(value)));
    const bool effects_precise = precise || !(kernel.error() <= kForEffects);
    if (!precise) kernel.gradient(random.sums, random.point, gradient);
    kernel.conditional_mean(random.point, mean);
    if (!effects_precise) return;
    given_up = !more.gather({random.weights, random.response});
    if (given_up) return;
    const double exact = more.integrate(random.point);
    more.conditional_mean(random.point, mean);
    if (!precise) return;
    value = exact;
    more.gradient(random.point, gradient);
  }
};

struct Worst {
  double value = 0, factor = 0, rest = 0, mean = 0;
  int precise = 0, given_up = 0;
};

double relative(double ours, const Wide& reference, const Wide& scale) {
  return static_cast<double>(abs(Wide(ours) - reference) / scale);
}

/// Derivatives by the logarithms of C's entries, in units of the largest of all derivatives.
double compare_factors(const RandomDesign& random, const Careful& ours, const Oracle& oracle, Wide largest) {
  Wide worst = 0;
  for (std::size_t k = 0; k < random.roles.blocks.size(); ++k) {
    const BlockRole& role = random.roles.blocks[k];
    if (!role.integrated) continue;
    const Dense::Matrix columns = random.columns(k).cast<Wide>(), c = random.factor(k).cast<Wide>();
    Dense::Matrix expected = Dense::Matrix::Zero(c.rows(), c.cols());
    for (Eigen::Index at = 0; at < columns.cols(); at += c.rows()) {
      const Dense::Matrix z = columns.middleCols(at, c.rows());
      expected += Wide(2) * (z.transpose() * (oracle.covariance_gradient * (z * c)));
    }
    for (Eigen::Index i = 0; i < c.rows(); ++i)
      for (Eigen::Index j = 0; j < c.cols(); ++j) {
        if (random.flat(k, static_cast<std::size_t>(i)) || (role.diagonal && i != j)) continue;
        const auto place = static_cast<std::size_t>(role.diagonal ? i : i * c.cols() + j);
        const Wide difference = abs((Wide(ours.gradient.factor[k][place]) - expected(i, j)) * c(i, j));
        largest = std::max<Wide>(largest, abs(expected(i, j) * c(i, j)));
        worst = std::max<Wide>(worst, difference);
      }
  }
  return static_cast<double>(worst / largest);
}

void compare(std::uint64_t seed, Worst& worst) {
  RandomDesign random(seed);
  make_extreme(random, seed);
  const Dense dense(random);
  const Oracle oracle(dense.residual, dense.A, dense.prior, dense.X, dense.noise);
  const Careful ours(random);
  if (ours.given_up) {  // the likelihood then fails, with these words
    EXPECT_NE(ours.more.failure().find("too large"), std::string::npos);
    ++worst.given_up;
    return;
  }
  ASSERT_TRUE(std::isfinite(ours.value)) << "seed " << seed << ": " << ours.more.failure();
  Worst mine;
  mine.value = relative(ours.value, oracle.log_density, 1 + abs(oracle.log_density));
  const Wide precision = -(oracle.covariance_gradient.diagonal().array() * dense.noise.array()).sum();
  mine.rest = relative(ours.gradient.log_precision, precision, 1 + abs(precision));
  mine.factor = compare_factors(random, ours, oracle, 1 + abs(precision));
  Wide size = 0;
  for (Eigen::Index i = 0; i < oracle.mean.size(); ++i)
    size = std::max<Wide>(size, std::max<Wide>(abs(oracle.mean[i]), sqrt(abs(oracle.covariance(i, i)))));
  for (std::size_t i = 0; i < ours.mean.size(); ++i)
    if (dense.place[i] >= 0) mine.mean = std::max(mine.mean, relative(ours.mean[i], oracle.mean[dense.place[i]], size));
  EXPECT_LT(mine.value, 1e-7) << "seed " << seed;
  EXPECT_LT(mine.rest, 1e-6) << "seed " << seed;
  EXPECT_LT(mine.factor, 1e-6) << "seed " << seed;
  EXPECT_LT(mine.mean, 1e-6) << "seed " << seed;
  worst.value = std::max(worst.value, mine.value);
  worst.rest = std::max(worst.rest, mine.rest);
  worst.factor = std::max(worst.factor, mine.factor);
  worst.mean = std::max(worst.mean, mine.mean);
  worst.precise += ours.precise ? 1 : 0;
}

void compare_seeds(std::uint64_t first, std::uint64_t last) {
  Worst worst;
  for (std::uint64_t seed = first; seed <= last; ++seed) compare(seed, worst);
  std::printf(
      "worst relative error of %d extreme designs, %d of them in more digits, %d too large for these: value %.1e, ∂/∂C "
      "%.1e, ∂/∂σ %.1e, "
      "mean %.1e\n",
      static_cast<int>(last - first + 1), worst.precise, worst.given_up, worst.value, worst.factor, worst.rest,
      worst.mean);
}

TEST(Extremes, RandomDesignsAgreeWithTheOracle) { compare_seeds(1, 6); }

TEST(Extremes, RandomDesignsAgreeWithTheOracleSlow) { compare_seeds(1, 400); }

/// One factor of `levels`, each with `rows` rows, columns 1 and 0 … rows − 1, beside an intercept.
struct Balanced {
  std::vector<std::int32_t> codes;
  std::vector<double> y;
  std::unique_ptr<moments::Design> design;
  std::unique_ptr<moments::CrossProducts> products;
  moments::Sums sums;

  Balanced(std::size_t levels, std::size_t rows, bool slope, bool intercept) {
    std::vector<double> x;
    for (std::size_t j = 0; j < levels; ++j)
      for (std::size_t i = 0; i < rows; ++i) {
        codes.push_back(static_cast<std::int32_t>(j));
        x.push_back(static_cast<double>(i));
        y.push_back(std::sin(static_cast<double>(j * rows + i)));
      }
    std::vector<moments::Block> blocks{{"g", levels, codes.data(), {nullptr}}};
    if (slope) blocks[0].columns.push_back(std::make_shared<const frame::Numbers>(std::move(x)));
    if (intercept) blocks.push_back({"", 1, nullptr, {nullptr}});
    design = std::make_unique<moments::Design>(codes.size(), std::move(blocks));
    products = std::make_unique<moments::CrossProducts>(*design);
    sums = products->layout().zeros();
    products->accumulate(nullptr, y.data(), sums);
  }
};

/// Σ_j log N(ȳ_j; 0, τ² + σ²/n) and the rest within levels, without cancellation.
double exact_one_way(const Balanced& data, std::size_t rows, long double tau, long double sigma) {
  const long double t = tau * tau, s = sigma * sigma, n = static_cast<long double>(rows);
  long double between = 0, within = 0;
  for (std::size_t at = 0; at < data.y.size(); at += rows) {
    long double sum = 0;
    for (std::size_t i = at; i < at + rows; ++i) sum += data.y[i];
    between += sum * sum / n;
    for (std::size_t i = at; i < at + rows; ++i) within += (data.y[i] - sum / n) * (data.y[i] - sum / n);
  }
  const auto levels = static_cast<long double>(data.y.size()) / n;
  const long double logs =
      n * std::log(2 * std::numbers::pi_v<long double>) + (n - 1) * std::log(s) + std::log(s + n * t);
  return static_cast<double>(-0.5L * (levels * logs + within / s + between / (s + n * t)));
}

TEST(Extremes, AMillionLevelsSlow) {
  for (const std::size_t rows : {1U, 2U}) {
    const Balanced data(rows == 1 ? 1'000'000 : 1000, rows, false, false);
    Roles roles{{{}}, {0}};
    roles.blocks[0].diagonal = true;
    Elimination kernel(std::make_shared<Structure>(data.products->layout(), roles));
    for (const double tau : {1e-8, 1.0, 1e8})
      for (const double sigma : {1e-8, 1.0}) {
        Point point = kernel.start();
        point.factor[0] = {tau};
        point.precision = 1 / (sigma * sigma);
        const double value = kernel.integrate(data.sums, point), exact = exact_one_way(data, rows, tau, sigma);
        const double size = 1 + std::abs(exact);
        ASSERT_TRUE(std::isfinite(value));
        if (kernel.error() <= kTolerance * size) {
          EXPECT_NEAR(value / size, exact / size, 1e-7) << tau << " " << sigma;
        } else if (rows > 1) {
          Precise more(*data.design, data.products->layout(), roles);
          ASSERT_TRUE(more.gather({{}, data.y}));
          EXPECT_NEAR(more.integrate(point) / size, exact / size, 1e-7) << tau << " " << sigma;
        }
      }
  }
}

/// Where doubles fail, and silently: the slope's information drowns in that of a huge intercept scale.
TEST(Extremes, TheEstimateSeesWhatDoublesLose) {
  const Balanced data(5, 1, true, true);
  Roles roles{{{}, {}}, {0}};
  roles.blocks[1].diagonal = true;
  roles.blocks[1].flat = {true};
  Elimination kernel(std::make_shared<Structure>(data.products->layout(), roles));
  Point point = kernel.start();
  point.factor[0] = {1e7, 0, 0.9e7, 4e6};
  const double value = kernel.integrate(data.sums, point);
  EXPECT_FALSE(kernel.error() <= kTolerance * (1 + std::abs(value)));
  Precise more(*data.design, data.products->layout(), roles);
  ASSERT_TRUE(more.gather({{}, data.y}));
  EXPECT_TRUE(std::isfinite(more.integrate(point)));
  Precise copy(more);
  EXPECT_FALSE(copy.gathered());
}

/// Sums made once serve every copy, also those made before.
TEST(Extremes, CopiesShareWhatIsSummedOnce) {
  const Balanced data(30, 2, true, true);
  Roles roles{{{}, {}}, {0}};
  roles.blocks[1].diagonal = true;
  Precise first(*data.design, data.products->layout(), roles);
  Precise copy(first);
  const std::vector<double> zeros(data.y.size(), 0.0);
  const Point point = Elimination(std::make_shared<Structure>(data.products->layout(), roles)).start();
  ASSERT_TRUE(first.gather_once({{}, data.y}));
  ASSERT_TRUE(copy.gather_once({{}, zeros})) << "rows that are not read";
  const double value = first.integrate(point);
  EXPECT_EQ(copy.integrate(point), value);
  ASSERT_TRUE(copy.gather({{}, zeros}));
  EXPECT_GT(copy.integrate(point), value);
}

TEST(Extremes, SaysWhenItGivesUp) {
  const Balanced data(600'000, 2, true, true);
  Roles roles{{{}, {}}, {0}};
  roles.blocks[1].diagonal = true;
  Precise more(*data.design, data.products->layout(), roles);
  EXPECT_FALSE(more.gather({{}, data.y}));
  EXPECT_NE(more.failure().find("too large"), std::string::npos);
  const Balanced small(5, 2, true, true);
  Precise other(*small.design, small.products->layout(), roles);
  ASSERT_TRUE(other.gather({{}, small.y}));
  Point point = Elimination(std::make_shared<Structure>(small.products->layout(), roles)).start();
  point.factor[0][0] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(std::isfinite(other.integrate(point)));
  EXPECT_NE(other.failure().find("not finite"), std::string::npos);
}

/// Draws at a point doubles cannot reach have the oracle's covariance.
TEST(Extremes, DrawsInMoreDigits) {
  RandomDesign random(3);
  make_extreme(random, 3);
  for (auto& factor : random.point.factor)
    for (double& entry : factor) entry *= 1e6;
  const test::DenseView<Wide> dense(random);
  const Oracle oracle(dense.residual, dense.A, dense.prior, dense.X, dense.noise);
  Precise more(*random.design, random.products->layout(), random.roles);
  ASSERT_TRUE(more.gather({random.weights, random.response}));
  ASSERT_TRUE(std::isfinite(more.integrate(random.point)));
  constexpr int kDraws = 2000;
  std::vector<double> w(random.design->size()), variances(w.size()), sum(w.size()), squares(w.size());
  more.variances(random.point, variances);
  for (int draw = 0; draw < kDraws; ++draw) {
    base::Stream stream(1, 0, static_cast<std::uint64_t>(draw), base::Purpose::recover);
    more.recover(random.point, stream, w);
    for (std::size_t i = 0; i < w.size(); ++i) {
      if (dense.place[i] < 0) continue;
      const double deviation = static_cast<double>(Wide(w[i]) - oracle.mean[dense.place[i]]);
      sum[i] += deviation;
      squares[i] += deviation * deviation;
    }
  }
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (dense.place[i] < 0) continue;
    const double variance = static_cast<double>(oracle.covariance(dense.place[i], dense.place[i]));
    EXPECT_NEAR(variances[i] / variance, 1, 1e-6) << i;
    EXPECT_LT(std::abs(sum[i] / kDraws), 6 * std::sqrt(variance / kDraws)) << i;
    EXPECT_NEAR(squares[i] / kDraws / variance, 1, 6 * std::sqrt(2.0 / kDraws)) << i;
  }
}

}  // namespace
}  // namespace woodbury::kernels
