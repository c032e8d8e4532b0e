// A log density with its gradient on published models' own tables (tests/paper/README.md says which and where from):
// with everything integrated, with each factor alone, and as the planner chooses; with and without reductions.
// Every value is first held to that without reductions, at the same point.
#include <benchmark/benchmark.h>

#include "tests/paper/catalogue.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury {
namespace {

void gradient(benchmark::State& state, const paper::Entry& entry, const plan::Options& options) {
  fit::Prepared prepared;
  try {
    prepared = paper::prepare(entry, options);
  } catch (const base::Error& error) {
    return state.SkipWithError(error.what());
  }
  density::Density density(prepared.plan, prepared.data);
  std::vector<double> q(density.dimension()), out(q.size());
  base::Stream stream(2, 0, 0, base::Purpose::simulate);
  for (double& value : q) value = 0.1 * stream.normal();
  plan::Plan plain = prepared.plan;
  plain.without = {"equal-levels", "fixed-scales", "fill-order"};
  const bool large = entry.name.starts_with("InstEval");
  if (!large && std::abs(density::Density(plain, prepared.data).locate(q) / density.locate(q) - 1) > 1e-9)
    return state.SkipWithError("the value is wrong");
  for (auto _ : state) {
    q[0] = -q[0];
    benchmark::DoNotOptimize(density.evaluate(q, out));
  }
  state.counters["sampled"] = static_cast<double>(density.dimension());
  state.counters["integrated"] = static_cast<double>(density.likelihood().kernel().structure().whitened_count +
                                                     density.likelihood().kernel().structure().flat_count);
}

int add_all() {
  for (const paper::Entry& entry : paper::catalogue()) {
    if (!paper::table_of(entry)) continue;
    std::vector<std::string> sets{"all", "auto"};
    for (std::size_t i = 0; i < entry.factors.size(); ++i) sets.push_back(entry.effects(i) + ",fixed");
    for (const std::string& set : sets)
      for (const bool reduce : {true, false}) {
        if (set == "all" && entry.name.starts_with("InstEval") && !reduce) continue;
        const plan::Options options{.integrate = set, .parametrisation = {}, .reduce = reduce};
        benchmark::RegisterBenchmark((entry.name + "/" + set + (reduce ? "" : "/unreduced")).c_str(),
                                     [&entry, options](benchmark::State& state) { gradient(state, entry, options); })
            ->Unit(benchmark::kMicrosecond)
            ->MinTime(0.2);
      }
  }
  return 0;
}

const int kAdded = add_all();

}  // namespace
}  // namespace woodbury
