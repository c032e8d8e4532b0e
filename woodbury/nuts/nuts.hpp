// Front door of nuts: Hamiltonian Monte Carlo on any log density. It has never heard of mixed models.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/draws/draws.hpp"
#include "woodbury/nuts/log_density.hpp"
#include "woodbury/nuts/mode.hpp"

namespace woodbury::nuts {

enum class Algorithm { nuts, hmc };

/// Defaults are Stan's, but for the warm-up.
struct Options {
  Algorithm algorithm = Algorithm::nuts;
  std::size_t chains = 4;
  /// Windowed warm-up of so many draws. None: where the density is small and its mode a guide to it, a dense metric
  /// from the Hessian and a short warm-up of the step size; where it is large, a short warm-up of a diagonal metric
  /// from draws and gradients; where chains then disagree, 1000 windowed draws.
  std::optional<std::size_t> warmup;
  std::size_t draws = 1000;  ///< a chain, after warm-up
  std::uint64_t seed = 1;
  unsigned threads = 0;  ///< 0: the machine's cores
  double target_accept = 0.8;
  int max_depth = 10;
  double init_radius = 2;    ///< starts uniform in ±radius, as Stan's
  std::vector<double> init;  ///< a start of every chain instead, where not empty
  std::optional<Mode> mode;  ///< the density's, where it is known and the warm-up would look for it
};

/// A chain's state as it runs, for progress bars. Called from the chain's thread, at most some ten times a second a
/// chain.
struct Progress {
  std::size_t chain, iteration, total;
  bool warming_up;
  std::size_t divergences;
};

/// Where a divergence began, and the density's own words for it if it had any.
struct Divergence {
  std::size_t chain, draw;
  std::string cause;
};

struct Result {
  draws::Draws draws;                   ///< one variable `q` with dim `coordinate`; unconstrained
  std::vector<Divergence> divergences;  ///< after warm-up
  bool interrupted = false;
  std::size_t warmup = 0;   ///< draws each chain warmed up with
  std::string warmup_note;  ///< in words, what warm-up was chosen and why; empty where it was asked for
};

/// Whether `sample` will look for the mode.
[[nodiscard]] bool seeks_mode(const Options& options, std::size_t dimension);

/// Multinomial NUTS (Hoffman and Gelman 2014; Betancourt 2017) with the generalised U-turn criterion and its checks
/// across subtrees and dual averaging, under a dense metric from the mode or a diagonal one. The same
/// seed gives the same draws for any number of threads. Setting `stop` ends each chain at its next draw. Throws
/// base::Error of kind sampling where no finite start is found.
[[nodiscard]] Result sample(const LogDensity& density, const Options& options,
                            const std::function<void(const Progress&)>& progress = {},
                            const std::atomic<bool>* stop = nullptr);

}  // namespace woodbury::nuts
