// Gaussian elimination of the integrated effects: grouping factors level by level, what remains as a dense tail.
//
// Given everything sampled, r = y − A_s θ = A w + ε with ε ~ N(0, W⁻¹) and w = C z, z ~ N(0, I), by levels (C is a
// factor of a block's covariance, Σ = C Cᵀ). Coefficients under a flat prior keep C = 1 and prior precision 0. With
// T = AᵀWA and b = AᵀWr the whitened precision is Q = P + CᵀTC (P = I, or 0 where flat), and
//
//     log p(y | φ) = ½ [log|W| − log|Q| − (N − #flat) log 2π] − ½ [rᵀWr − ẑᵀCᵀb],   Q ẑ = Cᵀ b,
//     z | y, φ ~ N(ẑ, Q⁻¹).
//
// Q is eliminated node by node, a node being a level of a factor, in the order of the plan: with the node's block D_j
// and its couplings K_j to later coordinates c, as earlier nodes have left them,
//
//     H_j = L_j⁻¹K_j, D_j = L_jL_jᵀ,   Q_cc ← Q_cc − H_jᵀH_j,   X_j = L_j⁻ᵀH_j,   ẑ_j = D_j⁻¹Cᵀb_j − X_j ẑ_c,
//     V_jc = −X_j V_cc,   V_jj = D_j⁻¹ + X_j V_cc X_jᵀ       backward, on the pattern of Q and its fill alone.
//
// Nested factors, inner before outer, fill nothing; a crossed factor left to the tail makes that the Schur complement.
// C may be rectangular, columns × effects: where sampled loadings make up the columns' coefficients from fewer effects.
// No Σ⁻¹ is formed: scales at zero and correlations at one are ordinary points. Gradients by Fisher's identity, with
// V = Q⁻¹, û = Cẑ, g = AᵀW(r − Aû):
//     ∂/∂C = Σ_j [g_j ẑ_jᵀ − (T C V)_jj],   ∂/∂θ = A_sᵀW(r − Aû),   E‖r − Aw‖²_W for the residual scale.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/kernels/contrasts.hpp"
#include "woodbury/kernels/rounding.hpp"
#include "woodbury/kernels/structure.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

/// Where to evaluate; vectors are indexed by block of the design.
struct Point {
  /// Of integrated blocks: C, columns × effects row-major, or its diagonal where the role says so; 1 where flat.
  std::vector<std::vector<double>> factor;
  /// θ of the sampled blocks over the whole design (zero elsewhere).
  std::vector<double> coefficients;
  double precision = 1;    ///< w: multiplies the weights the sums were made with
  double log_weights = 0;  ///< Σ log of those weights, without w
};

/// An entry of a linear combination aᵀw of integrated effects.
struct Coefficient {
  std::uint32_t block = 0, level = 0, column = 0;
  double value = 0;
};

/// Derivatives of the log density, in Point's shapes. `coefficients` also holds g of the integrated blocks.
template <class Scalar>
struct BasicGradient {
  std::vector<std::vector<Scalar>> factor;
  std::vector<Scalar> coefficients;
  Scalar log_precision = 0;
};
using Gradient = BasicGradient<double>;

/// Integrate and recover are one type, since they share the factorisation. An object serves one thread. Doubles for all
/// ordinary points; `Precise` has the same operations in wider numbers.
///
/// What is asked of the conditional distribution is of w = C z, in the order (block, level, row of C), with the C of
/// the point that is asked for: it need not be the one that was integrated with, so that effects can be had themselves
/// where the design's columns hold them times loadings.
template <class Scalar>
class BasicElimination {
 public:
  using Sums = moments::BasicSums<Scalar>;

  explicit BasicElimination(std::shared_ptr<const Structure> structure);

