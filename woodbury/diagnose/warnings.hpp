// What a summary's numbers mean, in words that say what to do.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "woodbury/diagnose/diagnose.hpp"

namespace woodbury::diagnose {

/// What the warnings look at beside the summary.
struct Facts {
  std::size_t chains = 0, total_draws = 0;
  int max_depth = 0;
  std::vector<std::size_t> stuck_chains;  ///< numbers, from 0, of chains in which nothing ever moved
  std::vector<std::string> not_finite;    ///< names of columns with a draw that is not a finite number
};

/// The most serious first. Measures that are NaN, as those of constant parameters are, give no warning.
[[nodiscard]] std::vector<std::string> make_warnings(const Summary& summary, const Facts& facts);

}  // namespace woodbury::diagnose
