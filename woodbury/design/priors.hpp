// Priors as users write them, TARGET ~ DIST, and the default sets.
#pragma once

#include <string>
#include <vector>

#include "woodbury/model/model.hpp"

namespace woodbury::design {

enum class DefaultPriors { woodbury, brms };

/// A row of `woodbury priors`: the parameter, the most specific target that names it, its prior with resolved numbers,
/// and where that came from ("default", or the option as written).
struct PriorRow {
  std::string parameter;
  std::string target;
  std::string prior;
  std::string source;
};

}  // namespace woodbury::design
