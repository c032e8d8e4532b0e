// Seconds, of wall time and of the process's CPU time, since a stage began. Internal to fit.
#pragma once

#include <chrono>
#include <ctime>

namespace woodbury::fit {

class Clock {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  /// Of all threads.
  [[nodiscard]] double cpu_seconds() const {
    return static_cast<double>(std::clock() - cpu_begin_) / static_cast<double>(CLOCKS_PER_SEC);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::clock_t cpu_begin_ = std::clock();
};

}  // namespace woodbury::fit
