// Posterior predictive check, traces and ranks, prior against posterior.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "woodbury/density/density.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/report/sections.hpp"

namespace woodbury::report {

namespace {

/// Shares of a sample in equal bins from `low`, as densities.
std::vector<double> histogram(const std::vector<double>& x, double low, double width, std::size_t bins) {
  std::vector<double> density(bins, 0);
  for (const double each : x) {
    const double place = (each - low) / width;
    if (place < 0 || place >= static_cast<double>(bins) + 1e-9) continue;
    density[std::min(bins - 1, static_cast<std::size_t>(place))] += 1 / (width * static_cast<double>(x.size()));
  }
  return density;
}

}  // namespace

nlohmann::json predictive(const answers::Bound& bound, const Options& options) {
  constexpr std::size_t kBins = 40;
  const auto rows = answers::Rows::of_fit(bound, {});
  const auto copies =
      answers::simulate(bound, rows, {.copies = 50, .seed = bound.record().seed, .threads = options.threads});
  if (copies.empty()) return nullptr;
  const std::vector<double> y = bound.data().numeric(bound.observation().response).copy();
  const double low = diagnose::quantile(y, 0), high = diagnose::quantile(y, 1);
  const double margin = 0.15 * (high - low), first = low - margin, width = (high - low + 2 * margin) / kBins;
  if (!(width > 0)) return nullptr;
  const auto observed = histogram(y, first, width, kBins);
  std::vector<std::vector<double>> replicated;
  for (const auto& copy : copies) replicated.push_back(histogram(copy, first, width, kBins));
  auto bins = nlohmann::json::array();
  for (std::size_t b = 0; b < kBins; ++b) {
    std::vector<double> heights;
    for (const auto& each : replicated) heights.push_back(each[b]);
    const double left = first + width * static_cast<double>(b);
    bins.push_back({rounded(left), rounded(left + width), rounded(observed[b]),
                    rounded(diagnose::quantile(heights, 0.05)), rounded(diagnose::quantile(heights, 0.95))});
  }
  auto statistics = nlohmann::json::array();
  for (const auto& row : answers::predictive_check(bound, copies).rows) {
    auto& cells = statistics.emplace_back(nlohmann::json::array());
    for (const answers::Cell& cell : row)
      cells.push_back(std::holds_alternative<double>(cell) ? rounded(std::get<double>(cell))
                                                           : nlohmann::json(std::get<std::string>(cell)));
  }
  return {{"copies", copies.size()}, {"bins", bins}, {"statistics", statistics}};
}

nlohmann::json traces(const store::Record& record) {
  constexpr std::size_t kTraces = 16, kPoints = 250, kBins = 20;
  auto list = nlohmann::json::array();
  for (std::size_t v = 0; v < record.draws.variables().size() && list.size() < kTraces; ++v) {
    if (!record.draws.variables()[v].dims.empty()) continue;
    const auto chains = record.draws.column(record.draws.offset(v));
    if (chains.empty() || chains[0].empty()) continue;
    const std::size_t length = chains[0].size(), every = std::max<std::size_t>(1, length / kPoints);
    std::vector<std::pair<double, std::size_t>> all;
    for (std::size_t c = 0; c < chains.size(); ++c)
      for (const double x : chains[c]) all.emplace_back(x, c);
    std::ranges::stable_sort(all, {}, [](const auto& each) { return each.first; });
    std::vector<std::vector<int>> ranks(chains.size(), std::vector<int>(kBins, 0));
    for (std::size_t i = 0; i < all.size(); ++i) ++ranks[all[i].second][i * kBins / all.size()];
    auto lines = nlohmann::json::array();
    for (const auto& chain : chains) {
      auto& line = lines.emplace_back(nlohmann::json::array());
      for (std::size_t i = 0; i < length; i += every) line.push_back(rounded(chain[i]));
    }
    list.push_back({{"name", record.draws.variables()[v].name},
                    {"every", every},
                    {"chains", lines},
                    {"ranks", ranks},
                    {"expected", static_cast<double>(length) / kBins}});
  }
  return list;
}

nlohmann::json priors(const store::Record& record) {
  constexpr std::size_t kPanels = 24, kBins = 30;
  auto list = nlohmann::json::array();
  const model::Model model = model::from_json(record.model);
  for (const model::RandomVariable& variable : model.variables()) {
    if (list.size() == kPanels) break;
    if (!variable.dims.empty() || !record.draws.has(variable.name)) continue;
    const model::Distribution& prior = variable.distribution;
    using Kind = model::DistributionKind;
    if (prior.kind == Kind::flat || prior.kind == Kind::constant || prior.kind == Kind::lkj) continue;
    std::vector<double> args;
    for (const model::NodeId id : prior.args)
      if (model.node(id).op == model::Op::constant) args.push_back(model.node(id).value);
    if (args.size() != prior.args.size()) continue;
    const auto all = draws_of(record, record.draws.offset(record.draws.find(variable.name)));
    const auto [least, most] = std::ranges::minmax(all);
    const double spread = most - least;
    if (!(spread > 0)) continue;
    const bool positive = prior.positive || model::info(prior.kind).support == model::Support::positive;
    const double low = positive ? std::max(0.0, least - spread) : least - spread, high = most + spread;
    auto density = nlohmann::json::array(), bins = nlohmann::json::array();
    for (int i = 0; i <= 80; ++i) {
      const double x = low + (high - low) * (i + (positive && i == 0 ? 0.01 : 0)) / 80;
      const double value = std::exp(density::log_prior(prior.kind, prior.positive, x, args).value);
      density.push_back({rounded(x), rounded(value)});
    }
    const double width = spread / kBins;
    const auto heights = histogram(all, least, width, kBins);
    for (std::size_t b = 0; b < kBins; ++b) {
      const double left = least + width * static_cast<double>(b);
      bins.push_back({rounded(left), rounded(left + width), rounded(heights[b])});
    }
    std::string text;
    for (const double arg : args) text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", arg);
    list.push_back({{"name", variable.name},
                    {"text", fmt::format("{}({})", model::info(prior.kind).name, text)},
                    {"density", density},
                    {"bins", bins}});
  }
  return list;
}

}  // namespace woodbury::report
