// Seeded random streams that depend on nothing but their name: the same on every machine, for any number of threads.
#pragma once

#include <array>
#include <cstdint>

namespace woodbury::base {

/// What a stream is for; streams of different purposes never overlap.
enum class Purpose : std::uint64_t { initial = 1, trajectory = 2, recover = 3, simulate = 4, test = 5 };

/// Philox4x64-10 keyed by (seed, chain), counted by (iteration, purpose): Salmon et al. 2011.
/// The transforms to normal and exponential are ours, since the standard library's differ between vendors.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t chain, std::uint64_t iteration, Purpose purpose);

  /// 64 uniform bits.
  std::uint64_t bits();
  /// Uniform in the open interval (0, 1).
  double uniform();
  /// Standard normal (Box–Muller, both values used).
  double normal();
  /// Exponential of rate 1.
  double exponential();
  /// Uniform in 0 … n − 1, unbiased.
  std::uint64_t below(std::uint64_t n);

 private:
  void refill();

  std::array<std::uint64_t, 2> key_;
  std::array<std::uint64_t, 4> counter_;
  std::array<std::uint64_t, 4> block_{};
  int left_ = 0;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace woodbury::base
