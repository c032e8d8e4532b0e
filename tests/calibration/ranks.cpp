#include "tests/calibration/ranks.hpp"

#include <cmath>
#include <memory>

#include <boost/math/distributions/chi_squared.hpp>

#include "tests/support/simulate.hpp"
#include "woodbury/fit/coordinates.hpp"
#include "woodbury/fit/target.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::calibration {

namespace {

constexpr std::size_t kChains = 2;

/// Coordinates of what the simulator holds, under a plan's density. Integrated variables have none.
std::vector<double> coordinates_of(test::Simulator& simulator, const plan::Plan& plan,
                                   const density::Density& density) {
  std::vector<double> q(density.dimension());
  for (const density::SampledVariable& sampled : density.sampled()) {
    const auto action = plan.actions.find(sampled.variable());
    const auto is = [&](plan::Action what) { return action != plan.actions.end() && action->second == what; };
    const std::span<const double> x = simulator.value(sampled.variable());
    std::vector<double> values(x.begin(), x.end());
    if (is(plan::Action::sample_noncentred)) values = simulator.standardised(sampled.variable());
    if (is(plan::Action::sample_by_level)) {
      const std::vector<double>& z = simulator.standardised(sampled.variable());
      const std::vector<bool>& centred = plan.centred_levels.at(sampled.variable());
      const std::size_t width = values.size() / centred.size();
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!centred[i / width]) values[i] = z[i];
    }
    density.unconstrain(sampled.variable(), values, q);
  }
  return q;
}

/// Which columns of recovered draws are ranked: scalars, and the first and last effect of an array.
std::map<std::string, std::size_t> ranked(const std::vector<draws::Variable>& variables) {
  std::map<std::string, std::size_t> columns;
  std::size_t at = 0;
  for (const draws::Variable& variable : variables) {
    const std::vector<std::string> names = variable.element_names();
    columns[names.front()] = at;
    columns[names.back()] = at + names.size() - 1;
    at += names.size();
  }
  return columns;
}

class Replications {
 public:
  Replications(const Case& model, const std::string& integrate)
      : prepared_(fit::prepare(model.formula, model.table, model.options)),
        plan_(plan::make_plan(prepared_.model, prepared_.data, {integrate, {}})),
        whole_(plan::make_plan(prepared_.model, prepared_.data, {"none", {}})),
        whole_density_(whole_, prepared_.data),
        simulator_(prepared_.model, prepared_.data),
        columns_(ranked(recover::variables(plan_, prepared_.data, true))),
        truth_columns_(ranked(recover::variables(whole_, prepared_.data, true))),
        thin_(integrate == "none" ? 10 : 5) {}

  void replicate(std::uint64_t seed, Calibration& result) {
    base::Stream stream(seed, 0, 0, base::Purpose::test);
    simulator_.draw(stream);
    const frame::Frame table = with_response(prepared_.data, simulator_.response(stream));
    const density::Density density(plan_, table);
    nuts::Options options;
    options.seed = seed;
    options.chains = kChains;
    options.threads = 1;
    options.draws = kRanks * thin_ / kChains;
    fit::Coordinates chosen = fit::choose_coordinates(plan_, density, options);
    options.mode = chosen.mode;
    const nuts::Result sampled = nuts::sample(fit::Target(chosen.density), options);
    const draws::Draws draws = recover::recover(plan_, chosen.density, table, sampled.draws, {seed, 1, true}).draws;
    result.divergences += sampled.divergences.size();
    result.draws += kChains * options.draws;
    result.long_warmups += sampled.warmup > 200 ? 1 : 0;
    rank(truth(seed), draws, result);
    std::vector<double> q = coordinates_of(simulator_, plan_, chosen.density), gradient(q.size());
    rank_log_density(chosen.density.evaluate(q, gradient), draws, result);
  }

 private:
  /// All that is reported, of what the simulator holds: by a plan that integrates nothing.
  std::vector<double> truth(std::uint64_t seed) {
    recover::Recovery recovery(whole_, whole_density_, prepared_.data, true);
    std::size_t width = 0;
    for (const draws::Variable& v : recover::variables(whole_, prepared_.data, true)) width += v.size();
    std::vector<double> values(width);
    base::Stream unused(seed, 0, 0, base::Purpose::recover);
    recovery.draw(coordinates_of(simulator_, whole_, whole_density_), unused, values);
    return values;
  }

  template <typename Value>
  [[nodiscard]] std::size_t rank_of(double truth, Value value) const {
    std::size_t below = 0;
    for (std::size_t i = 0; i + 1 < kRanks; ++i)
      below += value(i % kChains, (i / kChains + 1) * thin_ - 1) < truth ? 1 : 0;
    return below;
  }

  void rank(const std::vector<double>& truth, const draws::Draws& draws, Calibration& result) const {
    for (const auto& [name, column] : columns_)
      result.ranks[name].push_back(rank_of(truth[truth_columns_.at(name)], [&](std::size_t c, std::size_t i) {
        return draws.chains[c].values[i * draws.width() + column];
      }));
  }

  void rank_log_density(double truth, const draws::Draws& draws, Calibration& result) const {
    result.ranks["log density"].push_back(
        rank_of(truth, [&](std::size_t c, std::size_t i) { return draws.chains[c].stats.lp[i]; }));
  }

  fit::Prepared prepared_;
  plan::Plan plan_, whole_;
  density::Density whole_density_;
  test::Simulator simulator_;
  std::map<std::string, std::size_t> columns_, truth_columns_;
  std::size_t thin_;
};

}  // namespace

Calibration calibrate(const Case& model, const std::string& integrate, std::size_t replications) {
  Calibration result;
  Replications run(model, integrate);
  for (std::uint64_t r = 1; r <= replications; ++r) run.replicate(r, result);
  return result;
}

double uniformity(const std::vector<std::size_t>& ranks) {
  const std::size_t bins = ranks.size() < 200 ? 10 : 20;
  std::vector<double> counts(bins);
  for (const std::size_t rank : ranks) counts[rank * bins / kRanks] += 1;
  const double expected = static_cast<double>(ranks.size()) / static_cast<double>(bins);
  double square = 0;
  for (const double count : counts) square += (count - expected) * (count - expected) / expected;
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(static_cast<double>(bins - 1)), square));
}

}  // namespace woodbury::calibration
