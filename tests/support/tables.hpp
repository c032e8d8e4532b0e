// Small tables made from a seed, for tests of the pipeline's later stages.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::test {

/// rows of y, positive z, x, w (a weight), and crossed factors g, h and i, with g nested in i.
inline frame::Frame crossed_table(std::uint64_t seed, std::size_t rows, std::size_t g_levels = 5,
                                  std::size_t h_levels = 4) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  std::vector<double> y, z, x, w;
  std::vector<std::string> g, h, i;
  for (std::size_t n = 0; n < rows; ++n) {
    const std::size_t a = n < g_levels ? n : stream.below(g_levels);
    const std::size_t b = n < h_levels ? n : stream.below(h_levels);
    g.push_back("g" + std::to_string(a));
    h.push_back("h" + std::to_string(b));
    i.push_back("i" + std::to_string(a / 2));
    x.push_back(stream.normal());
    y.push_back(1 + 0.5 * x.back() + 0.3 * static_cast<double>(a) - 0.2 * static_cast<double>(b) +
                0.5 * stream.normal());
    z.push_back(std::exp(y.back()));
    w.push_back(0.5 + stream.uniform());
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("z", frame::Numeric{z});
  table.add("x", frame::Numeric{x});
  table.add("w", frame::Numeric{w});
  table.add("g", frame::make_factor(g));
  table.add("h", frame::make_factor(h));
  table.add("i", frame::make_factor(i));
  return table;
}

/// A designed experiment: every one of 12 levels of g (pairs nested in i) with all 8 of h, condition x = ±0.5 by Latin
/// square. Without the first `missing` rows.
inline frame::Frame designed_table(std::uint64_t seed, std::size_t missing = 0) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  std::vector<double> y, x;
  std::vector<std::string> g, h, i;
  for (std::size_t n = missing; n < 96; ++n) {
    const std::size_t a = n / 8, b = n % 8;
    g.push_back("g" + std::to_string(a));
    h.push_back("h" + std::to_string(b));
    i.push_back("i" + std::to_string(a / 2));
    x.push_back((a + b) % 2 ? 0.5 : -0.5);
    y.push_back(1 + 0.5 * x.back() + 0.3 * static_cast<double>(a % 5) - 0.2 * static_cast<double>(b % 3) +
                0.5 * stream.normal());
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("x", frame::Numeric{x});
  table.add("g", frame::make_factor(g));
  table.add("h", frame::make_factor(h));
  table.add("i", frame::make_factor(i));
  return table;
}

}  // namespace woodbury::test
