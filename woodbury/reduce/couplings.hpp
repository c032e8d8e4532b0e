// Cross-products by levels, open to change: what a reduction works on.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "woodbury/moments/moments.hpp"

namespace woodbury::reduce {

/// T_jl, level j's columns (rows) with those of another block's level l.
struct Coupling {
  std::uint32_t block = 0, level = 0;
  std::span<double> values;  ///< d × e, row-major
};

/// Storage for many short runs of numbers, given back together.
class Pool {
 public:
  [[nodiscard]] std::span<double> take(std::size_t count);
  [[nodiscard]] std::span<double> copy(std::span<const double> values);

 private:
  std::vector<std::unique_ptr<double[]>> chunks_;
  std::span<double> left_;
};

/// One level: its own T_jj and AᵀWr, and whom it meets, ascending by (block, level).
struct Level {
  bool live = true;
  std::vector<double> square, rhs;
  std::vector<Coupling> couplings;
};

/// Of each column, the power of two at the largest of its levels' norms; `squares` holds their T_jj, d × d each.
[[nodiscard]] std::vector<double> powers_near_norms(const std::vector<double>& squares, std::size_t d);

/// Levels by block. Columns are divided by powers of two near their norms, without rounding: then no number is much
/// above one, and numbers of different columns may be compared.
class Couplings {
 public:
  /// Blocks that are `watched` hold their couplings with all others, those that are not only the ones with later
  /// blocks.
  Couplings(const moments::Layout& layout, const moments::Sums& sums, std::vector<bool> watched);

  [[nodiscard]] const std::vector<moments::Shape>& shapes() const noexcept { return shapes_; }
  [[nodiscard]] std::vector<Level>& levels(std::size_t block) { return blocks_[block]; }
  [[nodiscard]] const std::vector<Level>& levels(std::size_t block) const { return blocks_[block]; }
  /// What some blocks' columns were divided by, one block after another.
  [[nodiscard]] std::vector<double> scales_of(const std::vector<std::size_t>& blocks) const;
  /// Where couplings' numbers are kept.
  [[nodiscard]] Pool& pool() noexcept { return pool_; }
  /// After the levels of some watched blocks changed, and what they hold of one another: the others' couplings with
  /// them, anew.
  void mirror(const std::vector<std::size_t>& blocks);

  /// Layout and sums of the levels that live, renumbered in order, the columns as they came.
  [[nodiscard]] moments::Layout layout(std::size_t rows) const;
  [[nodiscard]] moments::Sums sums(const moments::Layout& layout) const;

 private:
  void reserve(const moments::Layout& layout);
  void couple(const moments::Pattern& pattern, std::span<const double> values);
  [[nodiscard]] std::vector<std::vector<std::int32_t>> numbers() const;
  /// Whether a block holds its couplings with another.
  [[nodiscard]] bool holds(std::size_t block, std::size_t other) const { return watched_[block] || other > block; }
  std::vector<moments::Shape> shapes_;
  std::vector<bool> watched_;
  std::vector<std::vector<double>> scales_;
  std::vector<std::vector<Level>> blocks_;
  Pool pool_;
};

}  // namespace woodbury::reduce
