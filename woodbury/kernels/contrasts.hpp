// Effects that meet nothing else, many with the same cross-products: what a reduction leaves beside its pseudo-levels.
//
// For `count` whitened contrasts of one T, with right-hand sides b that sum to S = Σ bbᵀ:
//     G = I + wCᵀTC,   log density  −½ count log|G| + ½ w² tr(G⁻¹CᵀSC),
//     ẑ = w G⁻¹Cᵀb,    z | y ~ N(ẑ, G⁻¹).
#pragma once

#include <span>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/kernels/rounding.hpp"
#include "woodbury/kernels/structure.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::kernels {

struct Point;
template <class Scalar>
struct BasicGradient;

/// Solved at one point after another; storage is allocated at the first. One object serves one thread.
template <class Scalar>
class BasicContrasts {
 public:
  /// What an elimination adds up.
  struct Totals {
    Scalar &log_determinant, &explained;
    Rounding<Scalar>& rounding;
  };
  /// Adds to the totals; false where G is not positive definite.
  bool integrate(const std::vector<moments::Contrast>& contrasts, const Structure& structure, const Point& point,
                 Totals totals);
  /// Adds the derivatives by C and, to `squares`, the prior less the posterior expectation of Σ zᵀz.
  void gradient(const Roles& roles, BasicGradient<Scalar>& out, Scalar& squares);
  /// w ← C (ẑ + noise) of one contrast with right-hand side b, part after part; without a stream its mean. With the
  /// point's own C, which may be another than the one it was integrated with.
  void effect(std::size_t contrast, std::span<const double> b, const Roles& roles, const Point& point,
              base::Stream* stream, std::span<double> w);
  /// (C G⁻¹ Cᵀ) at column c of the two parts.
  [[nodiscard]] double covariance(const reduce::Composition::Share& share, const Roles& roles, const Point& point,
                                  std::size_t c) const;

 private:
  /// Where a part stands: its rows of C and T, its effects.
  struct Part {
    std::size_t block;
    int row, columns, effect, width;
  };
  /// The matrices of one T, row-major. C is n × d, diagonal by parts: n columns of the design, d effects.
  struct Solved {
    const moments::Contrast* contrast = nullptr;
    std::vector<Part> parts;
    int columns = 0, width = 0;
    std::vector<Scalar> c, left;          ///< C, wTC: n × d
    std::vector<Scalar> factor, inverse;  ///< Cholesky factor of G, G⁻¹: d × d
    std::vector<Scalar> products, mean;   ///< w²SC; w²SCG⁻¹, then the derivative by C: n × d
    std::vector<Scalar> second;           ///< Σ E[zzᵀ]: d × d
    std::vector<Scalar> projected;        ///< CᵀSCG⁻¹: d × d
    std::vector<Scalar> before;           ///< what the pivots are left of
  };
  void bind(const std::vector<moments::Contrast>& contrasts, const Structure& structure);
  static void fill_factor(const Roles& roles, const Point& point, Solved& s);
  template <int D>
  static bool solve(Solved& s, double w, Totals totals);
  template <int D>
  static void differentiate(Solved& s, const Roles& roles, BasicGradient<Scalar>& out, Scalar& squares);

  std::vector<Solved> solved_;
};

}  // namespace woodbury::kernels
