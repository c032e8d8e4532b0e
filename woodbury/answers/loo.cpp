#include "woodbury/answers/loo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "woodbury/answers/leave_out.hpp"
#include "woodbury/answers/psis.hpp"
#include "woodbury/answers/refit.hpp"
#include "woodbury/answers/response.hpp"

namespace woodbury::answers {

namespace {

constexpr double kBad = 0.7;
/// Numbers held at a time, of units × draws.
constexpr std::size_t kHeld = std::size_t{1} << 23U;
/// Operations above which draws are thinned: a minute or two.
constexpr double kFlops = 2e12;

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

/// Distinct levels of a factor within each level of another, the largest number; 0 where it is not nested in it.
std::size_t nested_levels(const frame::Factor& inner, const frame::Factor& outer) {
  std::vector<std::int32_t> of(inner.levels.size(), -1);
  std::vector<std::size_t> count(outer.levels.size(), 0);
  for (std::size_t n = 0; n < inner.codes.size(); ++n) {
    auto& mine = of[static_cast<std::size_t>(inner.codes[n])];
    if (mine >= 0 && mine != outer.codes[n]) return 0;
    if (mine < 0) ++count[static_cast<std::size_t>(outer.codes[n])];
    mine = outer.codes[n];
  }
  return *std::ranges::max_element(count);
}

/// What becomes of sampled effects over a group's factor, or over one nested in it, when a level is left out.
struct Moved {
  std::vector<OwnBlock> own;  ///< integrated at that level alone, given the other levels'
  std::vector<std::string>
      also;  ///< variables integrated at all levels: where the former would cost more, or cannot be
};

/// Effects that set a scale, or enter a mean that is not linear, stay as they were drawn: weights then stand for their
/// prior, too.
Moved moved_for(const Bound& bound, const std::string& by) {
  constexpr std::size_t kMost = 64;
  const plan::Plan& plan = bound.plan();
  std::set<model::VariableId> elsewhere;
  std::vector<model::NodeId> roots = plan.linear.row_expressions();
  if (plan.linear.row_sd != model::kNone) roots.push_back(plan.linear.row_sd);
  for (const model::NodeId node : roots) elsewhere.merge(model::variables_of(plan.model, node));
  Moved moved;
  for (std::size_t k = 0; k < plan.linear.blocks.size(); ++k) {
    const plan::LinearBlock& block = plan.linear.blocks[k];
    if (block.integrated || block.factor.empty()) continue;
    const std::size_t levels = nested_levels(bound.data().factor(block.factor), bound.data().factor(by));
    if (levels == 0) continue;
    std::set<model::VariableId> variables;
    for (const plan::LinearColumn& column : block.columns)
      for (const model::VariableId v : model::variables_of(plan.model, column.sampled))
        if (plan.model.variable(v).dims.size() > 0 && plan.model.variable(v).dims[0] == block.factor)
          variables.insert(v);
    if (std::ranges::any_of(variables, [&](model::VariableId v) { return elsewhere.contains(v); })) continue;
    if (levels * block.columns.size() <= kMost && has_own_prior(plan, block))
      moved.own.push_back({k});
    else
      for (const model::VariableId v : variables) moved.also.push_back(plan.model.variable(v).name);
  }
  return moved;
}

/// A unit from the densities of its responses at the draws, without it and with. Draws that have none do not count.
void smooth_unit(std::span<const double> without, std::span<const double> with, double efficiency, LeftOut& unit) {
  std::vector<double> own, weights, all;
  for (std::size_t t = 0; t < without.size(); ++t) {
    if (!std::isfinite(without[t]) || !std::isfinite(with[t])) continue;
    own.push_back(without[t]);
    weights.push_back(-without[t]);
    all.push_back(with[t]);
  }
  if (own.empty()) {
    unit.k = unit.elpd = unit.lpd = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  unit.k = smooth(weights, efficiency);
  for (std::size_t t = 0; t < own.size(); ++t) weights[t] += own[t];
  unit.elpd = log_mean_exp(weights) + std::log(static_cast<double>(own.size()));
  unit.lpd = log_mean_exp(all);
}

/// The predictive densities at all draws, of blocks of units; each block is a pass over the draws, some at a time, so
/// that a unit's numbers are written in runs.
void smooth_all(const Bound& bound, const LeaveOut& leave_out, const LooOptions& options, Loo& result) {
  constexpr LogDensities kNone{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  constexpr std::size_t kRun = 8;
  std::vector<LeftOut>& units = result.units;
  const std::size_t draws = bound.draws() / result.every, block = std::max<std::size_t>(1, kHeld / draws);
  const double efficiency = relative_efficiency(bound.record(), draws);
  std::vector<double> without, with;
  for (std::size_t first = 0; first < units.size(); first += block) {
    const std::size_t count = std::min(block, units.size() - first);
    without.assign(count * draws, 0);
    with.assign(count * draws, 0);
    const std::size_t pieces = std::min<std::size_t>(draws, 4 * base::thread_count(options.threads));
    base::parallel_for(pieces, options.threads, [&](std::size_t p) {
      LeaveOut::Worker worker(leave_out);
      std::vector<LogDensities> run(count * kRun);
      const std::size_t end = (p + 1) * draws / pieces;
      for (std::size_t from = p * draws / pieces; from < end; from += kRun) {
        const std::size_t length = std::min(kRun, end - from);
        for (std::size_t t = 0; t < length; ++t) {
          const bool sound = worker.place((from + t) * result.every);
          for (std::size_t i = 0; i < count; ++i) run[i * kRun + t] = sound ? worker.unit(first + i) : kNone;
        }
        for (std::size_t i = 0; i < count; ++i)
          for (std::size_t t = 0; t < length; ++t) {
            without[i * draws + from + t] = run[i * kRun + t].without;
            with[i * draws + from + t] = run[i * kRun + t].with;
          }
      }
    });
    base::parallel_for(count, options.threads, [&](std::size_t i) {
      smooth_unit(std::span(without).subspan(i * draws, draws), std::span(with).subspan(i * draws, draws), efficiency,
                  units[first + i]);
    });
  }
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

std::vector<OwnBlock> bind_for(const store::Record& record, const std::string& by, std::optional<Bound>& bound) {
  bound.emplace(record);
  if (by == "row") return {};
  const auto factors = bound->plan().model.data_factors();
  if (std::ranges::count(factors, by) == 0)
    throw base::Error(fmt::format("the model has no grouping factor `{}`", by), {}, base::did_you_mean(by, factors));
  Binding binding{.also = moved_for(*bound, by).also};
  if (!binding.also.empty()) bound.emplace(record, binding);
  if (wants_first(*bound, by)) {
    binding.first = by;
    bound.emplace(record, binding);
  }
  return moved_for(*bound, by).own;
}

/// Every how many draws are looked at: all, unless that would cost more than `kFlops`.
std::size_t thinning(const Bound& bound, const LeaveOut& leave_out) {
  constexpr std::size_t kFewest = 400;
  const double wanted = std::ceil(leave_out.flops() * static_cast<double>(bound.draws()) / kFlops);
  const std::size_t most = std::max<std::size_t>(1, bound.draws() / kFewest);
  return wanted < static_cast<double>(most) ? std::max<std::size_t>(1, static_cast<std::size_t>(wanted)) : most;
}

}  // namespace

Loo loo(const store::Record& record, const LooOptions& options) {
  std::optional<Bound> found;
  const std::vector<OwnBlock> own = bind_for(record, options.by, found);
  const Bound& bound = *found;
  const LeaveOut leave_out(bound, options.by, own);
  Loo result{options.by, {}, {}, response_of(bound), thinning(bound, leave_out)};
  result.response = result.responses.name;
  for (std::size_t i = 0; i < leave_out.size(); ++i) result.units.push_back({leave_out.label(i)});
  smooth_all(bound, leave_out, options, result);
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
  if (loo.every > 1)
    table.notes.push_back(fmt::format("Of the draws, every {} was used: all would have taken long.",
                                      loo.every == 2   ? "second"
                                      : loo.every == 3 ? "third"
                                                       : fmt::format("{}th", loo.every)));
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
