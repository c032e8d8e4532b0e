// Rows that a model treats alike, merged into weighted cells: of their responses only the mean and the scatter matter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace woodbury::moments {

/// A partition of rows, cells numbered in the order of their first rows.
struct Cells {
  std::vector<std::int32_t> of_row;
  std::vector<std::size_t> first;  ///< a cell's first row
  [[nodiscard]] std::size_t size() const { return first.size(); }
};

/// The coarsest partition in which the rows of a cell agree in all codes and all columns (bit by bit, but for the sign
/// of zero). O(rows) for each of them.
[[nodiscard]] Cells find_cells(std::size_t rows, const std::vector<std::span<const std::int32_t>>& codes,
                               const std::vector<std::span<const double>>& columns);

/// What a Gaussian likelihood needs of the responses in each cell:
/// Σ_n W_n (y_n − m)² = weight (mean − m)² + within, for every m.
struct CellResponses {
  std::vector<double> rows;    ///< how many
  std::vector<double> weight;  ///< Σ W_n
  std::vector<double> mean;    ///< Σ W_n y_n / weight
  std::vector<double> within;  ///< Σ W_n (y_n − mean)²
};

/// `weights` may be empty: ones.
[[nodiscard]] CellResponses summarise(const Cells& cells, std::span<const double> weights,
                                      std::span<const double> response);

}  // namespace woodbury::moments
