#include "woodbury/answers/loo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "woodbury/answers/given.hpp"
#include "woodbury/answers/leave_out.hpp"
#include "woodbury/answers/psis.hpp"
#include "woodbury/answers/response.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::answers {

namespace {

constexpr double kBad = 0.7;
/// Numbers held at a time, of units × draws.
constexpr std::size_t kHeld = std::size_t{1} << 24U;

double log_mean_exp(std::span<const double> logs) {
  const double most = *std::ranges::max_element(logs);
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - most);
  return most + std::log(sum / static_cast<double>(logs.size()));
}

/// Effective draws a draw, of what was sampled.
double relative_efficiency(const store::Record& record, std::size_t draws) {
  double sum = 0, count = 0;
  for (const diagnose::Row& row : record.summary.parameters)
    if (!row.analytic && std::isfinite(row.ess_bulk)) {
      sum += row.ess_bulk;
      ++count;
    }
  return count > 0 ? std::min(1.0, sum / count / static_cast<double>(draws)) : 1;
}

/// Sampled Gaussian effects over a factor, or over one nested in it: their levels are left out with its.
std::vector<std::string> effects_of_group(const Bound& bound, const std::string& by) {
  std::vector<std::string> names;
  for (const auto& [variable, action] : bound.plan().actions) {
    const model::RandomVariable& v = bound.plan().model.variable(variable);
    if (action == plan::Action::integrate || v.dims.empty() || bound.plan().model.dim_labels.contains(v.dims[0]))
      continue;
    const frame::Factor& inner = bound.data().factor(v.dims[0]);
    const frame::Factor& outer = bound.data().factor(by);
    std::vector<std::int32_t> of(inner.levels.size(), -1);
    bool nested = true;
    for (std::size_t n = 0; n < bound.data().rows() && nested; ++n) {
      auto& mine = of[static_cast<std::size_t>(inner.codes[n])];
      nested = mine < 0 || mine == outer.codes[n];
      mine = outer.codes[n];
    }
    if (nested) names.push_back(v.name);
  }
  return names;
}

/// The predictive densities at all draws, of blocks of units; each block is a pass over the draws.
void smooth_all(const Bound& bound, const LeaveOut& leave_out, const LooOptions& options, std::vector<LeftOut>& units) {
  const std::size_t draws = bound.draws(), block = std::max<std::size_t>(1, kHeld / draws);
  const double efficiency = relative_efficiency(bound.record(), draws);
  std::vector<double> without, with;
  for (std::size_t first = 0; first < units.size(); first += block) {
    const std::size_t count = std::min(block, units.size() - first);
    without.assign(count * draws, 0);
    with.assign(count * draws, 0);
    const std::size_t pieces = std::min<std::size_t>(draws, 4 * base::thread_count(options.threads));
    base::parallel_for(pieces, options.threads, [&](std::size_t p) {
      LeaveOut::Worker worker(leave_out);
      for (std::size_t draw = p * draws / pieces; draw < (p + 1) * draws / pieces; ++draw) {
        const bool sound = worker.place(draw);
        for (std::size_t i = 0; i < count; ++i) {
          const LogDensities logs = sound ? worker.unit(first + i) : LogDensities{};
          without[i * draws + draw] = logs.without;
          with[i * draws + draw] = logs.with;
        }
      }
    });
    base::parallel_for(count, options.threads, [&](std::size_t i) {
      const auto own = std::span(without).subspan(i * draws, draws);
      LeftOut& unit = units[first + i];
      std::vector<double> weights(draws);
      for (std::size_t t = 0; t < draws; ++t) weights[t] = -own[t];
      unit.k = smooth(weights, efficiency);
      for (std::size_t t = 0; t < draws; ++t) weights[t] += own[t];
      unit.elpd = log_mean_exp(weights) + std::log(static_cast<double>(draws));
      unit.lpd = log_mean_exp(std::span(with).subspan(i * draws, draws));
    });
  }
}

fit::Options options_of(const store::Record& record, unsigned threads) {
  fit::Options options;
  const nlohmann::json given = record.run.value("options", nlohmann::json::object());
  options.plan.integrate = given.value("integrate", options.plan.integrate);
  options.plan.reduce = given.value("reduce", "auto") == "auto";
  options.plan.parametrisation = given.value("parametrisation", options.plan.parametrisation);
  options.sampler.chains = record.draws.chains.size();
  options.sampler.draws = record.draws.common_draws();
  if (given.contains("warmup") && given.at("warmup").is_number())
    options.sampler.warmup = given.at("warmup").get<std::size_t>();
  options.sampler.seed = record.seed;
  options.sampler.threads = threads;
  options.sampler.target_accept = record.target_accept;
  options.sampler.max_depth = record.max_depth;
  options.sampler.algorithm = record.algorithm == "hmc" ? nuts::Algorithm::hmc : nuts::Algorithm::nuts;
  return options;
}

