// prefer-fuller: the cheapest set or, of the sets that hold all it integrates and more, the fullest within a factor of
// its price.
#include <algorithm>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

/// How much dearer a fuller integration may be: prices are guesses, and funnels cost more than gradients.
constexpr double kAtMost = 1.2;

}  // namespace

std::size_t choose(const std::vector<Priced>& priced, bool prefer_fuller) {
  const auto price = [&](std::size_t i) { return priced[i].candidate.price(); };
  std::size_t cheapest = 0;
  for (std::size_t i = 1; i < priced.size(); ++i)
    if (price(i) < price(cheapest)) cheapest = i;
  if (!prefer_fuller) return cheapest;
  std::size_t best = cheapest;
  const auto& least = priced[cheapest].set;
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const auto& set = priced[i].set;
    const bool fuller = std::includes(set.begin(), set.end(), least.begin(), least.end());
    if (fuller && price(i) <= kAtMost * price(cheapest) && set.size() > priced[best].set.size()) best = i;
  }
  WOODBURY_ASSERT(price(best) <= kAtMost * price(cheapest) &&
                  std::includes(priced[best].set.begin(), priced[best].set.end(), least.begin(), least.end()));
  return best;
}

}  // namespace woodbury::plan
