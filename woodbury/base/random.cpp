#include "woodbury/base/random.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace woodbury::base {

Stream::Stream(std::uint64_t seed, std::uint64_t chain, std::uint64_t iteration, Purpose purpose)
    : key_{seed, chain}, counter_{0, iteration, static_cast<std::uint64_t>(purpose), 0} {}

void Stream::refill() {
  const r123::Philox4x64::ctr_type counter{{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const r123::Philox4x64::key_type key{{key_[0], key_[1]}};
  const auto out = r123::Philox4x64{}(counter, key);
  for (int i = 0; i < 4; ++i) block_[i] = out[i];
  ++counter_[0];
  left_ = 4;
}

std::uint64_t Stream::bits() {
  if (left_ == 0) refill();
  return block_[4 - left_--];
}

double Stream::uniform() {
  // 53 bits, shifted by half a step so that neither end is reached.
  return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53;
}

double Stream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

double Stream::exponential() { return -std::log(uniform()); }

std::uint64_t Stream::below(std::uint64_t n) {
  const std::uint64_t limit = n * (UINT64_MAX / n);
  for (;;) {
    const std::uint64_t drawn = bits();
    if (drawn < limit) return drawn % n;
  }
}

}  // namespace woodbury::base