/// Some rows of a table.
frame::Frame subset(const frame::Frame& table, const std::vector<bool>& wanted) {
  frame::Frame result;
  for (const std::string& name : table.names()) {
    if (table.is_numeric(name)) {
      const frame::Numbers& from = table.numeric(name);
      std::vector<double> values;
      for (std::size_t n = 0; n < table.rows(); ++n)
        if (wanted[n]) values.push_back(from[n]);
      result.add(name, frame::Numeric{std::move(values)});
      continue;
    }
    const frame::Factor& from = table.factor(name);
    frame::Factor column{{}, from.levels};
    for (std::size_t n = 0; n < table.rows(); ++n)
      if (wanted[n]) column.codes.push_back(from.codes[n]);
    result.add(name, std::move(column));
  }
  return result;
}

/// log p(y_j | y_−j) from a fit without the unit's rows.
double refitted(const store::Record& record, const std::vector<std::size_t>& rows, unsigned threads) {
  std::vector<bool> left(record.data.rows(), false);
  for (const std::size_t n : rows) left[n] = true;
  const frame::Frame out = subset(record.data, left);
  left.flip();
  const fit::Options options = options_of(record, threads);
  const store::Record without =
      fit::run(fit::prepare(model::from_json(record.model), subset(record.data, left), options), options);
  const Bound bound(without);
  const Rows held = Rows::of_coded(bound, out, {GroupEffects::Kind::fresh, ""});
  return log_mean_exp(joint_log_density(bound, held, threads));
}

void refit_bad(const store::Record& record, const LeaveOut& leave_out, const LooOptions& options, Loo& result) {
  std::vector<std::size_t> bad;
  for (std::size_t i = 0; i < result.units.size(); ++i)
    if (options.every || !(result.units[i].k <= kBad)) bad.push_back(i);
  std::ranges::sort(bad, [&](std::size_t a, std::size_t b) { return result.units[a].k > result.units[b].k; });
  for (std::size_t i = 0; i < std::min(bad.size(), options.refits); ++i) {
    LeftOut& unit = result.units[bad[i]];
    unit.elpd = refitted(record, leave_out.rows(bad[i]), options.threads);
    unit.k = 0;
    unit.refitted = true;
  }
}

}  // namespace

namespace {

/// Whether covariances of what a group's rows meet would each cost a solve: its effects are integrated, and not among
/// those eliminated level by level. With these alone eliminated so, all its pairs are in the inverse's pattern.
bool wants_first(const Bound& bound, const std::string& by) {
  const auto& blocks = bound.plan().linear.blocks;
  const auto of_factor = [&](std::size_t block) { return blocks[block].factor == by; };
  return std::ranges::none_of(bound.plan().roles.order, of_factor) &&
         std::ranges::any_of(blocks, [&](const auto& block) { return block.integrated && block.factor == by; });
}

void bind_for(const store::Record& record, const std::string& by, std::optional<Bound>& bound) {
  bound.emplace(record);
  if (by == "row") return;
  const auto factors = bound->plan().model.data_factors();
  if (std::ranges::count(factors, by) == 0)
    throw base::Error(fmt::format("the model has no grouping factor `{}`", by), {}, base::did_you_mean(by, factors));
  Binding binding{.also = effects_of_group(*bound, by)};
  if (!binding.also.empty()) bound.emplace(record, binding);
  if (!wants_first(*bound, by)) return;
  binding.first = by;
  bound.emplace(record, binding);
}

}  // namespace

Loo loo(const store::Record& record, const LooOptions& options) {
  std::optional<Bound> found;
  bind_for(record, options.by, found);
  const Bound& bound = *found;
  const LeaveOut leave_out(bound, options.by);
  Loo result{options.by, {}, {}, response_of(bound)};
  result.response = result.responses.name;
  for (std::size_t i = 0; i < leave_out.size(); ++i) result.units.push_back({leave_out.label(i)});
  smooth_all(bound, leave_out, options, result.units);
  refit_bad(record, leave_out, options, result);
  for (std::size_t i = 0; i < leave_out.size(); ++i)
    for (const std::size_t n : leave_out.rows(i)) {
      result.units[i].elpd += result.responses.log_jacobians[n];
      result.units[i].lpd += result.responses.log_jacobians[n];
    }
  return result;
}

double Loo::elpd() const {
  double sum = 0;
  for (const LeftOut& unit : units) sum += unit.elpd;
  return sum;
}

