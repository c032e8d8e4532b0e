// What a run shows of itself on standard error: a bar a chain on a terminal, four plain lines elsewhere.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"

namespace woodbury::cli {

/// Whether standard error can move its cursor, and whether it may show colours (NO_COLOR).
[[nodiscard]] bool stderr_is_terminal();
[[nodiscard]] bool stderr_has_colour();

/// Receives each chain's progress from the chain's thread; `finish` leaves the last state standing. Where the sampler
/// begins again with a longer warm-up, the bars do.
class ProgressView {
 public:
  explicit ProgressView(std::size_t chains);
  void update(const nuts::Progress& progress);
  void finish();

 private:
  struct ChainState {
    std::size_t iteration = 0, divergences = 0;
    bool warming_up = true;
  };

  void draw_bars();
  void print_line();
  [[nodiscard]] std::string bar(std::size_t chain, std::size_t columns) const;
  [[nodiscard]] double seconds() const;

  std::mutex mutex_;
  std::vector<ChainState> chains_;
  std::size_t total_ = 0;
  bool terminal_;
  bool drawn_ = false;        // bars stand above the cursor
  std::size_t quarters_ = 0;  // plain lines printed
  std::chrono::steady_clock::time_point start_, last_draw_;
};

}  // namespace woodbury::cli
