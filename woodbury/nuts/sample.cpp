// Chains on threads.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "woodbury/nuts/chain.hpp"

namespace woodbury::nuts {

namespace {

constexpr int kDeepest = 24;  // 2^24 gradients a draw

void require(bool holds, const std::string& message, const std::string& suggestion) {
  if (!holds) throw base::Error(message, {}, suggestion);
}

void check(const Options& options, std::size_t dimension) {
  require(options.chains > 0, "0 chains were asked for", "give at least 1; 4 is usual");
  require(options.target_accept > 0 && options.target_accept < 1,
          fmt::format("the target acceptance {} is not between 0 and 1", options.target_accept), "0.8 is usual");
  require(options.max_depth >= 1 && options.max_depth <= kDeepest,
          fmt::format("the maximal tree depth {} is not between 1 and {}", options.max_depth, kDeepest), "10 is usual");
  require(options.init_radius >= 0 && std::isfinite(options.init_radius),
          fmt::format("the radius {} of the starts is not a finite number of at least 0", options.init_radius),
          "2 is usual");
  require(options.init.empty() || options.init.size() == dimension,
          fmt::format("{} initial values were given for {} dimensions", options.init.size(), dimension),
          fmt::format("give {}, or none to draw them", dimension));
}

draws::Draws empty_draws(std::size_t dimension) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < dimension; ++i) labels.push_back(std::to_string(i));
  return draws::Draws({draws::Variable{"q", {"coordinate"}, {std::move(labels)}}});
}

}  // namespace

Result sample(const LogDensity& density, const Options& options, const std::function<void(const Progress&)>& progress,
              const std::atomic<bool>* stop) {
  check(options, density.dimension());
  std::vector<std::unique_ptr<LogDensity>> densities;
  for (std::size_t c = 0; c < options.chains; ++c) densities.push_back(density.clone());
  std::vector<ChainResult> chains(options.chains);
  base::parallel_for(options.chains, options.threads,
                     [&](std::size_t c) { chains[c] = run_chain(*densities[c], options, c, progress, stop); });

  Result result;
  result.draws = empty_draws(density.dimension());
  for (auto& chain : chains) {
    result.draws.chains.push_back(std::move(chain.chain));
    std::ranges::move(chain.divergences, std::back_inserter(result.divergences));
    result.interrupted = result.interrupted || chain.interrupted;
  }
  return result;
}

}  // namespace woodbury::nuts