namespace {

/// Of a sum of as many terms, as of independent ones.
double error_of_sum(const std::vector<double>& terms) {
  const auto n = static_cast<double>(terms.size());
  const double mean = std::accumulate(terms.begin(), terms.end(), 0.0) / n;
  double squares = 0;
  for (const double term : terms) squares += (term - mean) * (term - mean);
  return terms.size() > 1 ? std::sqrt(n * squares / (n - 1)) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

double Loo::standard_error() const {
  std::vector<double> terms;
  for (const LeftOut& unit : units) terms.push_back(unit.elpd);
  return error_of_sum(terms);
}

double Loo::parameters() const {
  double sum = 0;
  for (const LeftOut& unit : units) sum += unit.lpd - unit.elpd;
  return sum;
}

std::size_t Loo::bad() const {
  return static_cast<std::size_t>(std::ranges::count_if(units, [](const LeftOut& unit) { return !(unit.k <= kBad); }));
}

std::vector<Table> loo_tables(const Loo& loo, bool pointwise) {
  std::vector<double> parameters;
  for (const LeftOut& unit : loo.units) parameters.push_back(unit.lpd - unit.elpd);
  Table table{"", {"", "Estimate", "SE"}, {}, {}};
  table.rows.push_back({std::string("elpd_loo"), loo.elpd(), loo.standard_error()});
  table.rows.push_back({std::string("p_loo"), loo.parameters(), error_of_sum(parameters)});
  table.rows.push_back({std::string("looic"), -2 * loo.elpd(), 2 * loo.standard_error()});
  const auto refits = std::ranges::count_if(loo.units, &LeftOut::refitted);
  double worst = -std::numeric_limits<double>::infinity();
  for (const LeftOut& unit : loo.units) worst = std::max(worst, unit.k);
  std::string note = fmt::format("{} {} left out{}; largest k-hat {:.2f}", loo.units.size(),
                                 loo.by == "row" ? "rows" : "levels of " + loo.by,
                                 refits > 0 ? fmt::format(", {} by refitting", refits) : "", worst);
  if (loo.bad() > 0) note += fmt::format("; {} above 0.7: `--refit {}` would fit these anew", loo.bad(), loo.bad());
  table.notes.push_back(note + ".");
  std::vector<Table> tables{std::move(table)};
  if (pointwise) {
    Table points{"pointwise", {loo.by, "elpd", "p", "k"}, {}, {}};
    for (const LeftOut& unit : loo.units) points.rows.push_back({unit.label, unit.elpd, unit.lpd - unit.elpd, unit.k});
    tables.push_back(std::move(points));
  }
  return tables;
}

namespace {

void check_same(const Loo& first, const Loo& other, const std::string& name, const std::string& other_name) {
  const auto refuse = [&](const std::string& what) {
    throw base::Error(fmt::format("`{}` and `{}` cannot be compared: {}", name, other_name, what), {},
                      "fit both to the same rows of the same response");
  };
  if (first.response != other.response)
    refuse(fmt::format("the one is of `{}`, the other of `{}`", first.response, other.response));
  const auto &a = first.responses.values, &b = other.responses.values;
  if (a.size() != b.size()) refuse(fmt::format("the one has {} rows, the other {}", a.size(), b.size()));
  for (std::size_t n = 0; n < a.size(); ++n)
    if (std::abs(a[n] - b[n]) > 1e-9 * std::max(std::abs(a[n]), std::abs(b[n])))
      refuse(fmt::format("row {} has the response {} in the one and {} in the other", n + 1, a[n], b[n]));
  if (first.units.size() != other.units.size() ||
      !std::ranges::equal(first.units, other.units, {}, &LeftOut::label, &LeftOut::label))
    refuse(fmt::format("their levels of `{}` differ", first.by));
}

}  // namespace

Table compare(const std::vector<std::string>& names, const std::vector<Loo>& loos) {
  if (loos.empty()) throw base::Error("there is no fit to compare", {}, "name two or more");
  for (std::size_t i = 1; i < loos.size(); ++i) check_same(loos[0], loos[i], names[0], names[i]);
  std::vector<std::size_t> order(loos.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return loos[a].elpd() > loos[b].elpd(); });
  const Loo& best = loos[order[0]];
  Table table{"", {"fit", "elpd_diff", "SE_diff", "elpd_loo", "SE", "p_loo", "k > 0.7"}, {}, {}};
  for (const std::size_t i : order) {
    std::vector<double> differences;
    for (std::size_t u = 0; u < best.units.size(); ++u)
      differences.push_back(loos[i].units[u].elpd - best.units[u].elpd);
    table.rows.push_back({names[i], std::accumulate(differences.begin(), differences.end(), 0.0),
                          &loos[i] == &best ? 0.0 : error_of_sum(differences), loos[i].elpd(), loos[i].standard_error(),
                          loos[i].parameters(), static_cast<double>(loos[i].bad())});
  }
  table.notes.push_back(fmt::format("By {}; densities are those of `{}`, a transformation's Jacobian included.",
                                    best.by == "row" ? "rows" : "levels of " + best.by, best.response));
  return table;
}

}  // namespace woodbury::answers
