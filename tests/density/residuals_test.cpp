// Every structure of the residual sds against the dense oracle, crossed effects integrated: the log density, its
// gradient by what the sds are made of, and the conditional mean and variances of the effects.
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/dense_oracle.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;
using Row = std::function<double(const std::string& column)>;

/// An sd for the model, and for one row, with its derivative by each coordinate of the density.
struct Case {
  std::string name;
  std::function<Expr(Builder&)> build;
  std::function<double(const std::vector<double>& q, std::size_t g, std::size_t h, const Row& at)> sd;
};

std::vector<Case> cases() {
  std::vector<Case> list;
  list.push_back({"common sigma", [](Builder& m) { return m.half_normal("sigma", 1); },
                  [](const auto& q, auto, auto, const auto&) { return std::exp(q[0]); }});
  list.push_back({"weights", [](Builder& m) { return m.half_normal("sigma", 1) / sqrt(m.col("w")); },
                  [](const auto& q, auto, auto, const auto& at) { return std::exp(q[0]) / std::sqrt(at("w")); }});
  list.push_back({"known sds", [](Builder& m) { return m.col("w"); },
                  [](const auto&, auto, auto, const auto& at) { return at("w"); }});
  list.push_back({"sigma by group",
                  [](Builder& m) { return exp(m.normal("s", m.constant("m", 0), 1, over("g"))["g"]); },
                  [](const auto& q, auto g, auto, const auto&) { return std::exp(q[g]); }});
  list.push_back(
      {"sigma by group with weights",
       [](Builder& m) { return exp(m.normal("s", m.constant("m", 0), 1, over("g"))["g"]) / sqrt(m.col("w")); },
       [](const auto& q, auto g, auto, const auto& at) { return std::exp(q[g]) / std::sqrt(at("w")); }});
  list.push_back({"sigma by a column and a crossed group",
                  [](Builder& m) {
                    const Expr s = m.normal("s", m.constant("m", 0), 1, over("h")), t = m.normal("t", 0, 1);
                    return exp(s["h"] + t * m.col("c"));
                  },
                  [](const auto& q, auto, auto h, const auto& at) { return std::exp(q[h] + q[4] * at("c")); }});
  return list;
}

/// Effects of 5 × 4 crossed levels, an intercept and a slope; c of two values.
struct Setting {
  frame::Frame table;
  Eigen::MatrixXd a, prior;
  Eigen::VectorXd r;

  explicit Setting(std::uint64_t seed) : table(test::crossed_table(seed, 80)) {
    std::vector<double> c;
    for (const double x : table.numeric("x")) c.push_back(x > 0 ? 0.5 : -0.5);
    table.add("c", frame::Numeric{c});
    const auto rows = static_cast<Eigen::Index>(table.rows());
    a = Eigen::MatrixXd::Zero(rows, 5 + 4 + 2);
    r.resize(rows);
    for (Eigen::Index n = 0; n < rows; ++n) {
      const auto row = static_cast<std::size_t>(n);
      a(n, table.factor("g").codes[row]) = 1;
      a(n, 5 + table.factor("h").codes[row]) = 1;
      a(n, 9) = 1;
      a(n, 10) = table.numeric("c")[row];
      r[n] = table.numeric("y")[row] - 0.5;
    }
    Eigen::VectorXd variance(11);
    variance << Eigen::VectorXd::Constant(5, 0.64), Eigen::VectorXd::Constant(4, 0.25), 4, 1;
    prior = variance.asDiagonal();
  }

  [[nodiscard]] model::Model model(const Case& each) const {
    Builder m;
    const Expr u = m.normal("u", 0, m.constant("tau", 0.8), over("g"));
    const Expr v = m.normal("v", 0, m.constant("omega", 0.5), over("h"));
    const Expr intercept = m.normal("a", 0.5, 2), slope = m.normal("b", 0, 1);
    m.observe_normal("y", intercept + slope * m.col("c") + u["g"] + v["h"], each.build(m));
    return m.model();
  }

  [[nodiscard]] Eigen::VectorXd noise(const Case& each, const std::vector<double>& q) const {
    Eigen::VectorXd result(r.size());
    for (Eigen::Index n = 0; n < r.size(); ++n) {
      const auto row = static_cast<std::size_t>(n);
      const double sd = each.sd(q, static_cast<std::size_t>(table.factor("g").codes[row]),
                                static_cast<std::size_t>(table.factor("h").codes[row]),
                                [&](const std::string& column) { return table.numeric(column)[row]; });
      result[n] = sd * sd;
    }
    return result;
  }
};

