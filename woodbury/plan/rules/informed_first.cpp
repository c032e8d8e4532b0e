// informed-first: where two sets cost about the same, effects of which the data say much a level (n τ²/σ²) are the ones
// to integrate: sampled, they are strongly correlated with what they share the rows with, which prices see only
// roughly.
#include <algorithm>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

/// Prices within this factor are alike: they are right within about two.
constexpr double kAlike = 1.4;

}  // namespace

std::size_t leave_least_informed(const std::vector<Priced>& priced, std::size_t best) {
  const std::size_t given = best;
  const auto rivals = [&](const Priced& a, const Priced& b) {
    return !std::ranges::includes(a.set, b.set) && !std::ranges::includes(b.set, a.set);
  };
  const double most = kAlike * priced[given].candidate.price();
  for (std::size_t i = 0; i < priced.size(); ++i)
    if (rivals(priced[i], priced[given]) && priced[i].candidate.price() <= most && priced[i].left < priced[best].left)
      best = i;
  WOODBURY_ASSERT(priced[best].candidate.price() <= most && priced[best].left <= priced[given].left);
  return best;
}

}  // namespace woodbury::plan
