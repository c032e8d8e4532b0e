// What of a design's shape the linear algebra needs, and its cross-products by blocks: no rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace woodbury::moments {

/// A block of columns over a grouping factor: `columns` for each of its levels; without a factor there is one level.
struct Shape {
  std::size_t levels = 1, columns = 0;
  [[nodiscard]] int width() const { return static_cast<int>(columns); }
  [[nodiscard]] std::size_t size() const { return levels * columns; }
};

/// Which levels of two blocks meet in some row: CSR by the first block's levels, the second's ascending.
struct Pattern {
  std::size_t first = 0, second = 0;  ///< blocks, first < second
  std::vector<std::size_t> start;     ///< levels of `first` + 1
  std::vector<std::int32_t> level;    ///< level of `second` of each meeting
  [[nodiscard]] std::size_t meetings() const { return level.size(); }
};

/// Effects that meet one another and nothing else, `count` sets of them with the same T = ZᵀWZ: of their right-hand
/// sides b = ZᵀWr only Σ bbᵀ matters. A set is of one block, or of a level each of nested ones.
struct Contrast {
  std::vector<std::size_t> blocks;  ///< of its parts, in the order of T
  std::size_t count = 0;
  std::vector<double> square, products;  ///< T and Σ bbᵀ, n × n, n columns in all parts
};

/// The values, for one W and one r. `pairs[i]` goes with the i-th pattern: meetings × (d_first · d_second), row-major.
template <class Scalar>
struct BasicSums {
  std::vector<std::vector<Scalar>> diagonal;  ///< a block: levels × d × d
  std::vector<std::vector<Scalar>> pairs;
  std::vector<Scalar> rhs;  ///< AᵀWr, as long as the design has columns
  Scalar square = 0;        ///< rᵀWr
  std::vector<Contrast> contrasts;
};
using Sums = BasicSums<double>;

/// Blocks and the patterns of their pairs; the coefficients of block k stand at offset(k) + level · columns + column.
class Layout {
 public:
  /// Patterns in the order (0,1), (0,2), …, (1,2), …
  Layout(std::size_t rows, std::vector<Shape> blocks, std::vector<Pattern> patterns);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }  ///< observations
  [[nodiscard]] const std::vector<Shape>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] std::size_t offset(std::size_t block) const { return offsets_[block]; }
  [[nodiscard]] std::size_t size() const noexcept { return offsets_.back(); }  ///< columns of A
  [[nodiscard]] const std::vector<Pattern>& patterns() const noexcept { return patterns_; }
  /// Index of the pattern of two blocks (first < second).
  [[nodiscard]] std::size_t pattern(std::size_t first, std::size_t second) const;

  /// Zero sums of the right sizes.
  [[nodiscard]] Sums zeros() const { return zeros_of<double>(); }
  template <class Scalar>
  [[nodiscard]] BasicSums<Scalar> zeros_of() const;
  /// out ← out + scale · AᵀWA x, of x only the blocks in `active`. O(non-zeros of the patterns they are in).
  void multiply(const Sums& sums, const std::vector<bool>& active, std::span<const double> x, double scale,
                std::span<double> out) const;

 private:
  std::size_t rows_;
  std::vector<Shape> blocks_;
  std::vector<std::size_t> offsets_;
  std::vector<Pattern> patterns_;
};

template <class Scalar>
BasicSums<Scalar> Layout::zeros_of() const {
  BasicSums<Scalar> sums;
  for (const Shape& block : blocks_) sums.diagonal.emplace_back(block.size() * block.columns);
  for (const Pattern& p : patterns_)
    sums.pairs.emplace_back(p.meetings() * blocks_[p.first].columns * blocks_[p.second].columns);
  sums.rhs.resize(size());
  return sums;
}

}  // namespace woodbury::moments
