// Digits where columns and responses lie far from zero: years as 1995 and 1996 among fixed and random slopes, responses
// at 1e6 ± 1, against the dense oracle in fifty digits.
#include <cmath>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;
using Matrix = Eigen::Matrix<Wide, Eigen::Dynamic, Eigen::Dynamic>;
using Vector = Eigen::Matrix<Wide, Eigen::Dynamic, 1>;

constexpr std::size_t kRows = 36;

/// y about `origin` ± 1, years about `year`.
frame::Frame far_table(double origin, double year) {
  frame::Frame table = test::crossed_table(6, kRows);
  base::Stream stream(8, 0, 0, base::Purpose::test);
  std::vector<double> years, y;
  for (std::size_t n = 0; n < kRows; ++n) {
    years.push_back(year + static_cast<double>(stream.below(2)));
    y.push_back(origin + table.numeric("y")[n]);
  }
  table.add("year", frame::Numeric{years});
  table.add("y", frame::Numeric{y});
  return table;
}

/// What becomes of the fixed effects.
enum class Fixed { flat, normal, sampled, slope_integrated };

model::Model make_model(Fixed fixed, double origin) {
  Builder m;
  const Expr a = fixed == Fixed::flat     ? m.flat("a")
                 : fixed == Fixed::normal ? m.normal("a", origin, 2.5)
                                          : m.student_t("a", 3, origin, 2.5);
  const Expr b = fixed == Fixed::flat      ? m.flat("b")
                 : fixed == Fixed::sampled ? m.student_t("b", 3, 0, 1)
                                           : m.normal("b", 0, 3);
  const Expr cor = m.lkj("cor", 1, {"Intercept", "year"}, "g__coef");
  const std::vector<Expr> sds{m.half_normal("sd0", 1), m.half_normal("sd1", 1)};
  const Expr r = m.effects("r", sds, {.over = "g", .cor = cor, .columns = {"Intercept", "year"}, .dim = "g__coef"});
  m.observe_normal("y", a + b * m.col("year") + r.component(0)["g"] + r.component(1)["g"] * m.col("year"),
                   m.half_normal("sigma", 1));
  return m.model();
}

/// The same likelihood by the dense oracle, everything but the scales' values worked anew.
test::DenseOracle<Wide> reference(const frame::Frame& table, const Density& density, Fixed fixed, double origin,
                                  const std::vector<double>& q) {
  const auto& codes = table.factor("g").codes;
  const auto levels = static_cast<Eigen::Index>(table.factor("g").levels.size());
  const Eigen::Index normal = fixed == Fixed::normal ? 2 : fixed == Fixed::slope_integrated ? 1 : 0;
  Matrix a = Matrix::Zero(kRows, 2 * levels + normal), prior = Matrix::Zero(a.cols(), a.cols()),
         x(kRows, fixed == Fixed::flat ? 2 : 0);
  Vector r(kRows);
  for (Eigen::Index n = 0; n < r.size(); ++n) {
    const auto row = static_cast<std::size_t>(n);
    const Wide year = table.numeric("year")[row];
    r[n] = static_cast<Wide>(table.numeric("y")[row]) - origin;
    a(n, 2 * codes[row]) = 1;
    a(n, 2 * codes[row] + 1) = year;
    if (fixed == Fixed::sampled) r[n] -= (static_cast<Wide>(q[0]) - origin) + q[1] * year;
    if (fixed == Fixed::slope_integrated) r[n] -= static_cast<Wide>(q[0]) - origin;
    if (fixed == Fixed::normal) a.row(n).tail(2) << 1, year;
    if (fixed == Fixed::slope_integrated) a(n, 2 * levels) = year;
    if (fixed == Fixed::flat) x.row(n) << 1, year;
  }
  const kernels::Point& point = density.likelihood().effects_point();
  Matrix c(2, 2);
  for (int i = 0; i < 4; ++i) c(i / 2, i % 2) = point.factor[0][static_cast<std::size_t>(i)];
  for (Eigen::Index j = 0; j < levels; ++j) prior.block(2 * j, 2 * j, 2, 2) = c * c.transpose();
  if (normal == 2) prior(2 * levels, 2 * levels) = 6.25;
  if (normal > 0) prior(a.cols() - 1, a.cols() - 1) = 9;
  return {r, a, prior, x, Vector::Constant(kRows, 1 / static_cast<Wide>(point.precision))};
}

