#include "woodbury/nuts/warm_up.hpp"

#include <cmath>

#include "woodbury/base/base.hpp"
#include "woodbury/nuts/fisher.hpp"

namespace woodbury::nuts {

namespace {

using Chains = std::vector<std::unique_ptr<Chain>>;

constexpr std::size_t kProbes = 4;                 // directions a chain
constexpr std::size_t kApproach = 15, kLook = 20;  // draws before the dense metric is refined

/// M⁻¹ᵢᵢ = 1 / |Hᵢᵢ|, the mean over the chains' starts.
void metric_from_curvature(const Chains& chains, unsigned threads, std::vector<double>& metric) {
  std::vector<std::vector<double>> curvatures(chains.size(), std::vector<double>(metric.size()));
  base::parallel_for(chains.size(), threads,
                     [&](std::size_t c) { chains[c]->probe_curvature(kProbes, curvatures[c]); });
  for (std::size_t i = 0; i < metric.size(); ++i) {
    double sum = 0;
    for (const std::vector<double>& curvature : curvatures) sum += std::abs(curvature[i]);
    metric[i] = static_cast<double>(chains.size()) / sum;
  }
}

}  // namespace

void warm_up_in_windows(Chain& chain, std::size_t draws) {
  const Windows windows(draws);
  Variances variances(chain.inverse_metric());
  std::vector<double> metric(chain.state().q.size());
  for (std::size_t i = 0; i < draws && chain.warm_up(); ++i) {
    if (windows.collects(i)) variances.add(chain.image());
    if (!windows.closes(i)) continue;
    variances.estimate(metric);
    chain.set_inverse_metric(metric);
  }
}

void warm_up_around_mode(const Chains& chains, unsigned threads, bool rough) {
  const std::size_t n = chains.front()->state().q.size(), first = rough ? kApproach + kLook : 0;
  if (rough) {
    std::vector<FisherMetric> seen(chains.size(), FisherMetric(n, kLook));
    base::parallel_for(chains.size(), threads, [&](std::size_t c) {
      for (std::size_t i = 0; i < first && chains[c]->warm_up(); ++i)
        if (i >= kApproach) seen[c].add(chains[c]->state().q, chains[c]->state().gradient);
    });
    FisherMetric all(n, kLook * chains.size());
    for (const FisherMetric& own : seen) all.add(own);
    const std::vector<double> factor = all.factor();
    if (!factor.empty()) base::parallel_for(chains.size(), threads, [&](std::size_t c) { chains[c]->refine(factor); });
  }
  base::parallel_for(chains.size(), threads, [&](std::size_t c) {
    for (std::size_t i = first; i < kAroundModeDraws && chains[c]->warm_up();) ++i;
  });
}

void warm_up_together(const Chains& chains, unsigned threads) {
  const std::size_t n = chains.front()->state().q.size();
  const auto share = [&](const std::vector<double>& metric) {
    base::parallel_for(chains.size(), threads, [&](std::size_t c) { chains[c]->set_inverse_metric(metric); });
  };
  base::parallel_for(chains.size(), threads, [&](std::size_t c) { chains[c]->approach_mass(); });
  std::vector<double> metric = chains.front()->inverse_metric();
  if (!chains.front()->guessed()) {
    metric_from_curvature(chains, threads, metric);
    share(metric);
    metric = chains.front()->inverse_metric();
  }
  for (std::size_t w = 0; w < kTogether.size(); ++w) {
    std::vector<DiagonalFisher> seen(chains.size(), DiagonalFisher(n));
    base::parallel_for(chains.size(), threads, [&](std::size_t c) {
      for (std::size_t i = 0; i < kTogether[w] && chains[c]->warm_up(); ++i)
        if (w > 0 || i >= kTogether[w] / 2) seen[c].add(chains[c]->image(), chains[c]->state().gradient);
    });
    if (w + 1 == kTogether.size()) break;
    for (std::size_t c = 1; c < chains.size(); ++c) seen.front().add(seen[c]);
    seen.front().estimate(metric);
    share(metric);
  }
}

}  // namespace woodbury::nuts
