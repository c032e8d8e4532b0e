// A fit that samples on a thread of its own: for languages whose interpreter minds signals and shows progress on
// theirs.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <vector>

#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {

class Background {
 public:
  /// Begins; both arguments must outlive it.
  Background(const Prepared& prepared, const Options& options);
  /// Stops at the next draw and waits for that.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Waits up to so long; whether it is done.
  [[nodiscard]] bool wait(std::chrono::milliseconds most) const;
  /// Each chain's latest state.
  [[nodiscard]] std::vector<nuts::Progress> progress() const;
  void stop() { stop_ = true; }
  /// Waits, and gives the record or throws what `run` threw; once only.
  [[nodiscard]] store::Record get() { return record_.get(); }

 private:
  mutable std::mutex mutex_;  // of states_, which chains write from their threads
  std::vector<nuts::Progress> states_;
  std::atomic<bool> stop_{false};
  std::future<store::Record> record_;
};

}  // namespace woodbury::fit
