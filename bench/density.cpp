// A log density with its gradient, on designs of the shapes that users have. Each first checks its value: the effects
// integrated here must give the log likelihood that a dense normal (small designs) or another elimination order gives.
#include <cmath>
#include <cstdlib>

#include <benchmark/benchmark.h>

#include "woodbury/density/density.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury {
namespace {

using model::Builder;
using model::Expr;

/// y = 1 + x/2 + effects + noise over rows whose levels come from `level(row, stream)` of each factor.
frame::Frame make_table(std::size_t rows, const std::vector<std::string>& factors,
                        const std::function<std::vector<std::size_t>(std::size_t, base::Stream&)>& levels) {
  base::Stream stream(1, 0, 0, base::Purpose::simulate);
  std::vector<double> x, y;
  std::vector<std::vector<double>> codes(factors.size());
  for (std::size_t n = 0; n < rows; ++n) {
    const auto level = levels(n, stream);
    x.push_back(stream.below(2) == 0 ? -0.5 : 0.5);
    double mean = 1 + 0.5 * x.back();
    for (std::size_t k = 0; k < factors.size(); ++k) {
      codes[k].push_back(static_cast<double>(level[k]));
      mean += 0.3 * std::sin(static_cast<double>(level[k] * (k + 7)));
    }
    y.push_back(mean + stream.normal());
  }
  frame::Frame table;
  table.add("x", frame::Numeric{x});
  table.add("y", frame::Numeric{y});
  for (std::size_t k = 0; k < factors.size(); ++k) table.add(factors[k], frame::to_factor(codes[k]));
  return table;
}

frame::Frame balanced(std::size_t levels, std::size_t rows_each) {
  return make_table(levels * rows_each, {"g"},
                    [&](std::size_t n, base::Stream&) { return std::vector{n / rows_each}; });
}

/// dillonE1's shape: 40 subjects × 48 items, six rows in each of 480 cells.
frame::Frame crossed() {
  return make_table(2880, {"g", "h"}, [](std::size_t n, base::Stream&) {
    const std::size_t cell = n / 6;
    return std::vector{cell / 12, (cell % 12) * 4 + (cell / 12) % 4};
  });
}

/// gg05's shape: 42 subjects × 16 items, one row a cell.
frame::Frame small_crossed() {
  return make_table(672, {"g", "h"}, [](std::size_t n, base::Stream&) { return std::vector{n / 16, n % 16}; });
}

/// grouseticks' shape: 118 broods in 63 places, 403 chicks.
frame::Frame nested() {
  return make_table(403, {"g", "h"}, [](std::size_t n, base::Stream&) { return std::vector{n % 118, (n % 118) % 63}; });
}

/// InstEval's shape: 2972 students, 1128 lecturers in 14 departments.
frame::Frame ratings() {
  return make_table(73421, {"s", "d", "dept"}, [](std::size_t n, base::Stream& stream) {
    const std::size_t d = n < 1128 ? n : stream.below(1128);
    return std::vector{n < 2972 ? n : stream.below(2972), d, d % 14};
  });
}

Expr effects(Builder& m, const std::string& g, bool slope) {
  if (!slope)
    return m.effects("r_" + g, {}, {m.half_normal("sd_" + g, 1)}, nullptr, g, g + "__coef", {"Intercept"})
        .component(0)[g];
  const Expr cor = m.lkj("cor_" + g, 1, g + "__coef", {"Intercept", "x"});
  const std::vector<Expr> sds{m.half_normal("sd0_" + g, 1), m.half_normal("sd1_" + g, 1)};
  const Expr r = m.effects("r_" + g, {}, sds, &cor, g, g + "__coef", {"Intercept", "x"});
  return r.component(0)[g] + r.component(1)[g] * m.col("x");
}

model::Model make_model(const std::vector<std::string>& factors, bool slope) {
  Builder m;
  Expr mean = m.normal("b_Intercept", 0, 5) + m.normal("b_x", 0, 5) * m.col("x");
  for (const std::string& g : factors) mean = mean + effects(m, g, slope);
  m.observe_normal("y", mean, m.half_normal("sigma", 1));
  return m.model();
}

/// The likelihood at q = 0 with everything integrated does not depend on which factor is eliminated first: the plan's
/// choice must agree with the dense tail alone. Too large for the biggest design, which checks a sum of squares
/// instead.
void check(const model::Model& model, const frame::Frame& table, benchmark::State& state) {
  plan::Plan plan = plan::make_plan(model, table, {.integrate = "all", .parametrisation = {}});
  density::Density ours(plan, table);
  std::size_t dims = 0;
  for (const auto& block : ours.likelihood().design().blocks()) dims += block.size();
  if (dims > 300) return;
  plan.roles.order.clear();
  density::Density dense(plan, table);
  const std::vector<double> q(ours.dimension(), 0.0);
  if (std::abs(ours.locate(q) / dense.locate(q) - 1) > 1e-10) state.SkipWithError("the value is wrong");
}

void gradient(benchmark::State& state, const frame::Frame& table, const std::vector<std::string>& factors, bool slope,
              const std::string& integrate) {
  const model::Model model = make_model(factors, slope);
  check(model, table, state);
  const plan::Plan plan = plan::make_plan(model, table, {.integrate = integrate, .parametrisation = {}});
  density::Density density(plan, table);
  std::vector<double> q(density.dimension()), out(q.size());
  base::Stream stream(2, 0, 0, base::Purpose::simulate);
  for (double& value : q) value = 0.1 * stream.normal();
  for (auto _ : state) {
    q[0] = -q[0];
    benchmark::DoNotOptimize(density.evaluate(q, out));
  }
  state.counters["sampled"] = static_cast<double>(density.dimension());
  state.counters["Mflop"] = density.likelihood().kernel().structure().flops().total() * 1e-6;
}

const frame::Frame kSleepstudy = balanced(18, 10), kCrossed = crossed(), kRatings = ratings(),
                   kSmallCrossed = small_crossed(), kNested = nested();

BENCHMARK_CAPTURE(gradient, sleepstudy_shape, kSleepstudy, {"g"}, true, "all")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, crossed_40x48_one_factor, kCrossed, {"g", "h"}, true, "h,fixed")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, crossed_40x48_all, kCrossed, {"g", "h"}, true, "all")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, crossed_42x16_one_factor, kSmallCrossed, {"g", "h"}, true, "g,fixed")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, crossed_42x16_all, kSmallCrossed, {"g", "h"}, true, "all")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, nested_one_factor, kNested, {"g", "h"}, false, "g,fixed")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, nested_all, kNested, {"g", "h"}, false, "all")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, ratings_d_dept, kRatings, {"s", "d", "dept"}, false, "d,dept,fixed")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, ratings_s, kRatings, {"s", "d", "dept"}, false, "s,fixed")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(gradient, ratings_all, kRatings, {"s", "d", "dept"}, false, "all")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace woodbury
