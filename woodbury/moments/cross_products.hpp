// Block-sparse cross-products AᵀWA, AᵀWr, rᵀWr of a design whose columns come in blocks, one a grouping factor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "woodbury/moments/columns.hpp"
#include "woodbury/moments/layout.hpp"

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
  [[nodiscard]] std::size_t level(std::size_t row) const {
    return codes != nullptr ? static_cast<std::size_t>(codes[row]) : 0;
  }
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

/// Patterns and sums of a design. Symbolic once; `accumulate` may be called again for other weights and responses.
class CrossProducts {
 public:
  /// Finds the patterns: O(rows) a pair of blocks. A row of the design may stand for several observations.
  CrossProducts(const Design& design, std::size_t observations);
  explicit CrossProducts(const Design& design) : CrossProducts(design, design.rows()) {}
  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }
  /// Of a pattern, the meeting that a row is in.
  [[nodiscard]] std::size_t slot(std::size_t pattern, std::size_t row) const {
    return static_cast<std::size_t>(slots_[pattern][row]);
  }

  /// sums ← those of weights W (null: ones) and response r. O(rows · widths²).
  void accumulate(const double* weights, const double* response, Sums& sums) const {
    accumulate(design_, weights, response, sums);
  }
  /// The same for a design of other values in the same columns, at the same levels.
  void accumulate(const Design& design, const double* weights, const double* response, Sums& sums) const;
  /// Only rhs and square, where W is unchanged.
  void accumulate_response(const double* weights, const double* response, Sums& sums) const {
    accumulate_response(design_, weights, response, sums);
  }

 private:
  void accumulate_response(const Design& design, const double* weights, const double* response, Sums& sums) const;
  Layout find_patterns(std::size_t observations);
  Pattern find(std::size_t first, std::size_t second);
  Pattern find_with_one(std::size_t first, std::size_t second);
  Design design_;
  std::vector<std::vector<std::int32_t>> slots_;  ///< a pattern: a row's meeting
  Layout layout_;
};

}  // namespace woodbury::moments
