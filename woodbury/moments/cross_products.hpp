// Block-sparse cross-products AᵀWA, AᵀWr, rᵀWr of a design whose columns come in blocks, one a grouping factor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "woodbury/moments/columns.hpp"

namespace woodbury::moments {

/// Columns of the design that share a grouping factor: a row has `width` non-zeros, at its level's place.
/// Without a factor there is one level, and the columns are ordinary dense ones.
struct Block {
  std::string factor;
  std::size_t levels = 1;
  const std::int32_t* codes = nullptr;  ///< a row's level; null where there is one
  std::vector<ColumnPtr> columns;       ///< `width` of them
  [[nodiscard]] int width() const { return static_cast<int>(columns.size()); }
  [[nodiscard]] std::size_t size() const { return levels * columns.size(); }
};

/// A design A by blocks; the coefficients of block k stand at offset(k) + level · width + column.
class Design {
 public:
  Design(std::size_t rows, std::vector<Block> blocks);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<Block>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] std::size_t offset(std::size_t block) const { return offsets_[block]; }
  [[nodiscard]] std::size_t size() const noexcept { return offsets_.back(); }  ///< columns of A

 private:
  std::size_t rows_;
  std::vector<Block> blocks_;
  std::vector<std::size_t> offsets_;
};

/// Which levels of two blocks meet in some row: CSR by the first block's levels, the second's ascending.
struct Pattern {
  std::size_t first = 0, second = 0;      ///< blocks, first < second
  std::vector<std::size_t> start;         ///< levels of `first` + 1
  std::vector<std::int32_t> level;        ///< level of `second` of each meeting
  std::vector<std::int32_t> slot_of_row;  ///< a row's meeting
  [[nodiscard]] std::size_t meetings() const { return level.size(); }
};

/// The values, for one W and one r. `pairs[i]` goes with the i-th pattern: meetings × (d_first · d_second), row-major.
struct Sums {
  std::vector<std::vector<double>> diagonal;  ///< a block: levels × d × d
  std::vector<std::vector<double>> pairs;
  std::vector<double> rhs;  ///< AᵀWr, as long as the design has columns
  double square = 0;        ///< rᵀWr
};

/// Patterns and sums of a design. Symbolic once; `accumulate` may be called again for other weights and responses.
class CrossProducts {
 public:
  /// Finds the patterns: O(rows) a pair of blocks.
  explicit CrossProducts(const Design& design);
  [[nodiscard]] const std::vector<Pattern>& patterns() const noexcept { return patterns_; }
  /// Index of the pattern of two blocks (first < second).
  [[nodiscard]] std::size_t pattern(std::size_t first, std::size_t second) const;

  /// Zero sums of the right sizes.
  [[nodiscard]] Sums zeros() const;
  /// sums ← those of weights W (null: ones) and response r. O(rows · widths²).
  void accumulate(const double* weights, const double* response, Sums& sums) const;
  /// Only rhs and square, where W is unchanged.
  void accumulate_response(const double* weights, const double* response, Sums& sums) const;
  /// out ← out + scale · AᵀWA x, of x only the blocks in `active`. O(non-zeros of the patterns they are in).
  void multiply(const Sums& sums, const std::vector<bool>& active, std::span<const double> x, double scale,
                std::span<double> out) const;

 private:
  Pattern find(std::size_t first, std::size_t second) const;
  Design design_;
  std::vector<Pattern> patterns_;
};

}  // namespace woodbury::moments
