// Integration in more digits than a double's, for the points where these do not do: scales many powers of ten apart.
// First in 32 digits, some twenty times slower; where they do not do either, in 77, hundreds of times slower.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "woodbury/kernels/elimination.hpp"

namespace woodbury::kernels {

/// The elimination once more, from the rows and without reductions: their cross-products are not exact enough then.
/// Designs are limited in size; nothing is allocated before the first use. An object serves one thread; a copy shares
/// no more than the sums that serve all of them.
class Precise {
 public:
  /// Design and layout must outlive it.
  Precise(const moments::Design& design, const moments::Layout& layout, Roles roles);
  ~Precise();
  Precise(const Precise& other);
  Precise& operator=(const Precise& other);

  /// Weights (empty: ones) and responses a row of the design, what else rᵀWr holds, and the design where its columns
  /// have other values now.
  struct Rows {
    std::span<const double> weights, response;
    double square = 0;
    const moments::Design* design = nullptr;
  };
  /// Takes rows, which are summed at the next `integrate`, and must last until then. False where the design is too
  /// large.
  bool gather(const Rows& rows);
  /// The same for rows that never change and outlive it, which are summed once for this and all its copies.
  bool gather_once(const Rows& rows);
  [[nodiscard]] bool gathered() const noexcept { return gathered_; }

  enum class Wanted { density, effects };

  /// As Elimination's, at a point of the unreduced layout; after `gather`. In as few digits as give what is wanted: the
  /// value to 1e-8 of itself, or what is asked of the effects afterwards, too.
  double integrate(const Point& point, Wanted wanted = Wanted::effects);
  /// Whether the last point was worked for its effects, or would be no better.
  [[nodiscard]] bool tells_effects() const;
  void gradient(const Point& point, Gradient& out);
  void recover(const Point& point, base::Stream& stream, std::span<double> w);
  void conditional_mean(const Point& point, std::span<double> w) const;
  [[nodiscard]] double variance(const Point& point, std::span<const Coefficient> a);
  /// Of every effect, in the order (block, level, row of C); sampled ones are left alone.
  void variances(const Point& point, std::span<double> out);
  /// As Elimination's; after `gradient`.
  void covariances(const Point& point, moments::Sums& out) const;
  void half_solve(const Point& point, std::span<const Coefficient> a, std::span<double> out);
  /// 1 − Var(a_n w | y, φ)/noise of a row of any design with the same blocks, which may be tiny.
  [[nodiscard]] double remainder(const Point& point, std::span<const Coefficient> a, double noise);
  /// log|I − S| and uᵀ(I − S)⁻¹u of some such rows, S = N^−½ A V Aᵀ N^−½ with their noise N: I − S may be all but
  /// singular.
  struct Remainder {
    double log_determinant = 0, square = 0;
  };
  [[nodiscard]] Remainder remainder(const Point& point, std::span<const std::vector<Coefficient>> a,
                                    std::span<const double> noise, std::span<const double> u);
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

 private:
  class Engine;
  template <class Scalar>
  class EngineOf;
  struct Common;
  void make_engines();
  bool take(const Rows& rows, bool once);

  const moments::Design* design_;
  const moments::Layout* layout_;
  Roles roles_;
  std::shared_ptr<Common> common_;
  std::vector<std::unique_ptr<Engine>> engines_;  ///< fewest digits first; made at the first use
  Engine* used_ = nullptr;                        ///< that the last point was worked by
  bool made_ = false, gathered_ = false;
  std::string failure_;
};

}  // namespace woodbury::kernels
