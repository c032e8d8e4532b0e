// Stages whose levels meet much of the tail are worked as products of dense matrices: the same density, derivatives and
// conditional distribution as with every effect in the tail.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/kernels/kernels.hpp"

namespace woodbury::kernels {
namespace {

/// g of 60 levels × 3 columns, pairs of them nested in k, crossed with h of 10 × 4, some pairs missing; and an
/// intercept. Levels of g where its rows' products begin anew, and the pair after, may have no data.
struct Crossed {
  std::vector<std::int32_t> g, k, h;
  std::vector<double> y;
  std::unique_ptr<moments::Design> design;
  std::unique_ptr<moments::CrossProducts> products;
  moments::Sums sums;

  Crossed(std::size_t drop_one_in, bool with_empty) {
    base::Stream stream(3, 0, 0, base::Purpose::test);
    std::vector<std::vector<double>> columns(3);
    for (std::int32_t a = 0; a < 60; ++a)
      for (std::int32_t b = 0; b < 10; ++b) {
        if (drop_one_in > 0 && stream.below(drop_one_in) == 0) continue;
        if (with_empty && a >= 42 && a < 46) continue;
        g.push_back(a);
        k.push_back(a / 2);
        h.push_back(b);
        y.push_back(stream.normal());
        for (auto& column : columns) column.push_back(stream.normal());
      }
    std::vector<moments::ColumnPtr> x;
    for (auto& column : columns) x.push_back(std::make_shared<const frame::Numbers>(std::move(column)));
    std::vector<moments::Block> blocks{{"g", 60, g.data(), {nullptr, x[0], x[1]}},
                                       {"k", 30, k.data(), {nullptr, x[2]}},
                                       {"h", 10, h.data(), {nullptr, x[0], x[1], x[2]}},
                                       {"", 1, nullptr, {nullptr}}};
    design = std::make_unique<moments::Design>(y.size(), std::move(blocks));
    products = std::make_unique<moments::CrossProducts>(*design);
    sums = products->layout().zeros();
    products->accumulate(nullptr, y.data(), sums);
  }
};

Point some_point(const Elimination& kernel) {
  Point point = kernel.start();
  base::Stream stream(4, 0, 0, base::Purpose::test);
  for (auto& factor : point.factor)
    for (double& entry : factor) entry = 0.6 * stream.normal();
  point.precision = 1.7;
  return point;
}

void expect_near(const std::vector<double>& ours, const std::vector<double>& expected, const std::string& what) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], expected[i], 1e-10 * (1 + std::abs(expected[i]))) << what << ", " << i;
}

TEST(DenseRows, TheSameAsAllInTheTail) {
  for (const auto& [drop_one_in, with_empty] : {std::pair(0, false), std::pair(4, false), std::pair(4, true)}) {
    const Crossed data(drop_one_in, with_empty);
    Roles roles{{{}, {}, {}, {}}, {0, 1}};
    roles.blocks[3].diagonal = true;
    Elimination ours(std::make_shared<Structure>(data.products->layout(), roles));
    ASSERT_TRUE(ours.structure().stages[0].dense);
    ASSERT_GT(ours.structure().row_count, 128U) << "more rows than are worked at once";
    roles.order.clear();
    Elimination whole(std::make_shared<Structure>(data.products->layout(), roles));
    const Point point = some_point(ours);
    const double value = whole.integrate(data.sums, point);
    EXPECT_NEAR(ours.integrate(data.sums, point), value, 1e-12 * std::abs(value));
    Gradient gradient = ours.zero(), expected = whole.zero();
    ours.gradient(data.sums, point, gradient);
    whole.gradient(data.sums, point, expected);
    for (std::size_t b = 0; b < gradient.factor.size(); ++b)
      expect_near(gradient.factor[b], expected.factor[b], "factor");
    expect_near(gradient.coefficients, expected.coefficients, "coefficients");
    EXPECT_NEAR(gradient.log_precision, expected.log_precision, 1e-10 * std::abs(expected.log_precision));
    std::vector<double> mean(data.design->size()), other(mean.size());
    ours.conditional_mean(point, mean);
    whole.conditional_mean(point, other);
    expect_near(mean, other, "mean");
    for (std::size_t n = 0; n < data.y.size(); n += 37)
      EXPECT_NEAR(ours.row_variance(*data.design, point, n), whole.row_variance(*data.design, point, n), 1e-11) << n;
  }
}

}  // namespace
}  // namespace woodbury::kernels
