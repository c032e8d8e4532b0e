#include "woodbury/fit/tune.hpp"

#include <algorithm>
#include <limits>

#include "woodbury/density/density.hpp"
#include "woodbury/fit/clock.hpp"

namespace woodbury::fit {

namespace {

/// Of a predicted price against the least, above which a candidate is not timed.
constexpr double kWorthTiming = 100;
/// A candidate's time is the least of so many rounds, each of at least so long.
constexpr int kRounds = 5;
constexpr double kRoundSeconds = 2e-3;

double microseconds(density::Density& density) {
  std::vector<double> q(density.dimension()), gradient(q.size());
  base::Stream stream(1, 0, 0, base::Purpose::initial);
  for (double& value : q) value = 0.1 * stream.normal();
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const Clock clock;
    int done = 0;
    while (done == 0 || clock.seconds() < kRoundSeconds) {
      static_cast<void>(density.evaluate(q, gradient));
      ++done;
    }
    least = std::min(least, 1e6 * clock.seconds() / done);
  }
  return least;
}

}  // namespace

std::map<std::string, double> time_candidates(const plan::Plan& plan, const frame::Frame& table,
                                              const plan::Options& options) {
  double cheapest = std::numeric_limits<double>::infinity();
  for (const plan::Candidate& candidate : plan.candidates) cheapest = std::min(cheapest, candidate.price());
  std::map<std::string, double> times;
  for (const plan::Candidate& candidate : plan.candidates) {
    if (candidate.price() > kWorthTiming * cheapest) continue;
    plan::Options one = options;
    one.integrate = candidate.integrated == "nothing" ? "none" : candidate.integrated;
    density::Density density(plan::make_plan(plan.model, table, one), table);
    times[candidate.integrated] = microseconds(density);
  }
  return times;
}

}  // namespace woodbury::fit
