// Gaussian elimination of the integrated effects: one grouping factor block by block, all else as a dense tail.
//
// Given everything sampled, r = y − A_s θ = A w + ε with ε ~ N(0, W⁻¹) and w = C z, z ~ N(0, I), by levels (C is a
// factor of a block's covariance, Σ = C Cᵀ). Coefficients under a flat prior keep C = 1 and prior precision 0. With
// T = AᵀWA and b = AᵀWr the whitened precision Q = P + CᵀTC (P = I, or 0 where flat) has the blocks
//
//     D_j = I + Cᵀ T_jj C   of the eliminated factor's level j,    K_j = Cᵀ T_jt C_t   its coupling to the tail,
//     S = Q_tt − Σ_j K_jᵀ D_j⁻¹ K_j                                the tail's Schur complement, dense;
//
//     log p(y | φ) = ½ [log|W| − log|Q| − (N − #flat) log 2π] − ½ [rᵀWr − ẑᵀCᵀb],   Q ẑ = Cᵀ b,
//     z | y, φ ~ N(ẑ, Q⁻¹).
//
// No Σ⁻¹ is formed: scales at zero and correlations at one are ordinary points. Gradients by Fisher's identity, with
// V = Q⁻¹, û = Cẑ, g = AᵀW(r − Aû):
//     ∂/∂C = Σ_j [g_j ẑ_jᵀ − (T C V)_jj],   ∂/∂θ = A_sᵀW(r − Aû),   E‖r − Aw‖²_W for the residual scale.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/kernels/structure.hpp"

namespace woodbury::kernels {

/// Where to evaluate; vectors are indexed by block of the design.
struct Point {
  /// Of integrated blocks: C, d × d row-major, or its d diagonal entries where the role says so; 1 where flat.
  std::vector<std::vector<double>> factor;
  /// θ of the sampled blocks over the whole design (zero elsewhere).
  std::vector<double> coefficients;
  double precision = 1;    ///< w: multiplies the weights the sums were made with
  double log_weights = 0;  ///< Σ log of those weights, without w
};

/// Derivatives of the log density, in Point's shapes. `coefficients` also holds g of the integrated blocks.
struct Gradient {
  std::vector<std::vector<double>> factor;
  std::vector<double> coefficients;
  double log_precision = 0;
};

/// Integrate and recover are one type, since they share the factorisation. An object serves one thread.
class Elimination {
 public:
  explicit Elimination(std::shared_ptr<const Structure> structure);

  /// log ∫ N(y | A_s θ + A w, W⁻¹) p(w) dw with all constants; −infinity where a factorisation fails.
  double integrate(const moments::Sums& sums, const Point& point);
  /// All derivatives; after `integrate` at the same arguments, whose factorisation it uses.
  void gradient(const moments::Sums& sums, const Point& point, Gradient& out);
  /// One draw of w from its exact conditional, in the design's order; after `integrate`.
  void recover(const Point& point, base::Stream& stream, std::span<double> w);
  /// E[w | y, φ] in the design's order; after `integrate`.
  void conditional_mean(const Point& point, std::span<double> w);
  /// Var(a_n w | y, φ) of a row's linear predictor; after `gradient`.
  [[nodiscard]] double row_variance(const Point& point, std::size_t row);

  [[nodiscard]] Point start() const;
  [[nodiscard]] Gradient zero() const;
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] const Structure& structure() const noexcept { return *structure_; }

 private:
  void subtract_sampled(const moments::Sums& sums, const Point& point);
  void assemble_tail(const moments::Sums& sums, const Point& point);
  template <int D>
  bool eliminate_levels(const moments::Sums& sums, const Point& point);
  template <int D>
  void subtract_outer(std::size_t level, const double* coupling, const double* solved, const double* projected);
  bool factor_tail();
  void whitened_mean();
  template <int D>
  void level_gradients(const moments::Sums& sums, const Point& point, Gradient& out);
  void tail_gradients(const moments::Sums& sums, const Point& point, Gradient& out);
  void residual_products(const moments::Sums& sums, const Point& point, Gradient& out);
  void to_effects(const Point& point, std::span<const double> whitened, std::span<double> w) const;
  [[nodiscard]] std::size_t eliminated() const { return static_cast<std::size_t>(structure_->roles.eliminated); }

  std::shared_ptr<const Structure> structure_;
  double square_ = 0, explained_ = 0, log_determinant_ = 0;
  std::vector<double> rhs_;               ///< w · AᵀW(y − A_s θ)
  std::vector<double> half_, solved_;     ///< a level's T_jt C_t and D⁻¹K_j, d × coupled
  std::vector<double> left_;              ///< a level's T_jj C, d × d
  std::vector<double> factor_, inverse_;  ///< a level's Cholesky factor of D, and D⁻¹
  std::vector<double> variance_, cross_;  ///< a level's V_jj, and D⁻¹K_j V_tt on its coupled columns
  std::vector<double> whitened_;          ///< ẑ: the levels', then the tail's
  std::vector<double> level_solution_;    ///< D_j⁻¹ C ᵀb_j
  std::vector<double> tail_;              ///< S, then its Cholesky factor: column-major, lower
  std::vector<double> tail_inverse_;      ///< V_tt, column-major, whole
  std::vector<double> tail_rhs_;
  std::vector<double> work_, draw_, effects_;
  std::vector<std::uint32_t> row_places_;  ///< tail coordinates of one design row
  std::string failure_;
};

}  // namespace woodbury::kernels
