// Cost against the number of rows, 10³ to 10⁷ of the same 100 levels: the one pass that sums the table, and a gradient,
// which must not see the rows. Each checks its answer: the pass against sums in extended precision, the density against
// the same effects integrated as one dense block, and where sigma varies, cells against rows.
#include <cmath>
#include <map>
#include <memory>

#include <benchmark/benchmark.h>

#include "woodbury/density/density.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury {
namespace {

using model::Builder;
using model::Expr;

constexpr std::size_t kLevels = 100;

/// y = 1 + x/2 + effects of g + noise; x continuous, so that no levels are alike, and a condition c = ±1.
const frame::Frame& table_of(std::size_t rows) {
  static std::map<std::size_t, frame::Frame> tables;
  if (const auto found = tables.find(rows); found != tables.end()) return found->second;
  tables.clear();  // one at a time: 10⁷ rows are 280 MB
  base::Stream stream(1, 0, 0, base::Purpose::simulate);
  std::vector<double> x, c, y;
  frame::Factor g;
  for (std::size_t j = 0; j < kLevels; ++j) g.levels.push_back("g" + std::to_string(j));
  for (std::size_t n = 0; n < rows; ++n) {
    g.codes.push_back(static_cast<std::int32_t>(n < kLevels ? n : stream.below(kLevels)));
    x.push_back(stream.uniform());
    c.push_back(stream.below(2) == 0 ? -1 : 1);
    y.push_back(1 + 0.5 * x[n] + 0.3 * std::sin(g.codes[n]) + stream.uniform());
  }
  frame::Frame& table = tables[rows];
  table.add("x", frame::Numeric{std::move(x)});
  table.add("c", frame::Numeric{std::move(c)});
  table.add("y", frame::Numeric{std::move(y)});
  table.add("g", std::move(g));
  return table;
}

/// The design of y ~ x + (x | g).
moments::Design design_of(const frame::Frame& table) {
  const moments::ColumnPtr x(table.share("x"), &table.numeric("x"));
  const frame::Factor& g = table.factor("g");
  return {table.rows(), {{"g", g.levels.size(), g.codes.data(), {nullptr, x}}, {"", 1, nullptr, {nullptr, x}}}};
}

void one_pass(benchmark::State& state) {
  const frame::Frame& table = table_of(static_cast<std::size_t>(state.range(0)));
  const moments::Design design = design_of(table);
  const std::vector<const double*> responses{table.numeric("y").data()};
  double found = 0;
  for (auto _ : state) {
    const moments::Totals totals(design, nullptr, responses);
    found = totals.diagonal()[1][3].value();
    benchmark::DoNotOptimize(found);
  }
  long double squares = 0;
  for (const double x : table.numeric("x")) squares += static_cast<long double>(x) * x;
  if (std::abs(found - static_cast<double>(squares)) > 1e-12 * found) state.SkipWithError("the sum is wrong");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

Expr effects(Builder& m, const std::string& column) {
  const Expr cor = m.lkj("cor", 1, "g__coef", {"Intercept", column});
  const std::vector<Expr> sds{m.half_normal("sd0", 1), m.half_normal("sd1", 1)};
  const Expr r = m.effects("r", {}, sds, &cor, "g", "g__coef", {"Intercept", column});
  return r.component(0)["g"] + r.component(1)["g"] * m.col(column);
}

model::Model common_sigma() {
  Builder m;
  const Expr mean = m.normal("a", 0, 5) + m.normal("b", 0, 5) * m.col("x") + effects(m, "x");
  m.observe_normal("y", mean, m.half_normal("sigma", 1));
  return m.model();
}

/// sigma ~ c, a condition: 200 cells, whatever the number of rows.
model::Model varying_sigma() {
  Builder m;
  const Expr mean = m.normal("a", 0, 5) + m.normal("b", 0, 5) * m.col("c") + effects(m, "c");
  m.observe_normal("y", mean, exp(m.normal("s", 0, 1) + m.normal("t", 0, 1) * m.col("c")));
  return m.model();
}

void time_gradient(benchmark::State& state, const model::Model& model,
                   double (*expected)(plan::Plan, const frame::Frame&)) {
  const frame::Frame& table = table_of(static_cast<std::size_t>(state.range(0)));
  const plan::Plan plan = plan::make_plan(model, table, {.integrate = "all", .parametrisation = {}});
  density::Density density(plan, table);
  std::vector<double> q(density.dimension(), 0.1), out(q.size());
  const double reference = expected(plan, table);
  if (std::abs(density.evaluate(q, out) / reference - 1) > 1e-9) state.SkipWithError("the value is wrong");
  for (auto _ : state) {
    q[0] = -q[0];
    benchmark::DoNotOptimize(density.evaluate(q, out));
  }
}

/// The effects as one dense block: another order of elimination.
double as_dense(plan::Plan plan, const frame::Frame& table) {
  plan.roles.order.clear();
  density::Density dense(plan, table);
  std::vector<double> q(dense.dimension(), 0.1), out(q.size());
  return dense.evaluate(q, out);
}

/// Row by row, where that ends in time.
double by_rows(plan::Plan plan, const frame::Frame& table) {
  if (table.rows() <= 100000) plan.without = {"cells"};
  density::Density rows(plan, table);
  std::vector<double> q(rows.dimension(), 0.1), out(q.size());
  return rows.evaluate(q, out);
}

void gradient(benchmark::State& state) { time_gradient(state, common_sigma(), as_dense); }
void gradient_varying_sigma(benchmark::State& state) { time_gradient(state, varying_sigma(), by_rows); }

BENCHMARK(one_pass)->RangeMultiplier(10)->Range(1000, 10000000)->Unit(benchmark::kMillisecond);
BENCHMARK(gradient)->RangeMultiplier(10)->Range(1000, 10000000)->Unit(benchmark::kMicrosecond);
BENCHMARK(gradient_varying_sigma)->RangeMultiplier(10)->Range(1000, 10000000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace woodbury
