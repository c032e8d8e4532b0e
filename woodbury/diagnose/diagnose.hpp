// Convergence diagnostics and summaries of draws, equal to R's posterior 1.4.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "woodbury/draws/draws.hpp"

namespace woodbury::diagnose {

/// A column's draws, a vector a chain, all of one length.
using Chains = std::vector<std::vector<double>>;

// Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021). NaN where undefined (constant or non-finite draws).
[[nodiscard]] double rhat(const Chains& chains);  ///< the larger of bulk and folded, rank-normalised, split
[[nodiscard]] double ess_bulk(const Chains& chains);
[[nodiscard]] double ess_tail(const Chains& chains);
[[nodiscard]] double ess_mean(const Chains& chains);
[[nodiscard]] double mcse_mean(const Chains& chains);
[[nodiscard]] double mcse_sd(const Chains& chains);
[[nodiscard]] double quantile(std::vector<double> values, double probability);  ///< R's type 7
/// Betancourt's energy fraction of missing information of one chain.
[[nodiscard]] double ebfmi(std::span<const double> energy);

/// A row of the summary of one scalar.
struct Row {
  std::string variable;
  double mean, median, sd, mad, q5, q95, mcse_mean, rhat, ess_bulk, ess_tail;
  /// mean, sd and mcse_mean are not the draws' but averages of exact conditional moments.
  bool analytic = false;
};

struct Summary {
  std::vector<Row> parameters;
  std::size_t divergences = 0;
  std::size_t max_treedepth_hits = 0;
  std::vector<double> ebfmi;          ///< a chain each
  std::vector<std::string> warnings;  ///< in words, each with what to do; empty: all is well
  [[nodiscard]] bool ok() const { return warnings.empty(); }
};

/// Summarises every column (in parallel), and says in words what is wrong. `max_depth` as the sampler had it.
[[nodiscard]] Summary summarize(const draws::Draws& draws, int max_depth, unsigned threads = 0);

}  // namespace woodbury::diagnose
