// Seconds since a stage began. Internal to fit.
#pragma once

#include <chrono>

namespace woodbury::fit {

class Clock {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace woodbury::fit
