// Simulated tables for the kernels: which levels a row has, and models on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"

namespace woodbury::bench {

/// A grouping factor's name and codes, a row each; levels are numbered from 0, and each has a row.
struct Factor {
  std::string name;
  std::vector<std::int32_t> codes;
};

/// One to five rows a level, by chance.
[[nodiscard]] std::vector<Factor> one_factor(std::size_t levels);
/// The same number of rows for each level.
[[nodiscard]] std::vector<Factor> balanced(std::size_t levels, std::size_t rows_each);
/// So many rows over so many levels, by chance.
[[nodiscard]] std::vector<Factor> rows_over(std::size_t rows, std::size_t levels);
/// Factors a, b, d, e with so many levels, each in the one after it, and one to five rows of the first.
[[nodiscard]] std::vector<Factor> nested(const std::vector<std::size_t>& levels);
/// g × h with one row in that share of the pairs, by chance, and at least one of each level.
[[nodiscard]] std::vector<Factor> crossed(std::size_t levels_g, std::size_t levels_h, double density);

/// y = 1 + (x1 + … )/2 + effects + noise; columns x1, x2, … are uniform, so that no two levels are alike, c is ±1.
[[nodiscard]] frame::Frame simulate(const std::vector<Factor>& factors, std::size_t columns);

/// A formula's model on a table, under a plan: by default all that can be is integrated, and nothing reduced.
[[nodiscard]] fit::Prepared prepare(const std::string& formula, const frame::Frame& table,
                                    const plan::Options& plan = {.integrate = "all", .reduce = false},
                                    const design::Options& design = {});

}  // namespace woodbury::bench
