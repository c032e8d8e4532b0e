// Predictive densities of rows or groups given all others, at one draw after another. Internal to answers.
//
// With ρ = r − aŵ and h = W aVaᵀ a row left out has the density N(ρ/(1 − h); 0, 1/(W(1 − h))). A group j, whose rows
// meet the whitened coordinates c, has with V = V_cc, T = A_jᵀW_jA_j, g = A_jᵀW_jρ_j and B = I − TV
//
//     log p(y_j | y_−j, φ) = ½ log|W_j| + ½ log|B| − ½ n log 2π − ½ [ρᵀW_jρ + gᵀ V B⁻¹ g]
//
// or, where its rows are fewer than these coordinates, with S = W_j^½ A_j V A_jᵀ W_j^½ and u = W_j^½ ρ_j
//
//     log p(y_j | y_−j, φ) = ½ log|W_j| + ½ log|I − S| − ½ n log 2π − ½ uᵀ(I − S)⁻¹u.
//
// New responses in the same rows, given all, have the same with the signs of T and S, and of the determinants, changed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {

/// Of a unit's responses on the model's scale: given the others, and given all.
struct LogDensities {
  double without = 0, with = 0;
};

/// The units of a fit's rows; immutable.
class LeaveOut {
 public:
  LeaveOut(const Bound& bound, const std::string& by);
  [[nodiscard]] std::size_t size() const noexcept { return units_.size(); }
  [[nodiscard]] const std::vector<std::size_t>& rows(std::size_t unit) const { return units_[unit]; }
  [[nodiscard]] std::string label(std::size_t unit) const;

  class Worker;

 private:
  const Bound& bound_;
  Rows rows_;
  bool by_rows_;
  std::vector<std::vector<std::size_t>> units_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::size_t>> coordinates_;  ///< that a group's rows meet, ascending
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
  [[nodiscard]] std::optional<LogDensities> group_by_rows(std::size_t unit);
  [[nodiscard]] LogDensities group_by_coordinates(std::size_t unit);

  const LeaveOut& leave_out_;
  Predictor predictor_;
  std::vector<double> covariance_;                        ///< V over the coordinates that a group meets
  std::vector<std::pair<Eigen::Index, double>> entries_;  ///< rows of W^½A
  Eigen::MatrixXd projected_, square_, work_;             ///< V times these, a column a row; S; I ± S
  Eigen::VectorXd scaled_, solved_;                       ///< u
  bool sound_ = true;
};

}  // namespace woodbury::answers
