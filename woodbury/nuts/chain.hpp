// One chain: start, warm-up, draws.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "woodbury/nuts/mode.hpp"
#include "woodbury/nuts/nuts.hpp"

namespace woodbury::nuts {

struct ChainResult {
  draws::Chain chain;
  std::vector<Divergence> divergences;  ///< of the draws, the first few hundred
  bool interrupted = false;
};

/// How a chain warms up: in windows that learn a diagonal metric, or, around a mode, under its dense one.
struct WarmUp {
  std::size_t draws = 0;
  const Mode* mode = nullptr;  ///< borrowed
};

/// Runs chain number `number` on the calling thread; `density` serves it alone.
[[nodiscard]] ChainResult run_chain(LogDensity& density, const Options& options, const WarmUp& warmup,
                                    std::size_t number, const std::function<void(const Progress&)>& progress,
                                    const std::atomic<bool>* stop);

}  // namespace woodbury::nuts
