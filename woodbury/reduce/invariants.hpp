// What a rule must leave as it is: the check after it ran.
#pragma once

#include <vector>

#include "woodbury/moments/moments.hpp"
#include "woodbury/reduce/fixed_scales.hpp"

namespace woodbury::reduce {

/// Numbers that no rotation of a factor's levels changes, contrasts counted with the levels: how many there are and, of
/// each column, Σ T_cc and Σ b_c²; and of each pair of blocks the couplings' Frobenius norm. O(non-zeros).
class Invariants {
 public:
  Invariants(const moments::Layout& layout, const moments::Sums& sums);
  /// A bug of the rule where they differ by more than rounding.
  void check(const Invariants& after) const;

 private:
  struct Number {
    double value, scale;  ///< and what it is to be compared with
  };
  std::vector<Number> numbers_;
};

/// tr(CᵀTC) = Σ Λ and ‖Cᵀb‖² = ‖rotated b‖², of what was rotated; `layout` and `sums` are those before.
void check_fixed_scales(const moments::Layout& layout, const moments::Sums& sums,
                        const std::vector<std::vector<double>>& factors, const Eigenbasis& eigenbasis);

}  // namespace woodbury::reduce
