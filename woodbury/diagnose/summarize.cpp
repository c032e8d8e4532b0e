// All columns' measures, in blocks on threads, and what the sampler's statistics add.
#include <algorithm>
#include <array>
#include <cmath>

#include "woodbury/diagnose/measures.hpp"
#include "woodbury/diagnose/warnings.hpp"

namespace woodbury::diagnose {

namespace {

constexpr std::size_t kBlock = 16;  // columns that are read together: draws are stored row by row

/// Columns first … first + count − 1, side by side.
void gather(const draws::Draws& draws, std::size_t first, std::size_t count, std::array<Column, kBlock>& columns) {
  const std::size_t length = draws.common_draws(), width = draws.width();
  for (std::size_t k = 0; k < count; ++k) {
    columns[k].chains = draws.chains.size();
    columns[k].draws = length;
    columns[k].values.resize(draws.chains.size() * length);
  }
  std::size_t at = 0;
  for (const auto& chain : draws.chains) {
    for (std::size_t i = 0; i < length; ++i, ++at) {
      const double* const row = chain.values.data() + i * width + first;
      for (std::size_t k = 0; k < count; ++k) columns[k].values[at] = row[k];
    }
  }
}

/// Which chains never move in a column, and whether the column varies at all.
struct Movement {
  bool varies = false;
  std::vector<bool> stuck;
};

Movement movement_of(const Column& column) {
  Movement movement;
  const auto& x = column.values;
  for (std::size_t c = 0; c < column.chains; ++c) {
    const auto chain = std::span(x).subspan(c * column.draws, column.draws);
    movement.stuck.push_back(std::ranges::all_of(chain, [&](double value) { return value == chain[0]; }));
  }
  movement.varies = std::ranges::any_of(x, [&](double value) { return value != x[0]; });
  return movement;
}

/// Chains that stand still in every column that varies.
std::vector<std::size_t> stuck_chains(const std::vector<Movement>& movements, std::size_t chains) {
  std::vector<std::size_t> stuck;
  if (std::ranges::none_of(movements, &Movement::varies)) return stuck;
  for (std::size_t c = 0; c < chains; ++c)
    if (std::ranges::all_of(movements, [&](const Movement& m) { return !m.varies || m.stuck[c]; })) stuck.push_back(c);
  return stuck;
}

void count_sampler_events(const draws::Draws& draws, int max_depth, Summary& summary) {
  for (const auto& chain : draws.chains) {
    summary.divergences += static_cast<std::size_t>(std::ranges::count(chain.stats.divergent, 1));
    summary.max_treedepth_hits += static_cast<std::size_t>(
        std::ranges::count_if(chain.stats.tree_depth, [&](int depth) { return depth >= max_depth; }));
    summary.ebfmi.push_back(ebfmi(chain.stats.energy));
  }
}

Facts facts_of(const draws::Draws& draws, const Summary& summary, const std::vector<Movement>& movements,
               int max_depth) {
  Facts facts;
  facts.chains = draws.chains.size();
  facts.max_depth = max_depth;
  for (const auto& chain : draws.chains) facts.total_draws += chain.draws;
  if (draws.common_draws() > 1) facts.stuck_chains = stuck_chains(movements, facts.chains);
  if (draws.common_draws() > 0) {
    for (const auto& row : summary.parameters)
      if (std::isnan(row.mean)) facts.not_finite.push_back(row.variable);
  }
  return facts;
}

}  // namespace

Summary summarize(const draws::Draws& draws, int max_depth, unsigned threads) {
  const std::size_t width = draws.width();
  Summary summary;
  summary.parameters.resize(width);
  std::vector<Movement> movements(width);
  const auto names = draws.column_names();
  const NormalScores scores(2 * draws.chains.size() * (draws.common_draws() / 2));
  base::parallel_for((width + kBlock - 1) / kBlock, threads, [&](std::size_t block) {
    std::array<Column, kBlock> columns;
    Measures measures(scores);
    const std::size_t first = block * kBlock, count = std::min(kBlock, width - first);
    gather(draws, first, count, columns);
    for (std::size_t k = 0; k < count; ++k) {
      measures.take(columns[k]);
      summary.parameters[first + k] = measures.row();
      summary.parameters[first + k].variable = names[first + k];
      movements[first + k] = movement_of(columns[k]);
    }
  });
  count_sampler_events(draws, max_depth, summary);
  summary.warnings = make_warnings(summary, facts_of(draws, summary, movements, max_depth));
  return summary;
}

}  // namespace woodbury::diagnose
