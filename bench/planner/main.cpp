// How good the planner's choice is: every candidate plan of the published models and of simulated ones is fitted, and
// its effective draws a second of one core compared with its prediction and with the best. A table, a line a plan.
// Usage: build/bench/bin/planner_bench [--seeds N] [--seconds S] [--gradients | --planning] [--out FILE.csv] [MODEL…]
//   --seconds    what a plan may take, all seeds together: fits are stopped then, and rated by what they drew
//   --gradients  times gradients only, reductions on and off: what the cost constants are fitted to (fit.py)
//   --planning   times planning itself: a line a model, milliseconds of CPU time, the least of five
//   --out        appends a line a plan; plans that the file has already are not measured again
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "bench/planner/shapes.hpp"
#include "tests/paper/catalogue.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/plan/cost.hpp"

namespace woodbury {
namespace {

/// A model of either kind, prepared under a wish.
struct Subject {
  std::string name;
  std::function<fit::Prepared(const plan::Options&)> prepare;
};

struct Settings {
  std::uint64_t seeds = 3;
  double seconds = 40;
  bool gradients_only = false, planning_only = false;
  std::string out;
  std::set<std::string> names;
};

const char* const kHeader =
    "model,plan,reduce,chosen,sampled,tail,products,updates,calls,dense,entries,nodes,contrasts,tail_blocks,rows,row_"
    "pairs,"
    "weighed,"
    "predicted_us,condition,predicted_gradients,us,gradients,ess_per_second,seeds,bounded\n";

struct Measured {
  double microseconds = 0;        ///< of a gradient, the sampler's own work left out
  double rate = 0;                ///< smallest bulk ESS a second of one core, the median of the seeds
  double gradients_per_draw = 0;  ///< warm-up included
  std::uint64_t seeds = 0;
  bool bounded = false;  ///< some were stopped, or left out, for lack of time
};

/// Says stop after some seconds, unless it is gone before.
class Alarm {
 public:
  explicit Alarm(double seconds)
      : thread_([this, seconds](const std::stop_token& gone) {
          std::unique_lock lock(mutex_);
          const auto time = std::chrono::duration<double>(seconds);
          if (!condition_.wait_for(lock, gone, time, [] { return false; }) && !gone.stop_requested()) stop_ = true;
        }) {}
  [[nodiscard]] const std::atomic<bool>& stop() const { return stop_; }

