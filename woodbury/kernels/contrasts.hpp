// Effects that meet nothing else, many with the same cross-products: what a reduction leaves beside its pseudo-levels.
//
// For `count` whitened contrasts of one T, with right-hand sides b that sum to S = Σ bbᵀ:
//     G = I + wCᵀTC,   log density  −½ count log|G| + ½ w² tr(G⁻¹CᵀSC),
//     ẑ = w G⁻¹Cᵀb,    z | y ~ N(ẑ, G⁻¹).
#pragma once

#include <span>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/kernels/structure.hpp"

namespace woodbury::kernels {

struct Point;
struct Gradient;

/// Solved at one point after another; storage is allocated at the first. One object serves one thread.
class Contrasts {
 public:
  /// What they add to an elimination's totals; false where G is not positive definite.
  bool integrate(const std::vector<moments::Contrast>& contrasts, const Roles& roles, const Point& point,
                 double& log_determinant, double& explained);
  /// Adds the derivatives by C and, to `squares`, the prior less the posterior expectation of Σ zᵀz.
  void gradient(const Roles& roles, Gradient& out, double& squares);
  /// w ← C (ẑ + noise) of one contrast with right-hand side b; without a stream its mean.
  void effect(std::size_t contrast, std::span<const double> b, double precision, base::Stream* stream,
              std::span<double> w);
  /// (C G⁻¹ Cᵀ)_cc.
  [[nodiscard]] double variance(std::size_t contrast, std::size_t column) const;

 private:
  /// The matrices of one T, d × d row-major.
  struct Solved {
    const moments::Contrast* contrast = nullptr;
    int width = 0;
    std::vector<double> c, left, factor, inverse;  ///< C, wTC, Cholesky factor of G, G⁻¹
    std::vector<double> mean;                      ///< w²SCG⁻¹, then the derivative by C
    std::vector<double> second;                    ///< Σ E[zzᵀ]
    std::vector<double> projected;
  };
  void bind(const std::vector<moments::Contrast>& contrasts);
  template <int D>
  static bool solve(Solved& s, double w, double& log_determinant, double& explained);
  template <int D>
  static void differentiate(Solved& s, const Roles& roles, Gradient& out, double& squares);

  std::vector<Solved> solved_;
};

}  // namespace woodbury::kernels
