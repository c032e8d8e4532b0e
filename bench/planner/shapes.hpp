// Models of other shapes than the published ones, on simulated tables.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"

namespace woodbury::bench {

struct Shape {
  std::string name;
  std::string formula;
  design::Options options;
  std::function<frame::Frame()> table;
};

/// Nested and crossed, many levels and few, with weights, unequal variances, and without intercept.
[[nodiscard]] std::vector<Shape> shapes();

}  // namespace woodbury::bench
