// Gradients and seconds to 1000 effective draws, warm-up included, of the published models under each warm-up.
//
//   sampler_bench [--seeds N] [--draws N] [--integrate PLAN] [--target-accept A]
//                 [--schemes windowed,signed-windowed,mode,signed,auto] [MODEL…]
//
// windowed: 1000 draws of warm-up, scales on the log; signed-: scales through zero wherever that may be; mode, signed:
// the same around the mode; auto: as users get it. Effective draws are the smallest bulk (and tail) ESS over all that
// is sampled, seconds those of the chains' threads, added up. Medians over seeds. Models are nested3, which is
// simulated, and those of tests/paper; WOODBURY_PAPER_DATA names the folder of their tables.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/paper/catalogue.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/fit/coordinates.hpp"
#include "woodbury/fit/target.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury {
namespace {

struct Wish {
  std::size_t seeds = 5, draws = 1000;
  double target_accept = nuts::Options{}.target_accept;
  std::string integrate = "auto";
  std::vector<std::string> schemes{"windowed", "signed-windowed", "mode", "signed", "auto"}, models;
};

struct Run {
  double warmup_gradients = 0, gradients = 0, seconds_warmup = 0, seconds = 0;  // of all chains
  double bulk = 0, tail = 0, rhat = 0;
  std::size_t divergences = 0, draws = 0;
  std::string note;
};

double gradients_to_1000(const Run& run) { return run.warmup_gradients + run.gradients * 1000 / run.bulk; }
double seconds_to_1000(const Run& run) { return run.seconds_warmup + run.seconds * 1000 / run.bulk; }

/// Three nested factors, 10 × 5 × 5 levels of 2 to 7 rows, effects of sd 1 each at sigma 2.
frame::Frame nested_table() {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  std::vector<double> y, x;
  std::vector<std::string> a, b, c;
  for (int i = 0; i < 10; ++i) {
    const double of_a = stream.normal();
    for (int j = 0; j < 5; ++j) {
      const double of_b = of_a + stream.normal();
      for (int k = 0; k < 5; ++k) {
        const double of_c = of_b + stream.normal();
        for (std::uint64_t n = 0, rows = 2 + stream.below(6); n < rows; ++n) {
          a.push_back(fmt::format("a{}", i));
          b.push_back(fmt::format("b{}{}", i, j));
          c.push_back(fmt::format("c{}{}{}", i, j, k));
          x.push_back(stream.normal());
          y.push_back(5 + 0.5 * x.back() + of_c + 2 * stream.normal());
        }
      }
    }
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("x", frame::Numeric{x});
  table.add("a", frame::make_factor(a));
  table.add("b", frame::make_factor(b));
  table.add("c", frame::make_factor(c));
  return table;
}

fit::Prepared prepare(const std::string& name, const std::string& integrate) {
  const plan::Options plan{.integrate = integrate, .parametrisation = {}};
  if (name != "nested3") return paper::prepare(paper::find(name), plan);
  fit::Options options;
  options.plan = plan;
  return fit::prepare("y ~ x + (1 | a) + (1 | b) + (1 | c)", nested_table(), options);
}

/// All scales that may be signed, whatever the mode says: with spreads from the mode over logarithms.
fit::Coordinates all_signed(const plan::Plan& plan, const density::Density& density, const nuts::Options& options) {
  fit::Target target(density);
  const nuts::Mode mode = nuts::find_mode(target, {options.seed, options.init_radius, {}});
  if (mode.factor.empty()) return {density, mode, {}};
  std::vector<density::SignedScale> scales;
  for (const plan::EvenScale& scale : plan::even_scales(plan)) {
    const std::size_t at = density.coordinate(scale.scale), n = mode.q.size();
    double square = 0;
    for (std::size_t j = 0; j <= at; ++j) square += mode.factor[at * n + j] * mode.factor[at * n + j];
    scales.push_back({scale, 3 * std::sqrt(square) * std::exp(mode.q[at])});
  }
  return {density.with_signed(scales), std::nullopt, {}};
}

Run run(const fit::Prepared& prepared, const density::Density& density, const std::string& scheme,
        nuts::Options options) {
  fit::Coordinates chosen{density, std::nullopt, {}};
  if (scheme.ends_with("windowed")) options.warmup = 1000;
  if (scheme.starts_with("signed")) chosen = all_signed(prepared.plan, density, options);
  if (scheme == "auto") chosen = fit::choose_coordinates(prepared.plan, density, options);
  options.mode = chosen.mode;
  const nuts::Result result = nuts::sample(fit::Target(chosen.density), options);
  const draws::Draws draws = recover::recover(prepared.plan, chosen.density, prepared.data, result.draws,
                                              {options.seed, options.threads, false})
                                 .draws;
  const diagnose::Summary summary = diagnose::summarize(draws, options.max_depth, options.threads);
  Run run;
  run.bulk = run.tail = std::numeric_limits<double>::infinity();
  for (const diagnose::Row& row : summary.parameters) {
    run.bulk = std::min(run.bulk, row.ess_bulk);
    run.tail = std::min(run.tail, row.ess_tail);
    run.rhat = std::max(run.rhat, row.rhat);
  }
  for (const draws::Chain& chain : draws.chains) {
    run.warmup_gradients += static_cast<double>(chain.warmup_gradients);
    run.gradients += static_cast<double>(chain.gradients);
    run.seconds_warmup += chain.warmup_seconds;
    run.seconds += chain.sampling_seconds;
    run.draws += chain.draws;
  }
  run.divergences = summary.divergences;
  run.note = fmt::format("{}{}{}", result.warmup_note,
                         chosen.signed_scales.empty() ? "" : "; through zero: ", fmt::join(chosen.signed_scales, ", "));
  return run;
}

template <typename Measure>
double median(const std::vector<Run>& runs, Measure measure) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(measure(run));
  std::ranges::sort(values);
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

void report(const std::string& model, const std::string& scheme, const std::vector<Run>& runs) {
  std::size_t divergences = 0;
  for (const Run& run : runs) divergences += run.divergences;
  fmt::print("{:<12} {:<15} {:>10.0f} {:>9.3f} {:>9.0f} {:>6.1f} {:>7.0f} {:>7.0f} {:>6.3f} {:>4}  {}\n", model, scheme,
             median(runs, gradients_to_1000), median(runs, seconds_to_1000),
             median(runs, [](const Run& r) { return r.warmup_gradients; }),
             median(runs, [](const Run& r) { return r.gradients / static_cast<double>(r.draws); }),
             median(runs, [](const Run& r) { return r.bulk; }), median(runs, [](const Run& r) { return r.tail; }),
             median(runs, [](const Run& r) { return r.rhat; }), divergences, runs.back().note);
  std::fflush(stdout);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

Wish parse(int argc, char** argv) {
  Wish wish;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--seeds" && has_value)
      wish.seeds = std::stoul(argv[++i]);
    else if (word == "--draws" && has_value)
      wish.draws = std::stoul(argv[++i]);
    else if (word == "--target-accept" && has_value)
      wish.target_accept = std::stod(argv[++i]);
    else if (word == "--integrate" && has_value)
      wish.integrate = argv[++i];
    else if (word == "--schemes" && has_value)
      wish.schemes = split(argv[++i]);
    else
      wish.models.push_back(word);
  }
  if (wish.models.empty())
    for (const paper::Entry& entry : paper::catalogue()) wish.models.push_back(entry.name);
  return wish;
}

void bench(const Wish& wish) {
  fmt::print("{:<12} {:<15} {:>10} {:>9} {:>9} {:>6} {:>7} {:>7} {:>6} {:>4}\n", "model", "scheme", "grad/1000",
             "s/1000", "warm-up", "g/draw", "bulk", "tail", "R-hat", "div");
  for (const std::string& name : wish.models) {
    if (name != "nested3" && !paper::table_of(paper::find(name))) {
      fmt::print("{:<12} {}\n", name, paper::how_to_run(paper::find(name)));
      continue;
    }
    const fit::Prepared prepared = prepare(name, wish.integrate);
    const density::Density density(prepared.plan, prepared.data);
    std::vector<std::vector<Run>> runs(wish.schemes.size());
    for (std::size_t seed = 1; seed <= wish.seeds; ++seed)  // interleaved, so that load falls on all alike
      for (std::size_t k = 0; k < wish.schemes.size(); ++k) {
        nuts::Options options;
        options.seed = seed;
        options.draws = wish.draws;
        options.target_accept = wish.target_accept;
        runs[k].push_back(run(prepared, density, wish.schemes[k], options));
      }
    for (std::size_t k = 0; k < wish.schemes.size(); ++k) report(name, wish.schemes[k], runs[k]);
  }
}

}  // namespace
}  // namespace woodbury

int main(int argc, char** argv) {
  try {
    woodbury::bench(woodbury::parse(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