/// The gradient by differences, and what is recovered: effects of columns as they came, not as they were centred.
void expect_gradient_and_mean(Density& density, const std::vector<double>& q, const test::DenseOracle<Wide>& oracle,
                              double origin) {
  std::vector<double> gradient(q.size()), unused(q.size()), mean(density.likelihood().effects());
  density.evaluate(q, gradient);
  if (origin == 0)
    testing::expect_gradient([&](std::span<const double> at) { return density.evaluate(at, unused); }, q, gradient,
                             1e-5);
  density.locate(q);
  density.likelihood().conditional_mean(mean);
  const auto& blocks = density.likelihood().linear().blocks;
  // Of flat coefficients, what was taken from the response; the oracle's is less `origin`.
  for (std::size_t k = 0; k < blocks.size(); ++k)
    if (blocks[k].integrated && blocks[k].factor.empty())
      for (std::size_t c = 0; c < blocks[k].effects.size(); ++c)
        mean[density.likelihood().effects_of(k) + c] +=
            density.likelihood().origin(k, c) - (c == 0 && density.likelihood().origin(k, c) != 0 ? origin : 0);
  for (Eigen::Index i = 0; i < oracle.mean.size(); ++i) {
    const double sd = std::sqrt(static_cast<double>(oracle.covariance(i, i)));
    EXPECT_NEAR(mean[static_cast<std::size_t>(i)], static_cast<double>(oracle.mean[i]), 1e-6 * (1 + sd)) << i;
  }
}

double worst_error(double origin, double year) {
  double worst = 0;
  for (const Fixed fixed : {Fixed::flat, Fixed::normal, Fixed::sampled, Fixed::slope_integrated}) {
    const frame::Frame table = far_table(origin, year);
    const plan::Plan plan =
        plan::make_plan(make_model(fixed, origin), table, {.integrate = "all", .parametrisation = {}});
    Density density(plan, table);
    for (std::uint64_t draw = 0; draw < 2; ++draw) {
      base::Stream stream(draw, 0, 0, base::Purpose::test);
      std::vector<double> q(density.dimension());
      for (double& value : q) value = 0.5 * stream.normal();
      if (fixed == Fixed::sampled) {
        // A slope of what size the data allow, and the line through their middle.
        q[1] = 0.1 * q[1];
        q[0] = origin + 1 - q[1] * year;
      }
      if (fixed == Fixed::slope_integrated) q[0] += origin;
      const double value = density.locate(q);
      const test::DenseOracle<Wide> oracle = reference(table, density, fixed, origin, q);
      worst = std::max(worst, std::abs(static_cast<double>(value - oracle.log_density)));
      expect_gradient_and_mean(density, q, oracle, origin);
      EXPECT_FALSE(density.likelihood().precise()) << "doubles should do";
    }
  }
  return worst;
}

TEST(Digits, NearZeroAllAreKept) { EXPECT_LT(worst_error(0, 0), 1e-10); }

TEST(Digits, YearsAndLargeResponses) {
  const double years = worst_error(0, 1995), both = worst_error(1e6, 1995);
  std::printf("worst absolute error of a log likelihood: %.1e with years, %.1e with responses at 1e6, too\n", years,
              both);
  EXPECT_LT(years, 1e-6);
  EXPECT_LT(both, 1e-6);
}

TEST(Digits, LargeResponsesAlone) { EXPECT_LT(worst_error(1e6, 0), 1e-8); }

}  // namespace
}  // namespace woodbury::density