  /// log ∫ N(y | A_s θ + A w, W⁻¹) p(w) dw with all constants; −infinity where a factorisation fails.
  double integrate(const Sums& sums, const Point& point);
  /// An estimate of that value's error by rounding.
  [[nodiscard]] double error() const { return rounding_.error(); }
  /// All derivatives; after `integrate` at the same arguments, whose factorisation it uses.
  void gradient(const Sums& sums, const Point& point, BasicGradient<Scalar>& out);
  /// One draw of w from its exact conditional; after `integrate`.
  void recover(const Point& point, base::Stream& stream, std::span<double> w);
  /// E[w | y, φ]; after `integrate`.
  void conditional_mean(const Point& point, std::span<double> w) const;
  /// The blocks of Q⁻¹ that the data touch; after `integrate`. `gradient` finds them, too.
  void invert();
  /// Cov(w | y, φ) of the columns' coefficients where the data pair them, in the shapes of Sums: what it has of
  /// integrated blocks is overwritten. After `invert` or `gradient`, at the point that was integrated with.
  void covariances(const Point& point, Sums& out) const;
  /// Diagonal of Var(w_j | y, φ) of a level of an integrated block; after `invert` or `gradient`.
  void level_variances(const Point& point, std::size_t block, std::size_t level, std::span<double> out) const;
  /// Var(aᵀw | y, φ), whichever effects meet in it; after `integrate`. After `invert` or `gradient` it is looked up
  /// where the data and fill pair all its levels.
  double variance(const Point& point, std::span<const Coefficient> a);
  /// The same as ‖L⁻¹Cᵀa‖², in the kernel's own numbers: by forward elimination of the levels in `a` and their
  /// ancestors, and of the tail.
  Scalar square(const Point& point, std::span<const Coefficient> a);
  /// L⁻¹Cᵀa itself, of `coordinates()` numbers: products of two of them are covariances.
  void half_solve(const Point& point, std::span<const Coefficient> a, std::span<Scalar> out);
  [[nodiscard]] std::size_t coordinates() const noexcept {
    return structure_->node_coordinates + structure_->tail_size;
  }
  /// Var(a_n w | y, φ) of a row's linear predictor; after `gradient` or `invert`.
  [[nodiscard]] double row_variance(const moments::Design& design, const Point& point, std::size_t row);

  /// A value at a whitened coordinate.
  struct Entry {
    std::size_t coordinate;
    Scalar value;
  };
  /// Cᵀa_n of a design row, by coordinates in order of elimination: the same ones at every point.
  std::span<const Entry> whitened_row(const moments::Design& design, const Point& point, std::size_t row);
  /// V over some coordinates, ascending, size × size: what the data pair is looked up, and where some do not pair they
  /// are solved for. After `gradient` or `invert`.
  void covariance_of(std::span<const std::size_t> coordinates, std::span<double> out);

  /// A level of the block that comes first in the order, as it was eliminated: given the coordinates coupled to it, its
  /// own are N(m − X z, D⁻¹), and independent of the block's other levels'.
  struct Level {
    std::size_t coordinate, width;
    const Scalar* factor;  ///< of D, lower, width × width
    const Scalar* solved;  ///< X, width × coupled
    std::span<const std::uint32_t> coupled;
  };
  [[nodiscard]] std::size_t first_levels() const {
    return structure_->stages.empty() ? 0 : structure_->stages.front().last;
  }
  /// After `integrate`.
  [[nodiscard]] Level first_level(std::size_t n) const;

  /// out ← A_sᵀ(W − WA C Q⁻¹ CᵀAᵀW)A_s x, the data's precision of the sampled coefficients with the effects integrated
  /// out, on the places of the sampled blocks; both in the design's order. After `integrate`, whose factorisation it
  /// uses.
  void sampled_precision(const Sums& sums, const Point& point, std::span<const double> x, std::span<double> out);

  /// Of a contrast of the sums, with right-hand side b: its effect drawn or, without a stream, its mean; after
  /// `integrate`.
  void contrast_effect(std::size_t contrast, std::span<const double> b, const Point& point, base::Stream* stream,
                       std::span<double> w) {
    contrasts_.effect(contrast, b, structure_->roles, point, stream, w);
  }
  /// Cov(w_c, w′_c | y, φ) of effect c in two parts of a contrast; after `integrate`.
  [[nodiscard]] double contrast_covariance(const Point& point, const reduce::Composition::Share& share,
                                           std::size_t effect) const {
    return contrasts_.covariance(share, structure_->roles, point, effect);
  }

