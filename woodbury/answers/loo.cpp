#include "woodbury/answers/loo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "woodbury/answers/leave_out.hpp"
#include "woodbury/answers/psis.hpp"
#include "woodbury/answers/refit.hpp"
#include "woodbury/answers/response.hpp"

namespace woodbury::answers {

namespace {

/// Numbers held at a time, of units × draws.
constexpr std::size_t kHeld = std::size_t{1} << 23U;

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
/// `without` becomes what each draw moves the unit's elpd by: weight · (density / mean − 1).
void smooth_unit(std::span<double> without, std::span<const double> with, double efficiency, LeftOut& unit) {
  std::vector<double> own, weights, all;
  for (std::size_t t = 0; t < without.size(); ++t) {
    if (!std::isfinite(without[t]) || !std::isfinite(with[t])) continue;
    own.push_back(without[t]);
    weights.push_back(-without[t]);
    all.push_back(with[t]);
  }
  std::ranges::fill(without, 0);
  if (own.empty()) {
    unit.k = unit.elpd = unit.lpd = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  unit.k = smooth(weights, efficiency);
  std::vector<double> terms = weights;
  for (std::size_t t = 0; t < own.size(); ++t) terms[t] += own[t];
  unit.elpd = log_mean_exp(terms) + std::log(static_cast<double>(own.size()));
  unit.lpd = log_mean_exp(all);
  for (std::size_t t = 0; t < own.size(); ++t) without[t] = std::exp(terms[t] - unit.elpd) - std::exp(weights[t]);
}

/// The predictive densities at all draws, of blocks of units; each block is a pass over the draws, some at a time, so
/// that a unit's numbers are written in runs.
void smooth_all(const Bound& bound, const LeaveOut& leave_out, const LooOptions& options, Loo& result) {
  constexpr LogDensities kNone{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  constexpr std::size_t kRun = 8;
  std::vector<LeftOut>& units = result.units;
  const std::size_t draws = bound.draws() / result.stride, block = std::max<std::size_t>(1, kHeld / draws);
  const double efficiency = relative_efficiency(bound.record(), draws);
  std::vector<double> without, with, moved(draws, 0);
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
          const bool sound = worker.place((from + t) * result.stride);
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
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t t = 0; t < draws; ++t) moved[t] += without[i * draws + t];
  }
  double squares = 0;
  for (const double each : moved) squares += each * each;
  result.monte_carlo_error = std::sqrt(squares / efficiency);
}

void refit_bad(const store::Record& record, const LeaveOut& leave_out, const LooOptions& options, Loo& result) {
  std::vector<std::size_t> bad;
  for (std::size_t i = 0; i < result.units.size(); ++i)
    if (options.refit_all || !(result.units[i].k <= kBadShape)) bad.push_back(i);
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

/// Every how many draws are looked at: all, unless that would cost more than is asked for.
std::size_t stride_for(const Bound& bound, const LeaveOut& leave_out, double flops) {
  constexpr std::size_t kFewest = 400;
  const double wanted = std::ceil(leave_out.flops() * static_cast<double>(bound.draws()) / flops);
  const std::size_t most = std::max<std::size_t>(1, bound.draws() / kFewest);
  return wanted < static_cast<double>(most) ? std::max<std::size_t>(1, static_cast<std::size_t>(wanted)) : most;
}

}  // namespace

Loo loo(const store::Record& record, const LooOptions& options) {
  std::optional<Bound> found;
  const std::vector<OwnBlock> own = bind_for(record, options.by, found);
  const Bound& bound = *found;
  const LeaveOut leave_out(bound, options.by, own);
  Loo result{.by = options.by, .responses = response_of(bound), .stride = stride_for(bound, leave_out, options.flops)};
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

}  // namespace woodbury::answers
