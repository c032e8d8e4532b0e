// Cost against the number of rows, 10³ to 10⁷ over the same 100 levels: the one pass that sums the table, and a
// gradient, which must not see the rows.
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>

#include "bench/kernels/subject.hpp"
#include "bench/kernels/tables.hpp"

namespace woodbury::bench {
namespace {

constexpr std::size_t kLevels = 100;

/// One at a time: 10⁷ rows are 280 MB.
const frame::Frame& table_of(std::size_t rows) {
  static std::map<std::size_t, frame::Frame> tables;
  if (const auto found = tables.find(rows); found != tables.end()) return found->second;
  tables.clear();
  return tables[rows] = simulate(rows_over(rows, kLevels), 1);
}

/// Held to sums in extended precision.
void one_pass(benchmark::State& state) {
  const frame::Frame& table = table_of(static_cast<std::size_t>(state.range(0)));
  const moments::ColumnPtr x(table.share("x1"), &table.numeric("x1"));
  const moments::Design design(
      table.rows(), {{"g", kLevels, table.factor("g").codes.data(), {nullptr, x}}, {"", 1, nullptr, {nullptr, x}}});
  const std::vector<const double*> responses{table.numeric("y").data()};
  double found = 0;
  for (auto _ : state) {
    const moments::Totals totals(design, nullptr, responses);
    found = totals.diagonal()[1][3].value();
    benchmark::DoNotOptimize(found);
  }
  long double squares = 0;
  for (const double value : table.numeric("x1")) squares += static_cast<long double>(value) * value;
  if (std::abs(found - static_cast<double>(squares)) > 1e-12 * found) state.SkipWithError("the sum is wrong");
  state.counters["rows"] = static_cast<double>(table.rows());
}

int add_all() {
  design::Options by_condition;
  by_condition.sigma = "~ c";
  for (std::size_t rows = 1000; rows <= 10000000; rows *= 10) {
    add(fmt::format("rows/one_sigma/{}", rows), [=] { return prepare("y ~ x1 + (x1 | g)", table_of(rows)); });
    add(
        fmt::format("rows/sigma_by_condition/{}", rows),
        [=] { return prepare("y ~ c + (c | g)", table_of(rows), {.integrate = "all"}, by_condition); }, false);
    benchmark::RegisterBenchmark("rows/one_pass", one_pass)
        ->Arg(static_cast<std::int64_t>(rows))
        ->UseRealTime()  // on all cores
        ->Unit(benchmark::kMillisecond);
  }
  return 0;
}

const int kAdded = add_all();

}  // namespace
}  // namespace woodbury::bench
