// prefer-fuller: of the sets that hold all that the cheapest integrates and more, the fullest within a factor of its
// price.
#include <algorithm>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

/// How much dearer a fuller integration may be: prices are guesses, and funnels cost more than gradients.
constexpr double kAtMost = 1.25;

}  // namespace

std::size_t cheapest(const std::vector<Priced>& priced) {
  const auto least = std::ranges::min_element(priced, {}, [](const Priced& p) { return p.candidate.price(); });
  return static_cast<std::size_t>(least - priced.begin());
}

std::size_t prefer_fuller(const std::vector<Priced>& priced, std::size_t best) {
  const std::size_t given = best;
  const double most = kAtMost * priced[given].candidate.price();
  const auto holds_given = [&](const Priced& p) { return std::ranges::includes(p.set, priced[given].set); };
  for (std::size_t i = 0; i < priced.size(); ++i)
    if (holds_given(priced[i]) && priced[i].candidate.price() <= most && priced[i].set.size() > priced[best].set.size())
      best = i;
  WOODBURY_ASSERT(priced[best].candidate.price() <= most && holds_given(priced[best]));
  return best;
}

}  // namespace woodbury::plan
