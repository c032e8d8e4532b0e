// The totals of a table, all that a fit with a common residual scale needs of it: they add up over shards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "woodbury/moments/compensated.hpp"
#include "woodbury/moments/cross_products.hpp"
#include "woodbury/moments/layout.hpp"

namespace woodbury::moments {

/// [A | Y]ᵀW[A | Y] by blocks, for any number of responses Y, in twice the digits of a double: no column need be
/// centred before it is summed, and an origin may be taken from a response afterwards.
class Totals {
 public:
  /// One pass over the rows. `weights` may be null: ones. `labels` name the levels of each block; where they are empty,
  /// a level is its number in every shard. O(rows · widths²).
  Totals(const Design& design, const double* weights, std::span<const double* const> responses,
         std::vector<std::vector<std::string>> labels = {});

  /// Adds the rows of another shard, whose blocks and responses must mean the same. Levels are matched by label. Where
  /// one shard knows all labels, its order stays; else it is that of frame::make_factor.
  void merge(const Totals& other);

  /// response ← response − by · column, a column of a block without a factor. O(non-zeros in that column of AᵀWA).
  void subtract(std::size_t response, std::size_t block, std::size_t column, double by);

  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const std::vector<std::string>& labels(std::size_t block) const { return labels_[block]; }
  [[nodiscard]] std::size_t responses() const noexcept { return rhs_.size(); }
  /// Rounded, with one of the responses.
  [[nodiscard]] Sums sums(std::size_t response = 0) const;

  // As they are: shapes as in Sums, and AᵀWY a response; YᵀWY is symmetric.
  [[nodiscard]] const std::vector<std::vector<Compensated>>& diagonal() const noexcept { return diagonal_; }
  [[nodiscard]] const std::vector<std::vector<Compensated>>& pairs() const noexcept { return pairs_; }
  [[nodiscard]] const std::vector<Compensated>& rhs(std::size_t response) const { return rhs_[response]; }
  [[nodiscard]] const Compensated& square(std::size_t first, std::size_t second) const {
    return squares_[first * rhs_.size() + second];
  }

 private:
  using Values = std::vector<Compensated>;
  void add_rows(const Design& design, const CrossProducts& products, const double* weights,
                std::span<const double* const> responses);
  void relabel(const std::vector<std::vector<std::string>>& labels, const std::vector<std::size_t>& levels);
  void add(const Totals& other);

  Layout layout_;
  std::vector<std::vector<std::string>> labels_;
  std::vector<Values> diagonal_, pairs_, rhs_;
  Values squares_;  ///< responses × responses
};

}  // namespace woodbury::moments
