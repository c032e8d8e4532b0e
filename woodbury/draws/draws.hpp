// Draws of named variables: chains × draws × elements, with dims and coordinates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"

namespace woodbury::draws {

/// A named variable of a fit: a scalar (no dims) or an array whose dims have coordinates.
/// Elements are stored row-major over its dims (the last dim runs fastest).
struct Variable {
  std::string name;                              ///< `b_Intercept`, `sd_g__x`, `r_g`
  std::vector<std::string> dims;                 ///< {}, {"g"}, {"g", "g__coef"}
  std::vector<std::vector<std::string>> coords;  ///< labels, a vector a dim
  [[nodiscard]] std::size_t size() const;
  /// Names of the elements in storage order: "b_x", or "r_g[308,Intercept]" (labels joined by commas).
  [[nodiscard]] std::vector<std::string> element_names() const;
};

/// What the sampler says of each draw, as CmdStan and ArviZ name it.
struct SamplerStats {
  std::vector<double> lp, accept_stat, step_size, energy;
  std::vector<int> tree_depth, n_leapfrog;
  std::vector<std::uint8_t> divergent;
};

/// One chain's draws: `values[draw * width + column]`, and its statistics.
struct Chain {
  std::vector<double> values;
  SamplerStats stats;
  double step_size = 0;                ///< after adaptation
  std::vector<double> inverse_metric;  ///< diagonal, or dim × dim row-major where the metric is dense
  bool dense_metric = false;
  double warmup_seconds = 0, sampling_seconds = 0;
  std::size_t warmup_gradients = 0, gradients = 0;
  std::size_t draws = 0;  ///< actual, fewer than asked for after an interrupt
};

/// Chains over one list of variables. A column is one element of one variable.
class Draws {
 public:
  Draws() = default;
  explicit Draws(std::vector<Variable> variables);

  [[nodiscard]] const std::vector<Variable>& variables() const noexcept { return variables_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }  ///< columns
  [[nodiscard]] std::size_t offset(std::size_t variable) const { return offsets_[variable]; }
  /// Index of a variable; throws base::Error with the nearest name.
  [[nodiscard]] std::size_t find(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const;
  /// Names of all columns in order.
  [[nodiscard]] std::vector<std::string> column_names() const;
  /// Draws of the shortest chain.
  [[nodiscard]] std::size_t common_draws() const;
  /// One column: chains × common draws, a vector a chain.
  [[nodiscard]] std::vector<std::vector<double>> column(std::size_t column) const;

  /// All columns, each whole: `[(column × chains + chain) × common draws + draw]`.
  [[nodiscard]] std::vector<double> by_column() const;

  std::vector<Chain> chains;

 private:
  std::vector<Variable> variables_;
  std::vector<std::size_t> offsets_;
  std::size_t width_ = 0;
};

}  // namespace woodbury::draws
