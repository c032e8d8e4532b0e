// Draws and the sampler's statistics as columns.
#include "woodbury/store/store.hpp"

namespace woodbury::store {
namespace {

/// `of(stats, draw)` over chains and draws.
template <class Of>
Statistic statistic(const draws::Draws& draws, const char* name, Statistic::Kind kind, Of of) {
  Statistic result{name, kind, {}};
  const std::size_t length = draws.common_draws();
  result.values.reserve(draws.chains.size() * length);
  for (const draws::Chain& chain : draws.chains)
    for (std::size_t d = 0; d < length; ++d) result.values.push_back(static_cast<double>(of(chain.stats, d)));
  return result;
}

}  // namespace

std::vector<Statistic> sampler_statistics(const Record& record) {
  using Stats = draws::SamplerStats;
  using Kind = Statistic::Kind;
  const draws::Draws& draws = record.draws;
  const auto member = [&](const char* name, Kind kind, auto Stats::*values) {
    return statistic(draws, name, kind, [values](const Stats& stats, std::size_t d) { return (stats.*values)[d]; });
  };
  return {member("lp", Kind::real, &Stats::lp),
          member("acceptance_rate", Kind::real, &Stats::accept_stat),
          member("step_size", Kind::real, &Stats::step_size),
          member("energy", Kind::real, &Stats::energy),
          member("tree_depth", Kind::integer, &Stats::tree_depth),
          member("n_steps", Kind::integer, &Stats::n_leapfrog),
          member("diverging", Kind::boolean, &Stats::divergent),
          statistic(draws, "reached_max_treedepth", Kind::boolean,
                    [&](const Stats& stats, std::size_t d) { return stats.tree_depth[d] >= record.max_depth; })};
}

frame::Frame draws_table(const draws::Draws& draws, const std::shared_ptr<const std::vector<double>>& by_column) {
  const std::size_t length = draws.common_draws(), rows = draws.chains.size() * length;
  std::vector<double> chain(rows), draw(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    chain[i] = static_cast<double>(i / length);
    draw[i] = static_cast<double>(i % length);
  }
  frame::Frame table;
  table.add("chain", frame::Numeric{std::move(chain)});
  table.add("draw", frame::Numeric{std::move(draw)});
  const double* column = by_column->data();
  for (const std::string& name : draws.column_names()) {
    table.add(name, frame::Numeric{{{column, rows}, by_column}});
    column += rows;
  }
  return table;
}

}  // namespace woodbury::store
