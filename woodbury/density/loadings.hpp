// Loadings of integrated effects, sampled or by centring: from the effects' own covariance factor C to the columns' Λ
// C, and back.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "woodbury/density/centring.hpp"
#include "woodbury/density/tape.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {

/// Of one block of d effects and n columns: column i has the coefficient Σ_c Λ_ic w_c, w = C z with C of d × d, so that
/// the columns' covariance factor is Λ C, n × d. The cross-products of the columns do not depend on Λ. Immutable.
class Loadings {
 public:
  Loadings() = default;
  /// Empty where the block is not loaded and none of its columns, which the shifts tell, was centred.
  Loadings(const plan::LinearBlock& block, const Tape& tape, std::span<const moments::Shift> shifts);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// columns ← Λ C; matrices are row-major.
  void forward(std::span<const double> values, std::span<const double> c, std::span<double> columns) const;
  /// From `up`, ∂/∂(Λ C), to ∂/∂C, and the loadings' adjoints.
  void backward(std::span<const double> values, std::span<const double> c, std::span<const double> up,
                std::span<double> change, std::span<double> adjoints) const;

 private:
  struct Entry {
    std::size_t column, effect;
    std::ptrdiff_t place;  ///< of the loading among the values; −1: it is 1
    double factor = 1;
    [[nodiscard]] double value(std::span<const double> values) const {
      return place < 0 ? factor : factor * values[static_cast<std::size_t>(place)];
    }
  };
  std::size_t effects_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace woodbury::density
