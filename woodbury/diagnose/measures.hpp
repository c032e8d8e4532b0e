// All measures of one column at a time, with buffers that are kept from column to column.
#pragma once

#include <vector>

#include "woodbury/diagnose/mixing.hpp"
#include "woodbury/diagnose/scores.hpp"

namespace woodbury::diagnose {

/// Measures of the column last given to `take`; all are NaN where it is empty or not finite. A single thread's.
class Measures {
 public:
  /// `scores` must be of the size of all half chains together.
  explicit Measures(const NormalScores& scores) : scores_(&scores) {}
  void take(const Column& column);

  [[nodiscard]] double rhat();
  [[nodiscard]] double ess_bulk();
  [[nodiscard]] double ess_tail();
  [[nodiscard]] double ess_mean();
  [[nodiscard]] double mcse_mean();
  [[nodiscard]] double mcse_sd();
  [[nodiscard]] Row row();

 private:
  [[nodiscard]] Sequences halves(const std::vector<double>& values) const;
  void split(const std::vector<double>& values);
  double ess_quantile(double probability);

  const NormalScores* scores_;
  const Column* column_ = nullptr;
  Order order_;
  EffectiveSize effective_size_;
  bool sound_ = false;  // not empty, all finite
  double mean_ = 0, sd_ = 0;
  std::vector<double> bulk_, folded_, split_, work_;
};

}  // namespace woodbury::diagnose