/// Rules by which a density is made otherwise: all on, all off, each off by itself.
std::vector<std::set<std::string, std::less<>>> switches() {
  std::vector<std::set<std::string, std::less<>>> list{{}, {}};
  for (const std::string_view rule :
       {reduce::kEqualLevels, reduce::kFixedScales, reduce::kFillOrder, plan::kCells, plan::kStrata}) {
    list[1].emplace(rule);
    list.push_back({std::string(rule)});
  }
  return list;
}

struct Worst {
  double value = 0, gradient = 0, mean = 0, variance = 0;  ///< relative
};

void compare(const Setting& setting, const Case& each, const std::set<std::string, std::less<>>& without,
             base::Stream& stream, const std::string& what, Worst& worst) {
  const model::Model model = setting.model(each);
  const plan::Plan plan =
      plan::make_plan(model, setting.table, {.integrate = "u,v,a,b", .parametrisation = {}, .without = without});
  Density density(plan, setting.table);
  std::vector<double> q(density.dimension()), gradient(q.size());
  for (double& value : q) value = 0.4 * stream.normal();
  density.evaluate(q, gradient);
  const test::DenseOracle<> oracle(setting.r, setting.a, setting.prior, Eigen::MatrixXd(setting.r.size(), 0),
                                   setting.noise(each, q));
  const double value = std::abs(density.log_likelihood() / oracle.log_density - 1);
  EXPECT_LT(value, 1e-10) << what;
  worst.value = std::max(worst.value, value);

  // The likelihood's part of the gradient is the oracle's ∂/∂V, by the noise's difference; the priors' is normal,
  // but for sigma: half-normal with its Jacobian.
  for (std::size_t i = 0; i < q.size(); ++i) {
    constexpr double kStep = 1e-6;
    std::vector<double> up = q, down = q;
    up[i] += kStep;
    down[i] -= kStep;
    const Eigen::VectorXd slope = (setting.noise(each, up) - setting.noise(each, down)) / (2 * kStep);
    const double likelihood = oracle.covariance_gradient.diagonal().dot(slope);
    const double prior = model.has("sigma") ? 1 - std::exp(2 * q[i]) : -q[i];
    const double error = std::abs(gradient[i] - likelihood - prior) / (1 + std::abs(likelihood));
    EXPECT_LT(error, 1e-7) << what << ", " << i;
    worst.gradient = std::max(worst.gradient, error);
  }

  std::vector<double> mean(density.likelihood().effects()), variance(mean.size());
  const kernels::Variances variances(density.likelihood().reduction(), density.likelihood().kernel().structure());
  density.likelihood().conditional_mean(mean);
  density.likelihood().variances(variances, variance);
  ASSERT_EQ(mean.size(), 11U) << what;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const double off = std::abs(mean[i] - oracle.mean[at]);
    const double spread = std::abs(variance[i] / oracle.covariance(at, at) - 1);
    EXPECT_LT(off, 1e-9) << what << ", effect " << i;
    EXPECT_LT(spread, 1e-8) << what << ", effect " << i;
    worst.mean = std::max(worst.mean, off);
    worst.variance = std::max(worst.variance, spread);
  }
}

void expect_agreement(std::uint64_t seeds) {
  Worst worst;
  for (std::uint64_t seed = 21; seed < 21 + seeds; ++seed) {
    const Setting setting(seed);
    base::Stream stream(seed, 0, 0, base::Purpose::test);
    for (const Case& each : cases())
      for (const auto& without : switches()) {
        std::string what = "seed " + std::to_string(seed) + ", " + each.name;
        for (const std::string& rule : without) what += ", without " + rule;
        compare(setting, each, without, stream, what, worst);
      }
  }
  std::printf("worst relative errors of %llu tables: value %.0e, gradient %.0e, mean %.0e, variances %.0e\n",
              static_cast<unsigned long long>(seeds), worst.value, worst.gradient, worst.mean, worst.variance);
}

TEST(Residuals, EveryStructureAgreesWithTheDenseOracle) { expect_agreement(2); }

TEST(ResidualsSlow, EveryStructureAgreesWithTheDenseOracleOn200Tables) { expect_agreement(200); }

}  // namespace
}  // namespace woodbury::density