 private:
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable_any condition_;
  std::jthread thread_;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The least of seven rounds.
double gradient_microseconds(density::Density& density) {
  std::vector<double> q(density.dimension()), out(q.size());
  base::Stream stream(2, 0, 0, base::Purpose::simulate);
  for (double& value : q) value = 0.1 * stream.normal();
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 7; ++round) {
    const double begin = cpu_seconds();
    int done = 0;
    for (; done == 0 || cpu_seconds() - begin < 3e-3; done += 8)
      for (int i = 0; i < 8; ++i) static_cast<void>(density.evaluate(q, out));
    least = std::min(least, 1e6 * (cpu_seconds() - begin) / done);
  }
  return least;
}

/// Smallest bulk ESS a second and gradients a draw of one candidate, of as many seeds as there is time for.
void measure_draws(const Subject& subject, const plan::Options& wish, const Settings& settings, Measured& measured) {
  fit::Options options;
  options.plan = wish;
  options.sampler.threads = 1;
  const fit::Prepared prepared = subject.prepare(wish);
  std::vector<double> rates, per_draw;
  double left = settings.seconds;
  while (measured.seeds < settings.seeds && left > 0) {
    options.sampler.seed = ++measured.seeds;
    const double begin = cpu_seconds();
    const Alarm alarm(left);
    const store::Record record = fit::run(prepared, options, nullptr, &alarm.stop());
    const double seconds = cpu_seconds() - begin;
    left -= seconds;
    measured.bounded = measured.bounded || alarm.stop();
    double ess = std::numeric_limits<double>::infinity(), gradients = 0;
    for (const diagnose::Row& row : record.summary.parameters)
      ess = std::min(ess, std::isfinite(row.ess_bulk) ? row.ess_bulk : 0);
    if (!std::isfinite(ess) || ess <= 0) {  // stopped while it warmed up
      rates.push_back(0);
      continue;
    }
    for (const draws::Chain& chain : record.draws.chains)
      gradients += static_cast<double>(chain.gradients + chain.warmup_gradients);
    rates.push_back(ess / seconds);
    per_draw.push_back(gradients / ess);
  }
  measured.bounded = measured.bounded || measured.seeds < settings.seeds;
  measured.rate = median(rates);
  measured.gradients_per_draw = per_draw.empty() ? 0 : median(per_draw);
}

/// What a gradient does, as the planner counts it: rows are worked, or cells of them, or the strata's cross-products
/// are weighed.
plan::Work work_of(const fit::Prepared& prepared, const density::Density& density, std::size_t sampled_dims) {
  const kernels::Structure& structure = density.likelihood().kernel().structure();
  const reduce::Reduction* reduction = density.likelihood().reduction();
  const plan::Plan& plan = prepared.plan;
  std::size_t rows = plan.linear.by_moments() ? 0 : prepared.data.rows(), strata = 0;
  if (rows > 0 && plan.on(plan::kCells)) rows = plan::find_cells(plan.model, plan.linear, prepared.data).size();
  for (const plan::Reduced& reduced : plan.reductions)
    if (reduced.rule == plan::kStrata) strata = reduced.left;
  plan::Work work = plan::work_of(structure, reduction ? reduction->sums().contrasts.size() : 0,
                                  {strata > 0 ? 0 : rows, plan.linear.reweighed()}, sampled_dims);
  if (strata > 0) work.weighed = plan::strata_numbers(*structure.layout, strata, rows);
  return work;
}

/// One line of the table; empty where the plan is not worth it.
std::string line(const Subject& subject, const plan::Candidate& candidate, bool reduce, const Settings& settings) {
  const plan::Options wish{.integrate = candidate.integrated == "nothing" ? "none" : candidate.integrated,
                           .parametrisation = {},
                           .reduce = reduce};
  const fit::Prepared prepared = subject.prepare(wish);
  density::Density density(prepared.plan, prepared.data);
  Measured measured;
  measured.microseconds = gradient_microseconds(density);
  if (!settings.gradients_only) measure_draws(subject, wish, settings, measured);
  const plan::Work work = work_of(prepared, density, candidate.sampled_dims);
  const plan::Candidate& predicted = prepared.plan.candidates.front();
  return fmt::format(
      "{},\"{}\",{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.5g},{:.5g},{:.5g},{:.5g},{:.5g},{:.5g},{},{}\n",
      subject.name, candidate.integrated, reduce, candidate.chosen, work.sampled, work.tail, work.products,
      work.updates, work.calls, work.dense, work.entries, work.nodes, work.contrasts, work.tail_blocks, work.rows,
      work.row_pairs, work.weighed, predicted.microseconds, predicted.condition, predicted.gradients_per_draw,
      measured.microseconds, measured.gradients_per_draw, measured.rate, measured.seeds, measured.bounded);
}

/// Lines of a table that was begun: their first three fields.
std::set<std::string> done_already(const std::string& path) {
  std::set<std::string> keys;
  std::ifstream in(path);
  for (std::string text; std::getline(in, text);) {
    const auto plan_end = text.find("\",");
    if (plan_end != std::string::npos) keys.insert(text.substr(0, text.find(',', plan_end + 2)));
  }
  return keys;
}

void report(const Subject& subject, const Settings& settings) {
  const fit::Prepared prepared = subject.prepare({});
  const std::set<std::string> done = done_already(settings.out);
  double cheapest = std::numeric_limits<double>::infinity();
  for (const plan::Candidate& c : prepared.plan.candidates) cheapest = std::min(cheapest, c.price());
  for (const bool reduce : {true, false}) {
    if (!reduce && !settings.gradients_only) continue;
    for (const plan::Candidate& candidate : prepared.plan.candidates) {
      // What is predicted so much dearer is not worth the hours.
      if (candidate.price() > (settings.gradients_only ? 1000 : 30) * cheapest) continue;
      const std::string key = fmt::format("{},\"{}\",{}", subject.name, candidate.integrated, reduce);
      if (done.contains(key)) continue;
      const std::string text = line(subject, candidate, reduce, settings);
      fmt::print("{}", text);
      std::fflush(stdout);
      if (settings.out.empty()) continue;
      const bool fresh = !std::ifstream(settings.out);
      std::ofstream(settings.out, std::ios::app) << (fresh ? kHeader : "") << text;
    }
  }
}

void report_planning(const Subject& subject) {
  const fit::Prepared prepared = subject.prepare({});
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 5; ++round) {
    const double begin = cpu_seconds();
    static_cast<void>(plan::make_plan(prepared.model, prepared.data, {}));
    least = std::min(least, cpu_seconds() - begin);
  }
  fmt::print("{},{},{:.3g}\n", subject.name, prepared.data.rows(), 1e3 * least);
}

std::vector<Subject> subjects() {
  std::vector<Subject> list;
  for (const paper::Entry& entry : paper::catalogue())
    if (paper::table_of(entry))
      list.push_back({entry.name, [&entry](const plan::Options& wish) { return paper::prepare(entry, wish); }});
  for (const bench::Shape& shape : bench::shapes())
    list.push_back({shape.name, [shape](const plan::Options& wish) {
                      fit::Options options;
                      options.design = shape.options;
                      options.plan = wish;
                      return fit::prepare(shape.formula, shape.table(), options);
                    }});
  return list;
}

int run(const std::vector<std::string>& words) {
  Settings settings;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--seeds" && i + 1 < words.size())
      settings.seeds = std::strtoull(words[++i].c_str(), nullptr, 10);
    else if (words[i] == "--seconds" && i + 1 < words.size())
      settings.seconds = std::strtod(words[++i].c_str(), nullptr);
    else if (words[i] == "--out" && i + 1 < words.size())
      settings.out = words[++i];
    else if (words[i] == "--gradients")
      settings.gradients_only = true;
    else if (words[i] == "--planning")
      settings.planning_only = true;
    else
      settings.names.insert(words[i]);
  }
  fmt::print("{}", settings.planning_only ? "model,rows,ms\n" : kHeader);
  for (const Subject& subject : subjects())
    if (settings.names.empty() || settings.names.contains(subject.name))
      settings.planning_only ? report_planning(subject) : report(subject, settings);
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
