// Order statistics of one column: quantiles, and normal scores of its ranks and of its folded ranks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/diagnose/radix.hpp"

namespace woodbury::diagnose {

/// A column's draws, one chain after the other, seen as half chains: of an odd number of draws the middle one belongs
/// to neither half.
struct Column {
  std::size_t chains = 0, draws = 0;
  std::vector<double> values;
  [[nodiscard]] std::size_t half() const { return draws / 2; }
  [[nodiscard]] std::size_t halves() const { return 2 * chains; }
  /// Where a draw of a chain stands when the half chains follow one another; kMiddle if it belongs to none.
  [[nodiscard]] std::uint32_t place(std::size_t chain, std::size_t draw) const;
  static constexpr std::uint32_t kMiddle = 0xFFFFFFFF;
};

[[nodiscard]] Column make_column(const Chains& chains);

/// Normal scores Φ⁻¹((r − 3/8) / (S + 1/4)) of all ranks r and half ranks of a sample of S.
class NormalScores {
 public:
  explicit NormalScores(std::size_t size);
  [[nodiscard]] std::size_t size() const noexcept { return scores_.size() / 2; }
  /// Score of the mean of the ranks `first` and `last`, from 0.
  [[nodiscard]] double of(std::size_t first, std::size_t last) const { return scores_[first + last]; }

 private:
  std::vector<double> scores_;
};

/// One sort of a column gives everything that depends on its order. Buffers are kept from column to column.
class Order {
 public:
  void sort(const Column& column);
  [[nodiscard]] double quantile(double probability) const;  ///< R's type 7
  [[nodiscard]] double median() const { return median_; }
  [[nodiscard]] double mad() const;  ///< median of |x − median|, times 1.4826
  /// Scores of the half chains' draws, half after half, among each other; equal draws share their mean rank.
  void bulk_scores(const NormalScores& scores, std::vector<double>& out) const;
  /// The same of |x − median|.
  void folded_scores(const NormalScores& scores, std::vector<double>& out) const;

 private:
  void fold();
  void score(const std::vector<Entry>& entries, const NormalScores& scores, std::vector<double>& out) const;

  const Column* column_ = nullptr;
  std::vector<Entry> sorted_, folded_, spare_;
  double median_ = 0;
};

/// R's type 7 of sorted values.
template <typename At>
[[nodiscard]] double quantile_of_sorted(std::size_t size, double probability, const At& at) {
  const double index = static_cast<double>(size - 1) * probability;
  const auto below = static_cast<std::size_t>(index);
  const double part = index - static_cast<double>(below);
  if (part <= 0 || at(below + 1) == at(below)) return at(below);
  return (1 - part) * at(below) + part * at(below + 1);
}

}  // namespace woodbury::diagnose
