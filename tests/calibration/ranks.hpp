// Simulation-based calibration (Talts et al. 2018; Modrák et al. 2023): ranks of what data were drawn with among draws
// given the data.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "tests/calibration/models.hpp"

namespace woodbury::calibration {

/// A rank is one of 0 … 99.
inline constexpr std::size_t kRanks = 100;

struct Calibration {
  std::map<std::string, std::vector<std::size_t>> ranks;  ///< a quantity: a rank a replication
  std::size_t divergences = 0, draws = 0, long_warmups = 0;
};

/// Ranks of every scalar, of two effects a factor and of the log density (a quantity of parameters and data both) over
/// replications of: parameters from the prior, data from these, a fit as users get it.
[[nodiscard]] Calibration calibrate(const Case& model, const std::string& integrate, std::size_t replications);

/// p-value of Pearson's χ² for uniform ranks in 20 bins; 10 with fewer than 200 replications.
[[nodiscard]] double uniformity(const std::vector<std::size_t>& ranks);

}  // namespace woodbury::calibration
