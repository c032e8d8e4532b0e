// The observation with the plan's effects integrated out: from values of the graph to log p(y | φ) and back.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "woodbury/density/loadings.hpp"
#include "woodbury/density/row_columns.hpp"
#include "woodbury/density/row_covariances.hpp"
#include "woodbury/density/rows.hpp"
#include "woodbury/density/tape.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/kernels/kernels.hpp"
#include "woodbury/plan/plan.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::density {

/// Binds the plan's linear model to data. By moments a value costs the non-zeros of the cross-products; else the rows
/// are weighed or centred again at every point. One object serves one thread; copies share designs and products.
class Likelihood {
 public:
  /// `tape` is over `rows.table`, which is all of `table` or its cells.
  Likelihood(const plan::Plan& plan, const frame::Frame& table, const Rows& rows, const Tape& tape);

  /// Nodes whose values the likelihood reads: scales, correlations, coefficients, row expressions.
  [[nodiscard]] static std::vector<model::NodeId> inputs(const plan::Plan& plan);

  /// log p(y | φ) at the values; −infinity where it fails, and where doubles do not tell it and the prior's log density
  /// is such that no posterior is there.
  double evaluate(std::span<const double> values, double log_prior = 0);
  /// Adds the derivatives at the same values to the adjoints of the inputs.
  void backward(std::span<const double> values, std::span<double> adjoints);

  /// Factorised at the last point evaluated, unless that was worked in more digits than doubles have.
  [[nodiscard]] kernels::Elimination& kernel() noexcept { return kernel_; }
  [[nodiscard]] const kernels::Elimination& kernel() const noexcept { return kernel_; }
  [[nodiscard]] bool precise() const noexcept { return precise_; }
  /// Works the last point in more digits where doubles are too few for what is asked of the effects: true where
  /// `more_digits` is to be asked then, in place of `kernel`.
  bool effects_precise();
  [[nodiscard]] kernels::Precise& more_digits() noexcept { return more_digits_; }
  [[nodiscard]] const kernels::Point& point() const noexcept { return point_; }
  /// The same with the effects' own covariance factors, to ask the kernel for effects: where columns hold effects times
  /// loadings, or are centred, their factors are others.
  [[nodiscard]] const kernels::Point& effects_point() const noexcept { return loaded_ ? effects_point_ : point_; }
  /// The same for rows of the columns as they came, where the likelihood's own are centred.
  [[nodiscard]] const kernels::Point& row_point() const noexcept {
    return shared_->shifts.empty() ? point_ : row_point_;
  }
  /// Its columns may be centred; those that vary with what is sampled are as at the last point.
  [[nodiscard]] const moments::Design& design() const noexcept {
    return row_columns_.empty() ? shared_->design : row_columns_.design();
  }
  /// One draw of the integrated effects from their exact conditional, by block, level and effect; after `evaluate`.
  void recover(base::Stream& stream, std::span<double> effects);
  /// Their expectation; after `evaluate`.
  void conditional_mean(std::span<double> effects);
  /// Their conditional variances; after `evaluate`.
  void variances(const kernels::Variances& by_kernel, std::span<double> out);
  /// Of aᵀw, where no reduction has touched what is in it; after `evaluate`.
  [[nodiscard]] double variance(std::span<const kernels::Coefficient> a);
  /// Where a block's effects begin in that order, and the number of all; a sampled block's columns count, too.
  [[nodiscard]] std::size_t effects_of(std::size_t block) const { return shared_->effect[block]; }
  [[nodiscard]] std::size_t effects() const { return shared_->effect.back(); }
  /// Null where there is none: nothing to reduce, or the rows are worked.
  [[nodiscard]] const reduce::Reduction* reduction() const noexcept { return shared_->reduction.get(); }
  [[nodiscard]] const plan::LinearModel& linear() const noexcept { return shared_->linear; }
  /// What belongs to this integrated coefficient, and was taken from the response for the sake of its digits.
  [[nodiscard]] double origin(std::size_t block, std::size_t column) const {
    return shared_->sources[block][column].origin;
  }
  [[nodiscard]] std::string failure() const {
    if (!failure_.empty()) return failure_;
    return precise_ ? more_digits_.failure() : kernel_.failure();
  }

