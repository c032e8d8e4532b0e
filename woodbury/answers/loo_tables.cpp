// What leaving out gives: sums over units with their errors, tables, and fits compared.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "woodbury/answers/loo.hpp"

namespace woodbury::answers {

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
  return static_cast<std::size_t>(
      std::ranges::count_if(units, [](const LeftOut& unit) { return !(unit.k <= kBadShape); }));
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
  table.notes.push_back(fmt::format("Monte Carlo error of elpd_loo: {:.2g}.", loo.monte_carlo_error));
  if (loo.stride > 1)
    table.notes.push_back(fmt::format("Of the draws, every {} was used: all would have taken long.",
                                      loo.stride == 2   ? "second"
                                      : loo.stride == 3 ? "third"
                                                        : fmt::format("{}th", loo.stride)));
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
