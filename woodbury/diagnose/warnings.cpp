// One function a warning; each names what is wrong, where it is worst, and what helps.
#include "woodbury/diagnose/warnings.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace woodbury::diagnose {

namespace {

constexpr double kMaxRhat = 1.01, kMinEssPerChain = 100, kMinEbfmi = 0.3;
constexpr std::size_t kNamed = 3;  // parameters a warning names

using Warnings = std::vector<std::string>;
using Measure = double Row::*;

std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "`a`, `b`, `c` and 4 more"
std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) list += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kNamed) list += fmt::format(" and {} more", names.size() - kNamed);
  return list;
}

/// Rows whose measure `is_bad`, the worst first.
std::vector<const Row*> offenders(const Summary& summary, const std::function<bool(const Row&)>& is_bad,
                                  const std::function<bool(const Row&, const Row&)>& worse) {
  std::vector<const Row*> rows;
  for (const auto& row : summary.parameters)
    if (is_bad(row)) rows.push_back(&row);
  std::ranges::stable_sort(rows, [&](const Row* a, const Row* b) { return worse(*a, *b); });
  return rows;
}

void warn_of_stuck_chains(const Facts& facts, Warnings& out) {
  if (facts.stuck_chains.empty()) return;
  std::vector<std::string> numbers;
  for (const std::size_t chain : facts.stuck_chains) numbers.push_back(std::to_string(chain + 1));
  out.push_back(fmt::format("chain{} {} never moved: run again with another --seed or --init, or a longer --warmup",
                            numbers.size() == 1 ? "" : "s", listed(numbers)));
}

void warn_of_infinities(const Facts& facts, Warnings& out) {
  if (facts.not_finite.empty()) return;
  std::vector<std::string> names;
  for (const auto& name : facts.not_finite) names.push_back(fmt::format("`{}`", name));
  out.push_back(
      fmt::format("draws of {} are not finite: check for flat priors the data do not make proper, and use "
                  "tighter ones",
                  listed(names)));
}

void warn_of_divergences(const Summary& summary, const Facts& facts, Warnings& out) {
  if (summary.divergences == 0) return;
  const double percent = 100 * static_cast<double>(summary.divergences) / static_cast<double>(facts.total_draws);
  out.push_back(
      fmt::format("{} of {} draws diverged ({:.2g} %), so part of the posterior may be missing: integrate more "
                  "(--integrate all), raise --target-accept (0.95, say), or use tighter priors on the scales",
                  summary.divergences, facts.total_draws, percent));
}

void warn_of_rhat(const Summary& summary, Warnings& out) {
  const auto rows = offenders(
      summary, [](const Row& row) { return row.rhat > kMaxRhat; },
      [](const Row& a, const Row& b) { return a.rhat > b.rhat; });
  if (rows.empty()) return;
  std::vector<std::string> worst;
  for (const Row* row : rows) worst.push_back(fmt::format("`{}` ({:.4g})", row->variable, row->rhat));
  out.push_back(
      fmt::format("R-hat is above {} for {} of {}: {}. The chains do not agree yet: use a longer --warmup and more "
                  "--draws; if that does not help, the posterior may have several modes",
                  kMaxRhat, rows.size(), counted(summary.parameters.size(), "parameter"), listed(worst)));
}

void warn_of_ess(const Summary& summary, const Facts& facts, Measure ess, const std::string& which,
                 const std::string& unsure, Warnings& out) {
  const double needed = kMinEssPerChain * static_cast<double>(facts.chains);
  const auto rows = offenders(
      summary, [&](const Row& row) { return row.*ess < needed; },
      [&](const Row& a, const Row& b) { return a.*ess < b.*ess; });
  if (rows.empty()) return;
  std::vector<std::string> worst;
  for (const Row* row : rows) worst.push_back(fmt::format("`{}` ({:.0f})", row->variable, row->*ess));
  out.push_back(
      fmt::format("{} ESS is below {:.0f} ({:.0f} a chain) for {} of {}: {}. {} are uncertain: about {:.0f} times the "
                  "--draws would do",
                  which, needed, kMinEssPerChain, rows.size(), counted(summary.parameters.size(), "parameter"),
                  listed(worst), unsure, std::max(2.0, std::ceil(needed / (rows.front()->*ess)))));
}

void warn_of_energy(const Summary& summary, Warnings& out) {
  std::vector<std::string> low;
  for (std::size_t chain = 0; chain < summary.ebfmi.size(); ++chain)
    if (summary.ebfmi[chain] < kMinEbfmi)
      low.push_back(fmt::format("chain {} ({:.2f})", chain + 1, summary.ebfmi[chain]));
  if (low.empty()) return;
  out.push_back(
      fmt::format("E-BFMI is below {} in {}, so the tails may be explored badly: integrate more (--integrate all), use "
                  "tighter priors on the scales, or a longer --warmup",
                  kMinEbfmi, listed(low)));
}

void warn_of_depth(const Summary& summary, const Facts& facts, Warnings& out) {
  if (summary.max_treedepth_hits == 0) return;
  out.push_back(
      fmt::format("{} of {} draws reached the maximal tree depth {}: they are right but slow; use a longer --warmup, "
                  "centre and scale the columns, or raise --max-depth",
                  summary.max_treedepth_hits, facts.total_draws, facts.max_depth));
}

}  // namespace

std::vector<std::string> make_warnings(const Summary& summary, const Facts& facts) {
  Warnings out;
  warn_of_stuck_chains(facts, out);
  warn_of_infinities(facts, out);
  warn_of_divergences(summary, facts, out);
  warn_of_rhat(summary, out);
  warn_of_ess(summary, facts, &Row::ess_bulk, "bulk", "means and medians", out);
  warn_of_ess(summary, facts, &Row::ess_tail, "tail", "5 % and 95 % quantiles", out);
  warn_of_energy(summary, out);
  warn_of_depth(summary, facts, out);
  return out;
}

}  // namespace woodbury::diagnose
