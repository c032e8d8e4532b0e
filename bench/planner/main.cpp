// How good the planner's choice is: every candidate plan of the published models is fitted, and its effective draws a
// second of one core compared with its prediction and with the best. Not a micro-benchmark: a table, a line a plan.
// Usage: build/bench/bin/planner_bench [--seeds N] [MODEL…]
#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "tests/paper/catalogue.hpp"

namespace woodbury {
namespace {

struct Measured {
  plan::Candidate candidate;
  double microseconds = 0;  ///< of a gradient, the sampler's own work included
  double rate = 0;          ///< smallest bulk ESS a second of one core, the median of the seeds
  double gradients_per_draw = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Fits one candidate; its names are what --integrate takes.
Measured measure(const paper::Entry& entry, const plan::Candidate& candidate, std::uint64_t seeds) {
  fit::Options options;
  options.plan.integrate = candidate.integrated == "nothing" ? "none" : candidate.integrated;
  options.sampler.threads = 1;
  const fit::Prepared prepared = paper::prepare(entry, options.plan);
  std::vector<double> rates, per_draw, microseconds;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    options.sampler.seed = seed;
    const std::clock_t begin = std::clock();
    const store::Record record = fit::run(prepared, options);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    double ess = 1e300, gradients = 0, sampling = 0;
    for (const diagnose::Row& row : record.summary.parameters) ess = std::min(ess, row.ess_bulk);
    for (const draws::Chain& chain : record.draws.chains) {
      gradients += static_cast<double>(chain.gradients);
      sampling += chain.sampling_seconds;
    }
    rates.push_back(ess / seconds);
    per_draw.push_back(gradients / ess);
    microseconds.push_back(1e6 * sampling / gradients);
  }
  return {candidate, median(microseconds), median(rates), median(per_draw)};
}

void report(const paper::Entry& entry, std::uint64_t seeds) {
  const fit::Prepared prepared = paper::prepare(entry, {});
  std::vector<Measured> all;
  double best = 0;
  for (const plan::Candidate& candidate : prepared.plan.candidates) {
    // What is predicted a hundred times dearer than the choice is not worth an hour.
    if (candidate.price() > 100 * prepared.plan.candidates.front().price()) continue;
    all.push_back(measure(entry, candidate, seeds));
    best = std::max(best, all.back().rate);
  }
  for (const Measured& m : all)
    fmt::print("{:12} {}{:28} predicted {:9.3g} µs × {:5.3g}   measured {:9.3g} µs × {:5.3g}   {:9.3g} ESS/s{}\n",
               entry.name, m.candidate.chosen ? "→ " : "  ", m.candidate.integrated, m.candidate.microseconds,
               m.candidate.gradients_per_draw, m.microseconds, m.gradients_per_draw, m.rate,
               m.candidate.chosen ? fmt::format("   best / chosen {:.2f}", best / m.rate) : "");
  std::fflush(stdout);
}

int run(const std::vector<std::string>& words) {
  std::uint64_t seeds = 3;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--seeds" && i + 1 < words.size())
      seeds = std::strtoull(words[++i].c_str(), nullptr, 10);
    else
      names.push_back(words[i]);
  }
  for (const paper::Entry& entry : paper::catalogue())
    if (paper::table_of(entry) && (names.empty() || std::find(names.begin(), names.end(), entry.name) != names.end()))
      report(entry, seeds);
  return 0;
}

}  // namespace
}  // namespace woodbury

int main(int argc, char** argv) {
  try {
    return woodbury::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
