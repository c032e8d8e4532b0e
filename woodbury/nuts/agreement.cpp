// R-hat, divergences, acceptance and depth against their limits.
#include "woodbury/nuts/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace woodbury::nuts {

namespace {

constexpr double kMostRhat = 1.05;
constexpr double kNoise = 10;  // R-hat of good chains passes 1 + kNoise / draws very rarely
constexpr double kMostDivergent = 0.01, kMostDeepest = 0.01;
constexpr double kFarBelowTarget = 0.25;

struct Half {
  double mean = 0, variance = 0;
};

Half half_of(const draws::Chain& chain, std::size_t column, std::size_t width, std::size_t from, std::size_t length) {
  Half half;
  const double* const first = chain.values.data() + from * width + column;
  for (std::size_t i = 0; i < length; ++i) half.mean += first[i * width];
  half.mean /= static_cast<double>(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double off = first[i * width] - half.mean;
    half.variance += off * off / static_cast<double>(length - 1);
  }
  return half;
}

double split_rhat(const std::vector<ChainResult>& chains, std::size_t column, std::size_t width, std::size_t length) {
  std::vector<Half> halves;
  for (const ChainResult& result : chains) {
    halves.push_back(half_of(result.chain, column, width, 0, length));
    halves.push_back(half_of(result.chain, column, width, result.chain.draws - length, length));
  }
  const auto m = static_cast<double>(halves.size());
  double mean = 0, within = 0, between = 0;
  for (const Half& half : halves) mean += half.mean / m, within += half.variance / m;
  for (const Half& half : halves) between += (half.mean - mean) * (half.mean - mean) / (m - 1);
  if (between == 0) return 1;
  const auto n = static_cast<double>(length);
  return std::sqrt((n - 1) / n + between / within);
}

std::size_t fewest_draws(const std::vector<ChainResult>& chains) {
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const ChainResult& result : chains) fewest = std::min(fewest, result.chain.draws);
  return fewest;
}

}  // namespace

double largest_split_rhat(const std::vector<ChainResult>& chains, std::size_t dimension) {
  const std::size_t length = fewest_draws(chains) / 2;
  double largest = 1;
  for (std::size_t column = 0; column < dimension && length > 1; ++column)
    largest = std::max(largest, split_rhat(chains, column, dimension, length));
  return largest;
}

std::string disagreement(const std::vector<ChainResult>& chains, const Options& options, std::size_t dimension) {
  const auto draws = static_cast<double>(fewest_draws(chains));
  const double rhat = largest_split_rhat(chains, dimension);
  if (rhat > std::max(kMostRhat, 1 + kNoise / draws)) return fmt::format("chains disagreed (R-hat {:.2f})", rhat);
  double divergent = 0, deepest = 0, all = 0;
  for (const ChainResult& result : chains) {
    const draws::SamplerStats& stats = result.chain.stats;
    if (stats.accept_stat.empty()) continue;
    const auto own = static_cast<double>(stats.accept_stat.size());
    const double accepted = std::reduce(stats.accept_stat.begin(), stats.accept_stat.end()) / own;
    if (accepted < options.target_accept - kFarBelowTarget)
      return fmt::format("a chain accepted {:.2f} where {} was the target", accepted, options.target_accept);
    divergent += static_cast<double>(std::ranges::count(stats.divergent, 1));
    deepest += static_cast<double>(std::ranges::count(stats.tree_depth, options.max_depth));
    all += own;
  }
  if (divergent > std::max(1.0, kMostDivergent * all)) return fmt::format("{} of {} draws diverged", divergent, all);
  if (options.algorithm == Algorithm::nuts && deepest > std::max(1.0, kMostDeepest * all))
    return fmt::format("{} of {} draws reached the maximal tree depth", deepest, all);
  return {};
}

}  // namespace woodbury::nuts
