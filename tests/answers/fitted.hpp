// Fits of small tables for the tests of answers.
#pragma once

#include <string>

#include "tests/support/tables.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::test {

inline fit::Options quick(std::size_t draws = 250, std::uint64_t seed = 1) {
  fit::Options options;
  options.sampler.seed = seed;
  options.sampler.chains = 2;
  options.sampler.draws = draws;
  options.sampler.threads = 1;
  return options;
}

inline store::Record fitted(const std::string& formula, const frame::Frame& table, const fit::Options& options) {
  return fit::run(fit::prepare(formula, table, options), options);
}

}  // namespace woodbury::test
