// Draws that tests/data/r/make_diagnose_facts.R makes as well, equal to the last bit.
#pragma once

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "woodbury/diagnose/diagnose.hpp"

namespace woodbury::diagnose::testing {

class Series {
 public:
  double uniform() {
    state_ = std::fmod(state_ * 16807, 2147483647);
    return state_ / 2147483647;
  }
  double noise() {
    double sum = uniform();
    for (int i = 0; i < 3; ++i) sum += uniform();
    return sum - 2;
  }
  /// Draw `i` of `draws` in chain `chain`, both from 1.
  double next(const std::string& kind, double chain, double i, double draws) {
    if (kind == "iid") return noise();
    if (kind == "slow") return last_ = 0.9 * last_ + noise();
    if (kind == "slower") return last_ = 0.99 * last_ + noise();
    if (kind == "antithetic") return last_ = -0.7 * last_ + noise();
    if (kind == "alternating") return last_ = -0.98 * last_ + noise();
    if (kind == "shifted") return noise() + (chain == 1 ? 0.5 : 0);
    if (kind == "wider") return noise() * chain;
    if (kind == "trend") return noise() + i / draws;
    if (kind == "heavy") {
      const double a = uniform();
      return (a - 0.5) / uniform();
    }
    if (kind == "discrete") return std::floor(4 * uniform());
    if (kind == "coin") return std::floor(2 * uniform());
    if (kind == "rare") return uniform() < 0.03 ? 1 : 0;
    if (kind == "constant") return 3.5;
    if (kind == "stuck") return chain;
    if (kind == "tiny") return noise() * 1e-18;
    if (kind == "huge") return noise() * 1e150;
    throw std::invalid_argument(kind);
  }
  Chains chains(const std::string& kind, std::size_t count, std::size_t draws) {
    Chains made(count);
    for (std::size_t c = 0; c < count; ++c) {
      last_ = 0;
      for (std::size_t i = 1; i <= draws; ++i)
        made[c].push_back(next(kind, static_cast<double>(c + 1), static_cast<double>(i), static_cast<double>(draws)));
    }
    return made;
  }

 private:
  double state_ = 12345, last_ = 0;
};

inline Chains chains(const std::string& kind, std::size_t count, std::size_t draws) {
  return Series().chains(kind, count, draws);
}

}  // namespace woodbury::diagnose::testing
