// Cross-products kept apart for each stratum of rows, where the residual scale varies from stratum to stratum.
//
// If the rows of stratum s have the weights w_s W, W known, then for every w
//     AᵀWA = Σ_s w_s T_s,   AᵀWr = Σ_s w_s b_s,   rᵀWr = Σ_s w_s q_s,
// and of random coefficients ω with mean m, E‖r − Aω‖²_s = q_s − 2 b_sᵀm + ⟨T_s, Cov ω + m mᵀ⟩, which asks for the
// covariance on T_s's pattern alone. So a value and its derivatives cost the non-zeros of all T_s, and nothing in rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/moments/cross_products.hpp"

namespace woodbury::moments {

/// Immutable. Of T_s only blocks that rows of the stratum touch are kept.
class Strata {
 public:
  /// What the design's rows bring along; `weights` and `within` may be empty: ones, zeros.
  struct Rows {
    std::span<const std::int32_t> stratum;
    std::span<const double> weights, response;
    std::span<const double> within;  ///< what rᵀWr holds beside the row's own W r², as of a cell of rows
  };
  /// O(rows · (log rows + widths²)).
  Strata(const Design& design, const CrossProducts& products, std::size_t count, const Rows& rows);

  [[nodiscard]] std::size_t size() const noexcept { return square_.size(); }
  /// sums ← Σ_s weights_s · (T_s, b_s, q_s).
  void weigh(std::span<const double> weights, Sums& sums) const;
  /// out_s ← E‖r − Aω‖²_s, of ω with this mean, in the design's order, and this covariance, in the shapes of Sums.
  void squares(std::span<const double> mean, const Sums& covariance, std::span<double> out) const;
  /// Numbers kept.
  [[nodiscard]] std::size_t numbers() const;

 private:
  /// Blocks that strata touch, one after another, by place in the sums.
  struct Entries {
    std::vector<std::uint32_t> slot, stratum;
    std::vector<double> values;  ///< blocks of so many numbers
  };
  /// The places and strata that rows touch, and which of them a row does.
  static std::vector<std::uint32_t> find(std::span<const std::size_t> slot_of_row,
                                         std::span<const std::int32_t> stratum_of_row, Entries& entries);
  void add_block(std::size_t block, std::span<const double> mean, std::span<const double> covariance,
                 std::span<double> out) const;
  void add_pair(std::size_t pair, std::span<const double> mean, std::span<const double> covariance,
                std::span<double> out) const;
  void add_rows(const Design& design, const Rows& rows, const std::vector<std::vector<std::uint32_t>>& diagonal_entry,
                const std::vector<std::vector<std::uint32_t>>& pair_entry);

  Layout layout_;
  std::vector<Entries> diagonal_, pairs_;
  std::vector<std::vector<double>> rhs_;  ///< a block: as many vectors as `diagonal_` has entries
  std::vector<double> square_;
};

}  // namespace woodbury::moments
