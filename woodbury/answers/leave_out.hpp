// Predictive densities of rows or groups given all others, at one draw after another. Internal to answers.
//
// With ρ = r − aŵ and h = W aVaᵀ a row left out has the density N(ρ/(1 − h); 0, 1/(W(1 − h))). A group's is in
// left_group.hpp or, where its rows are few and what they meet is much, with S = W_j^½ A_j V A_jᵀ W_j^½ and u = W_j^½
// ρ_j
//
//     log p(y_j | y_−j, φ) = ½ log|W_j| + ½ log|I − S| − ½ n log 2π − ½ uᵀ(I − S)⁻¹u.
//
// New responses in the same rows, given all, have the same with the signs of S and of the determinant changed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/answers/left_group.hpp"
#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {

/// The units of a fit's rows; immutable.
class LeaveOut {
 public:
  /// `own`: sampled blocks over the group, whose effects at a level that is left out are integrated.
  LeaveOut(const Bound& bound, const std::string& by, const std::vector<OwnBlock>& own = {});
  [[nodiscard]] std::size_t size() const noexcept { return units_.size(); }
  [[nodiscard]] const std::vector<std::size_t>& rows(std::size_t unit) const { return units_[unit]; }
  [[nodiscard]] std::string label(std::size_t unit) const;

  /// Floating-point operations of all units at a draw.
  [[nodiscard]] double flops() const;

  class Worker;

 private:
  void choose(density::Likelihood& likelihood);

  const Bound& bound_;
  Rows rows_;
  bool by_rows_;
  std::vector<std::vector<std::size_t>> units_;
  std::vector<std::string> labels_;
  std::vector<OwnBlock> own_;
  std::vector<GroupRows> groups_;
  /// Of groups worked by rows, the coordinates that these meet, ascending; empty: not by rows.
  std::vector<std::vector<std::size_t>> coordinates_;
  std::vector<std::size_t> separators_;  ///< whose covariances are found once a draw; empty: for each group
};

/// One thread's.
class LeaveOut::Worker {
 public:
  explicit Worker(const LeaveOut& leave_out);
  bool place(std::size_t draw);
  [[nodiscard]] LogDensities unit(std::size_t unit);

 private:
  [[nodiscard]] LogDensities row(std::size_t row);
  [[nodiscard]] LogDensities group(std::size_t unit);
  void add_entries(std::size_t unit, std::size_t row);
  [[nodiscard]] LogDensities group_by_rows(std::size_t unit);
  [[nodiscard]] LogDensities group_by_halves(std::size_t unit);
  [[nodiscard]] LogDensities from_square(const std::vector<std::size_t>& rows, const Eigen::MatrixXd& own);

  const LeaveOut& leave_out_;
  Predictor predictor_;
  GroupDensity density_;
  std::vector<double> covariance_;                        ///< V over the coordinates that a group meets
  std::vector<double> separators_;                        ///< V over the separators
  std::vector<std::pair<Eigen::Index, double>> entries_;  ///< rows of W^½A
  Eigen::MatrixXd projected_, square_, work_;             ///< V times these, a column a row; S; I ± S
  Eigen::VectorXd scaled_, solved_;                       ///< u
};

}  // namespace woodbury::answers
