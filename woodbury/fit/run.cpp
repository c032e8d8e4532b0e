// From a plan to a posterior: compile → sample → recover → summarize.
#include <algorithm>
#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include "woodbury/density/density.hpp"
#include "woodbury/fit/clock.hpp"
#include "woodbury/fit/coordinates.hpp"
#include "woodbury/fit/fit.hpp"
#include "woodbury/fit/target.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::fit {

namespace {

/// `--keep all` up to here; beyond, the user chooses.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

/// With nothing to sample the effects' conditional is the posterior: independent draws, no chain to run.
nuts::Result sample_nothing(density::Density density, const nuts::Options& options) {
  nuts::Result result;
  result.draws = draws::Draws({{"q", {"coordinate"}, {{}}}});
  result.warmup_note = "no warm-up: nothing to sample, the draws are independent";
  const double lp = density.evaluate({}, {});
  for (std::size_t c = 0; c < options.chains; ++c) {
    draws::Chain chain;
    chain.draws = options.draws;
    chain.step_size = 1;
    auto& stats = chain.stats;
    stats.lp.assign(options.draws, lp);
    stats.accept_stat.assign(options.draws, 1);
    stats.step_size.assign(options.draws, 1);
    stats.energy.assign(options.draws, -lp);
    stats.tree_depth.assign(options.draws, 0);
    stats.n_leapfrog.assign(options.draws, 0);
    stats.divergent.assign(options.draws, 0);
    result.draws.chains.push_back(std::move(chain));
  }
  return result;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

nlohmann::json machine() {
  utsname names{};
  uname(&names);
  return {{"system", names.sysname},
          {"release", names.release},
          {"architecture", names.machine},
          {"cores", base::thread_count(0)}};
}

nlohmann::json model_json(const Prepared& prepared) {
  nlohmann::json json = model::to_json(prepared.model);
  if (!prepared.formula.empty()) json["formula"] = prepared.formula;
  if (prepared.coding) json["coding"] = prepared.coding->to_json();
  if (prepared.sigma_coding) json["sigma_coding"] = prepared.sigma_coding->to_json();
  json["priors"] = priors_json(prepared);
  json["data"] = {
      {"path", prepared.source.path},      {"rows", prepared.source.rows},          {"sha256", prepared.source.sha256},
      {"rows_used", prepared.data.rows()}, {"rows_dropped", prepared.dropped_rows}, {"columns", prepared.columns},
      {"factors", prepared.factors}};
  return json;
}

nlohmann::json run_json(const Prepared& prepared, const Options& options, const nuts::Result& result,
                        const std::vector<std::string>& signed_scales) {
  const nuts::Options& s = options.sampler;
  nlohmann::json json{{"format", 1},
                      {"version", version()},
                      {"seed", s.seed},
                      {"family", prepared.family},
                      {"formula", prepared.formula},
                      {"machine", machine()},
                      {"interrupted", result.interrupted}};
  json["options"] = {{"algorithm", s.algorithm == nuts::Algorithm::nuts ? "nuts" : "hmc"},
                     {"chains", s.chains},
                     {"warmup", s.warmup ? nlohmann::json(*s.warmup) : nlohmann::json("auto")},
                     {"draws", s.draws},
                     {"threads", s.threads},
                     {"target_accept", s.target_accept},
                     {"max_depth", s.max_depth},
                     {"integrate", options.plan.integrate},
                     {"reduce", options.plan.reduce ? "auto" : "none"},
                     {"without", options.plan.without},
                     {"tune", options.tune},
                     {"parametrisation", options.plan.parametrisation},
                     {"keep", options.keep_hyper ? "hyper" : "all"}};
  if (prepared.coding) {
    std::vector<std::string> factors;
    for (const design::GroupPart& part : prepared.coding->groups())
      if (std::ranges::count(factors, part.factor) == 0) factors.push_back(part.factor);
    json["grouping_factors"] = factors;
  }
  json["warmup_note"] = result.warmup_note;
  std::size_t warmup = 0, draws = 0;
  for (const draws::Chain& chain : result.draws.chains) {
    warmup += chain.warmup_gradients;
    draws += chain.gradients;
  }
  json["gradients"] = {{"warmup", warmup}, {"draws", draws}};
  json["signed_scales"] = signed_scales;
  auto& divergences = json["divergences"] = nlohmann::json::array();
  for (const nuts::Divergence& d : result.divergences)
    divergences.push_back({{"chain", d.chain + 1}, {"draw", d.draw + 1}, {"cause", d.cause}});
  return json;
}

void check_size(const Prepared& prepared, const Options& options) {
  if (options.keep_hyper) return;
  const auto variables = recover::variables(prepared.plan, prepared.data, true);
  const std::uint64_t bytes = store::stored_bytes(variables, options.sampler.chains, options.sampler.draws);
  if (bytes > kMostBytes)
    throw base::Error(
        fmt::format("the draws of all effects would take {:.1f} GiB", static_cast<double>(bytes) / kMostBytes), {},
        "`--keep hyper` stores only what is sampled; or ask for fewer --draws");
}

}  // namespace

void improve(diagnose::Summary& summary, const std::vector<recover::Estimate>& analytic) {
  for (const recover::Estimate& estimate : analytic) {
    if (estimate.column >= summary.parameters.size() || !std::isfinite(estimate.mean)) continue;
    diagnose::Row& row = summary.parameters[estimate.column];
    row.mean = estimate.mean;
    row.sd = estimate.sd;
    if (!std::isnan(estimate.mcse_mean)) row.mcse_mean = estimate.mcse_mean;
    row.analytic = true;
  }
}

store::Record run(const Prepared& prepared, const Options& options,
                  const std::function<void(const nuts::Progress&)>& progress, const std::atomic<bool>* stop) {
  const Clock total;
  check_size(prepared, options);
  store::check_names(recover::variables(prepared.plan, prepared.data, !options.keep_hyper));
  store::Record record;
  record.seconds = prepared.seconds;

  Clock clock;
  nlohmann::json cpu;
  const auto close = [&](const char* stage) {
    record.seconds[stage] = clock.seconds();
    cpu[stage] = clock.cpu_seconds();
    clock = {};
  };
  const density::Density density(prepared.plan, prepared.data);
  close("compile");

  Coordinates coordinates = choose_coordinates(prepared.plan, density, options.sampler);
  nuts::Options sampler = options.sampler;
  sampler.mode = std::move(coordinates.mode);
  const nuts::Result result = density.dimension() == 0
                                  ? sample_nothing(density, sampler)
                                  : nuts::sample(Target(coordinates.density), sampler, progress, stop);
  close("sample");

  const recover::Options recovery{options.sampler.seed, options.sampler.threads, !options.keep_hyper};
  recover::Recovered recovered =
      recover::recover(prepared.plan, coordinates.density, prepared.data, result.draws, recovery);
  record.draws = std::move(recovered.draws);
  close("recover");

  record.interrupted = result.interrupted;
  // After an interrupt a chain may not have begun: it would cut the common draws to none.
  if (result.interrupted)
    std::erase_if(record.draws.chains, [](const draws::Chain& chain) { return chain.draws == 0; });
  if (record.draws.common_draws() > 0)
    record.summary = diagnose::summarize(record.draws, options.sampler.max_depth, options.sampler.threads);
  improve(record.summary, recovered.analytic);
  close("diagnose");

  record.model = model_json(prepared);
  record.plan = plan::to_json(prepared.plan);
  record.run = run_json(prepared, options, result, coordinates.signed_scales);
  record.run["explain"] = plan::to_text(prepared.plan);
  record.data = prepared.data;
  record.csv_arrays = !options.keep_hyper;
  for (const model::Observation& seen : prepared.model.observations) record.responses.push_back(seen.response);
  record.declared_dims = prepared.plan.declared_dims;
  record.sampled_dims = prepared.plan.sampled_dims;
  record.warmup = result.warmup;
  record.seed = options.sampler.seed;
  record.algorithm = options.sampler.algorithm == nuts::Algorithm::nuts ? "nuts" : "hmc";
  record.max_depth = options.sampler.max_depth;
  record.target_accept = options.sampler.target_accept;
  record.version = version();
  record.created_at = now();
  record.seconds["total"] = total.seconds();
  for (const auto& [stage, seconds] : prepared.seconds) record.seconds["total"] += seconds;
  record.run["seconds"] = record.seconds;
  record.run["cpu_seconds"] = cpu;
  return record;
}

}  // namespace woodbury::fit