 private:
  /// Where an effect's covariance comes from, or a sampled column's coefficient.
  struct ColumnSource {
    std::size_t sd = 0;  ///< place of the prior sd; of integrated effects
    bool flat = false;
    std::ptrdiff_t cholesky = -1;  ///< place of the correlation's factor (column-major), −1: independent
    std::size_t component = 0;     ///< row of it
    std::size_t components = 1;
    std::size_t first = 0;        ///< first effect of the variable in the block
    std::size_t coefficient = 0;  ///< place of θ; of sampled columns
    std::size_t levels = 1;       ///< its size
    double origin = 0;            ///< taken from the coefficient, as from the response
  };
  struct Shared {
    frame::Frame table;  ///< keeps the columns alive that the design points into
    plan::LinearModel linear;
    moments::Design design;
    std::vector<std::vector<ColumnSource>> sources;       ///< by block and effect, or column
    kernels::Roles roles;                                 ///< of the design's blocks
    std::vector<moments::Shift> shifts;                   ///< ascending by block
    std::vector<std::size_t> effect = {0};                ///< where a block's effects begin
    std::optional<moments::Totals> totals = {};           ///< by moments, response less its origin
    std::optional<moments::CrossProducts> products = {};  ///< else
    std::unique_ptr<const reduce::Reduction> reduction = {};
    std::vector<double> response = {};           ///< y or log y, less offsets and prior means; of a cell its mean
    std::vector<double> weights = {};            ///< 1 / known², of a cell their sum; empty: ones
    std::vector<double> counts = {};             ///< a cell's rows; empty: no cells
    std::vector<double> within = {};             ///< a cell's Σ (y − mean)² / known²; empty: no cells
    std::optional<moments::Strata> strata = {};  ///< where the residual scale varies by these
    std::vector<std::int32_t> stratum = {};      ///< of each design row
    std::vector<double> observations = {};       ///< of each stratum
    double log_weights = 0;
    double constant = 0;                     ///< −Σ log y under lognormal
    std::ptrdiff_t scale = -1, row_sd = -1;  ///< places; −1: none
    std::vector<std::size_t> rest = {};      ///< places of row expressions
    /// What the kernel sees.
    [[nodiscard]] const moments::Layout& layout() const { return reduction ? reduction->layout() : unreduced(); }
    [[nodiscard]] const moments::Layout& unreduced() const { return totals ? totals->layout() : products->layout(); }
    [[nodiscard]] moments::Sums sums() const;
    [[nodiscard]] kernels::Roles kernel_roles() const {
      return reduction ? kernels::reduced(*reduction, roles) : roles;
    }
    [[nodiscard]] std::span<const moments::Shift> shifts_of(std::size_t block) const;
  };
  static void centre(const plan::Plan& plan, Shared& shared);
  static void take_origin(Shared& shared);
  static ColumnSource source_of(const plan::Plan& plan, const Tape& tape, const plan::LinearEffect& effect,
                                std::size_t place);
  /// Whether a block's covariance factor is its diagonal alone.
  [[nodiscard]] bool diagonal(std::size_t block) const { return kernel_.structure().roles.blocks[block].diagonal; }
  static std::shared_ptr<const Shared> bind(const plan::Plan& plan, const frame::Frame& table, const Rows& rows,
                                            const Tape& tape);
  static std::vector<std::vector<ColumnSource>> sources_of(const plan::Plan& plan, const Tape& tape);
  static void merge(Shared& shared, const moments::Cells& cells);
  static void bind_strata(const Rows& rows, Shared& shared);
  void fill_point(std::span<const double> values);
  bool weigh_strata(std::span<const double> values);
  bool weigh_rows(std::span<const double> values);
  bool reweigh(std::span<const double> values);
  bool gather_precisely();
  double integrate_precisely();
  void gradient_precisely();
  /// The design's own point, without reductions; effects_point() with the effects' factors.
  [[nodiscard]] kernels::Point unreduced(const kernels::Point& point) const;
  void factor_backward(std::span<const double> values, std::span<double> adjoints);
  void coefficients_backward(std::span<double> adjoints) const;
  void rows_of_strata();
  void strata_backward(std::span<const double> values, std::span<double> adjoints);
  void rows_backward(std::span<const double> values, std::span<double> adjoints);

  std::shared_ptr<const Shared> shared_;
  kernels::Elimination kernel_;
  kernels::Point point_;
  kernels::Gradient gradient_;
  kernels::Precise more_digits_;
  bool precise_ = false;  ///< the last point was worked by it
  moments::Sums sums_;
  std::vector<Loadings> loadings_;             ///< a block each
  bool loaded_ = false;                        ///< whether any is not empty
  std::vector<std::vector<double>> rotation_;  ///< of a block's whitened effects, where centring wants one; else empty
  kernels::Point effects_point_;               ///< where loaded
  kernels::Point row_point_;                   ///< where centred
  std::vector<double> change_, reduced_;
  RowColumns row_columns_;
  std::vector<double> row_weights_, row_residuals_, effects_;  ///< only where rows are worked
  RowCovariances row_covariances_;
  double scatter_ = 0;                                   ///< within cells, weighted
  std::vector<double> strata_weights_, strata_squares_;  ///< only where there are strata
  moments::Sums covariance_;                             ///< of the columns' coefficients, where asked for
  std::string failure_;
};

}  // namespace woodbury::density
