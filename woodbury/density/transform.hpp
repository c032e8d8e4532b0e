// Between R^n, where the sampler lives, and the values of variables: maps, inverses, log-Jacobians and their gradients.
#pragma once

#include <cstddef>
#include <span>

namespace woodbury::density {

/// A one-to-one map q ∈ R^n → x. Elementwise kinds take any number of elements; a correlation matrix is given by its
/// Cholesky factor L, d × d, column-major, with unit row norms and a zero upper triangle, from d(d − 1)/2 numbers:
/// canonical partial correlations tanh q, row by row: (1,0), (2,0), (2,1), …, 0-based. Nothing allocates.
class Transform {
 public:
  enum class Kind { real, positive, interval, correlation, signed_scale };

  static Transform real(std::size_t size) { return {Kind::real, size, 0, 0}; }
  /// x = exp q.
  static Transform positive(std::size_t size) { return {Kind::positive, size, 0, 0}; }
  /// x = lower + (upper − lower) / (1 + exp −q).
  static Transform interval(std::size_t size, double lower, double upper) {
    return {Kind::interval, size, lower, upper};
  }
  static Transform correlation(std::size_t d) { return {Kind::correlation, d, 0, 0}; }
  /// x = spread · sinh q, of either sign: nearly linear within the spread, as slow as the logarithm far beyond it.
  static Transform signed_scale(std::size_t size, double spread) { return {Kind::signed_scale, size, 0, spread}; }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t unconstrained_size() const noexcept {
    return kind_ == Kind::correlation ? size_ * (size_ - 1) / 2 : size_;
  }
  [[nodiscard]] std::size_t constrained_size() const noexcept {
    return kind_ == Kind::correlation ? size_ * size_ : size_;
  }

  /// Writes x and returns log |dx/dq|; for a correlation x stands for L's strictly lower triangle.
  double forward(std::span<const double> q, std::span<double> x) const;
  /// adjoint_q += (dx/dq)ᵀ adjoint_x + ∇ log |dx/dq|, with x as forward wrote it. Of a correlation, adjoint_x's lower
  /// triangle is read, the diagonal included: L_ii depends on q too.
  void backward(std::span<const double> q, std::span<const double> x, std::span<const double> adjoint_x,
                std::span<double> adjoint_q) const;
  /// The inverse of forward. x must be inside: a positive value above 0, a factor with a positive diagonal.
  void unconstrain(std::span<const double> x, std::span<double> q) const;

 private:
  Transform(Kind kind, std::size_t size, double lower, double upper)
      : kind_(kind), size_(size), lower_(lower), upper_(upper) {}

  Kind kind_;
  std::size_t size_;
  double lower_, upper_;
};

}  // namespace woodbury::density