  [[nodiscard]] Point start() const;
  [[nodiscard]] BasicGradient<Scalar> zero() const;
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] const Structure& structure() const noexcept { return *structure_; }

 private:
  static constexpr bool kDouble = std::is_same_v<Scalar, double>;
  using Tail = std::conditional_t<kDouble, linalg::Dense, linalg::PlainDense<Scalar>>;
  using TailVector = std::conditional_t<kDouble, linalg::AlignedVector, std::vector<Scalar>>;

  void assemble(const Sums& sums, const Point& point);
  void subtract_sampled(const Sums& sums, const Point& point);
  void multiply(const Sums& sums, const std::vector<bool>& active, const std::vector<Scalar>& x, const Scalar& scale,
                std::vector<Scalar>& out) const;
  void assemble_tail(const Sums& sums, const Point& point);
  template <int D>
  void assemble_nodes(const Stage& stage, const Sums& sums, const Point& point);
  template <int D>
  bool eliminate(const Stage& stage);
  template <int D>
  void update_later(const Node& node, int width, const Scalar* coupling, const Scalar* projected);
  template <int D>
  void update_tail(const Node& node, int width, const Scalar* half);
  bool factor_tail();
  [[nodiscard]] bool dense(const Stage& stage) const { return kDouble && stage.dense; }
  void make_rows();
  [[nodiscard]] static std::size_t nodes_at_once(const Stage& stage);
  void keep_rows(const Stage& stage, std::size_t n, const Scalar* half);
  void update_tail_by_rows(const Stage& stage, std::size_t end);
  void multiply_rows(const Stage& stage, std::size_t n);
  void take_rows(const Stage& stage, std::size_t n, Scalar* cross) const;
  void add_tail_products(const Node& node, std::size_t width, Scalar* cross) const;
  void whitened_mean();
  template <int D>
  void invert(const Stage& stage);
  void spread(const Point& point, std::span<const Coefficient> a);
  void wait_for(std::size_t coordinate);
  Scalar eliminate_forward();
  void clear_form();
  void residual_products(const Sums& sums, const Point& point, BasicGradient<Scalar>& out);
  template <int D>
  void node_gradients(const Stage& stage, const Sums& sums, const Point& point, BasicGradient<Scalar>& out);
  void tail_gradients(const Sums& sums, const Point& point, BasicGradient<Scalar>& out);
  void node_covariances(const Stage& stage, const Point& point, Sums& out) const;
  void tail_covariances(const Point& point, Sums& out) const;
  /// w ← C z, from coordinates in order of elimination to the order of blocks, levels and the point's rows of C.
  template <class Out>
  void to_effects(const Point& point, std::span<const Scalar> whitened, std::span<Out> w) const;
  void solve(std::span<Scalar> z);
  /// Coordinates of the nodes from those behind them, last first: z_j ← own_j − X_j z_c.
  void substitute_back(std::span<Scalar> z) const;
  /// A level's coordinates of a whitened row, and their place in `row_`.
  struct Part {
    std::size_t coordinate, width, first;
  };
  [[nodiscard]] bool look_up(Scalar& variance) const;
  [[nodiscard]] bool add_pair(const Part& low, const Part& high, Scalar& sum) const;
  [[nodiscard]] Scalar covariance(std::size_t low, std::size_t high) const;
  [[nodiscard]] bool paired(std::size_t low, std::size_t high) const;

  std::shared_ptr<const Structure> structure_;
  BasicContrasts<Scalar> contrasts_;
  Scalar square_ = 0, explained_ = 0, log_determinant_ = 0;
  Rounding<Scalar> rounding_;
  std::vector<Scalar> rhs_;               ///< w · AᵀW(y − A_s θ)
  std::vector<Scalar> half_;              ///< a node's T_jc C_c, columns × coupled; zero where there is only fill
  std::vector<Scalar> solved_;            ///< a node's K_j, then X_j
  std::vector<Scalar> left_;              ///< a node's T_jj C, columns × d
  std::vector<Scalar> factor_, inverse_;  ///< a node's D, then its Cholesky factor; D⁻¹
  std::vector<Scalar> variance_, cross_;  ///< a node's V_jj; X_j V_cc, which is −V_jc
  std::vector<Scalar> solution_;          ///< a node's right-hand side, then D_j⁻¹ of it
  std::vector<Scalar> whitened_;          ///< ẑ
  std::vector<Scalar> before_;            ///< of each coordinate what its pivot is left of
  Tail dense_;                            ///< of the tail, which is stored as it wants it, vectors too
  TailVector tail_;                       ///< S, then its Cholesky factor
  TailVector tail_inverse_;               ///< V of the tail
  TailVector tail_rhs_;
  /// Of dense stages, rows as long as the tail, zero where a node does not meet it: X_j of all nodes, L⁻¹K_j and X_j
  /// V_cc of some at a time.
  TailVector solved_rows_, half_rows_, cross_rows_;
  std::vector<Scalar> work_, draw_, effects_;
  std::vector<Entry> row_;                     ///< a whitened design row
  std::vector<Part> parts_;                    ///< of it, a level each
  bool inverted_ = false;                      ///< whether Q⁻¹ is known where the data pair coordinates
  TailVector form_;                            ///< a vector under forward elimination, zero between uses
  std::vector<std::uint32_t> waiting_, done_;  ///< its nodes: a heap of those to come, and those behind
  std::string failure_;
};

using Elimination = BasicElimination<double>;

/// Rows of a block's C: the effects w a level that the point asks for.
[[nodiscard]] std::size_t rows_of(const Structure& structure, const Point& point, std::size_t block);

}  // namespace woodbury::kernels
