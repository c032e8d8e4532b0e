// Columns of the design that are expressions of sampled variables: worked at every point.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "woodbury/density/tape.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::density {

/// A design whose columns of integrated effects are in part values of the graph, and the way back: with weight W,
/// fitted mean a w and residual r of a row, and w_c the coefficient of its column x_c,
///
///     ∂/∂x_c = W E[w_c (r − a w)] = W (E[w_c] r̂ − Cov(w_c, a w)),   r̂ = r − a E[w].
///
/// A copy has values of its own, so that each thread has; levels and the other columns are shared.
class RowColumns {
 public:
  RowColumns() = default;
  /// `design` is of the linear model's blocks, bound to the tape's rows.
  RowColumns(const plan::LinearModel& linear, const moments::Design& design, const Tape& tape);
  RowColumns(const RowColumns& other);
  RowColumns(RowColumns&&) noexcept = default;
  RowColumns& operator=(RowColumns other) noexcept;
  ~RowColumns() = default;

  [[nodiscard]] bool empty() const noexcept { return columns_.empty(); }
  /// Takes the columns' values from the graph's.
  void fill(std::span<const double> values);
  /// The design with the values filled in last; its address stays.
  [[nodiscard]] const moments::Design& design() const { return *design_; }

  /// A row as the data see it, given the effects: E[r − a w], W, and Cov(w_c, a w) of each of its columns.
  struct Row {
    double residual, weight;
    std::span<const double> covariances;
  };
  /// Adds ∂/∂x_c of row n, of conditional means in the design's order.
  void backward(std::size_t n, const Row& row, std::span<const double> means, std::span<double> adjoints) const;

 private:
  struct Column {
    std::size_t block, column;
    std::size_t at;     ///< among the columns of all blocks
    std::size_t place;  ///< among the graph's values
    std::shared_ptr<std::vector<double>> values;
  };
  void own();

  std::vector<Column> columns_;
  std::shared_ptr<const moments::Design> design_;
};

}  // namespace woodbury::density
