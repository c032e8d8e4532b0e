// A group's rows taken out of a factorisation, and put in again. Internal to answers.
//
// The levels l of the block eliminated first are independent given the later coordinates z_s, the separators: with
// X_l and D_l as the elimination left them, a row n of level l is a_n z = a_l D_l^(−½) e + b_n z_s, b_n = a_s − X_lᵀ
// a_l. With rows scaled by W^½, u = W^½ρ, A_l and B those of the group's rows, T_l = A_lᵀA_l, V = Cov(z_s | y, φ) and a
// sign s, −1 to take rows out and +1 for new responses in the same rows,
//
//     E = I + s W^½ A Cov(z | y, φ) Aᵀ W^½ = F + s B V Bᵀ,   F⁻¹ = I − s Σ_l A_l (D_l + sT_l)⁻¹ A_lᵀ,
//     |E| = Π_l |D_l + sT_l|/|D_l| · |I + s BᵀF⁻¹B V|,   uᵀE⁻¹u = uᵀF⁻¹u − s gᵀ V (I + s BᵀF⁻¹B V)⁻¹ g,  g = BᵀF⁻¹u,
//     log p(y_j | y_−j, φ) = ½ [log|W| + log|E₋| − n log 2π − uᵀE₋⁻¹u].
//
// Only separators that the group meets enter, and rows one by one: O(n (d + k)²) + O(q³), k separators a row, q a
// group.
//
// Effects of the group that were sampled, x = Cz with rows G = W^½ Z C, are integrated at the end, given all others'
// values. With v = E₋⁻¹u + t, t = W^½ Z x what they were drawn as, the responses have the scaled covariance E₋⁻¹ + GGᵀ:
//
//     log|E₋⁻¹ + GGᵀ| = log|I + GᵀE₋G| − log|E₋|,   vᵀ(…)⁻¹v = vᵀE₋v − hᵀ(I + GᵀE₋G)⁻¹h,
//     h = GᵀE₋v = Gᵀu + GᵀE₋t,   vᵀE₋v = uᵀE₋⁻¹u + 2uᵀt + tᵀE₋t.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/answers/predictor.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::answers {

/// Of a unit's responses on the model's scale: given the others, and given all. NaN where rounding leaves no density.
struct LogDensities {
  double without = 0, with = 0;
};

/// A sampled block of the group's own effects, over its factor or one nested in it.
struct OwnBlock {
  std::size_t block = 0;
};

/// What a group meets, at every draw the same.
struct GroupRows {
  /// Its rows of one level of the block eliminated first; where none is, all its rows.
  struct Leaf {
    std::size_t level = 0;
    std::size_t first = 0, last = 0;  ///< of `rows`
    std::vector<std::uint32_t> at;    ///< places of the level's coupled coordinates among the separators
  };
  std::vector<std::size_t> rows = {};  ///< leaf by leaf
  std::vector<Leaf> leaves = {};
  std::vector<std::size_t> separators = {};   ///< coordinates, ascending
  std::vector<std::uint32_t> own_level = {};  ///< of each row and own block, the group's levels numbered from 0
  std::vector<std::size_t> own_first =
      {};  ///< of each own block, its first effect among the group's; then their number
  [[nodiscard]] std::size_t own() const { return own_first.empty() ? 0 : own_first.back(); }
  /// Floating-point operations at a draw.
  [[nodiscard]] double flops() const;
};

/// `likelihood` stands at any draw.
[[nodiscard]] GroupRows group_rows(const Rows& rows, density::Likelihood& likelihood, std::span<const std::size_t> unit,
                                   std::span<const OwnBlock> own);

/// One thread's work on one group after another.
class GroupDensity {
 public:
  GroupDensity(Predictor& predictor, const Rows& rows, std::span<const OwnBlock> own);
  /// Where the predictor was placed anew.
  void place(const plan::Plan& plan);
  /// `covariance`: V over the group's separators, whole.
  [[nodiscard]] LogDensities operator()(const GroupRows& group, std::span<const double> covariance);
  /// [G | t], a row of the group each; no columns where it has no effects of its own.
  [[nodiscard]] Eigen::MatrixXd own_rows(const GroupRows& group) const;
  /// log|E₋⁻¹ + GGᵀ| + vᵀ(E₋⁻¹ + GGᵀ)⁻¹v from [G | t]ᵀE₋[G | t], [G | t]ᵀu, uᵀE₋⁻¹u and log|E₋|.
  [[nodiscard]] static double with_own(const Eigen::MatrixXd& sums, const Eigen::VectorXd& residuals, double square,
                                       double log_determinant);

 private:
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  /// F and what follows from it, for one sign.
  struct Side {
    double sign;
    Matrix sums = {};  ///< [B | u]ᵀ F⁻¹ [B | u], lower triangle
    linalg::LogProduct<double> determinant = {};
    double log_determinant = 0, square = 0;  ///< of E; uᵀE⁻¹u
  };
  void add_leaf(const GroupRows& group, const GroupRows::Leaf& leaf);
  void add_row(const GroupRows& group, std::size_t n, const kernels::Elimination::Level& level, std::size_t coupled);
  [[nodiscard]] bool add_side(Side& side, const GroupRows::Leaf& leaf, const kernels::Elimination::Level& level,
                              std::size_t stride);
  void add_own(const GroupRows& group, const GroupRows::Leaf& leaf, const kernels::Elimination::Level& level,
               std::size_t stride);
  [[nodiscard]] bool close(Side& side, Eigen::Index separators);
  void own_row(const GroupRows& group, std::size_t n, double* out) const;
  [[nodiscard]] double own_sides(Eigen::Index own);

  Predictor& predictor_;
  const Rows& rows_;
  std::vector<OwnBlock> own_;
  std::vector<std::vector<double>> own_factor_;  ///< C of each
  Side out_{-1}, in_{1};
  linalg::LogProduct<double> weights_;
  bool sound_ = true;
  /// Of the leaf at hand, columns [b | u | g | t]: sums over its rows of aaᵀ, a·columns, columns·columns (lower).
  std::vector<double> square_, across_, sums_, row_, coefficients_, pivot_, solved_;
  Matrix own_sums_;       ///< [B | u | G | t]ᵀ[G | t], rows [G | t] less those of A_l D_l⁻¹ A_lᵀ
  Matrix factor_, work_;  ///< of V; I + s KᵀTK
  Eigen::VectorXd mean_;
  Eigen::LLT<Matrix> llt_;
};

}  // namespace woodbury::answers
