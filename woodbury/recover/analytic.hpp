// Means and sds of integrated effects as averages of their exact conditional moments (Rao–Blackwell). Internal.
//
//     E[u | y] = E_φ E[u | y, φ],   Var(u | y) = E_φ Var(u | y, φ) + Var_φ E[u | y, φ]
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "woodbury/density/density.hpp"
#include "woodbury/recover/outputs.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::recover {

/// Which outputs have conditional moments in closed form: integrated variables whose prior means do not hold other
/// integrated ones, and derived scalars that are affine in such (b_Intercept). An effect with a hierarchical mean, put
/// together from several, is left to its draws.
class Analytic {
 public:
  /// An output, and its first column among the draws'; `ancestors`: of a derived one, the nodes it is made of.
  struct Column {
    std::size_t output = 0, first = 0, size = 1;
    std::vector<model::NodeId> ancestors;
  };
  Analytic(const plan::Plan& plan, const density::Density& density, const std::vector<Output>& outputs);

  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] const kernels::Variances& variances() const noexcept { return variances_; }
  /// Variances are taken at every draw or, where each costs eliminations of its own, at one in this many: they vary
  /// little from draw to draw.
  [[nodiscard]] std::size_t every() const noexcept { return variances_.composed() ? 8 : 1; }

 private:
  kernels::Variances variances_;
  std::vector<Column> columns_;
  std::size_t width_ = 0;
};

/// Sums over consecutive draws of one chain, cut into batches.
class ConditionalSums {
 public:
  ConditionalSums() = default;
  ConditionalSums(std::size_t width, std::size_t batch) : width_(width), batch_(batch) {}
  /// `variances` may be empty.
  void add(std::span<const double> means, std::span<const double> variances);

  /// Estimates from pieces of all chains, in order; `mcse_mean` by the whole batches' means, NaN under four of these.
  static std::vector<Estimate> estimates(const Analytic& analytic, const std::vector<ConditionalSums>& pieces);

 private:
  std::size_t width_ = 0, batch_ = 1, draws_ = 0, with_variance_ = 0;
  std::vector<double> origin_, sum_, square_;  ///< of means less those of the first draw
  std::vector<double> variance_;
  std::vector<double> batches_;  ///< sums of the batches, batch after batch
};

}  // namespace woodbury::recover
