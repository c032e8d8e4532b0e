// level-centring: a level about which the data say little makes a funnel if it is sampled as it is (centred), one about
// which they say much a ridge if it is standardised. Centred are the levels with n τ²/σ² above a threshold in their
// least informed direction.
#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

constexpr double kInformed = 1;

}  // namespace

std::optional<Centring> centred_levels(const Survey& survey, model::VariableId variable) {
  const auto information = survey.information(variable);
  if (!information || information->levels == 0) return std::nullopt;
  const auto d = static_cast<Eigen::Index>(information->width);
  if (!std::ranges::all_of(information->variances, [](double v) { return std::isfinite(v); })) return std::nullopt;
  Centring result{std::vector<bool>(information->levels), 0};
  std::vector<double> least;
  for (std::size_t j = 0; j < information->levels; ++j) {
    const Eigen::MatrixXd scaled = information->scaled(j);
    const double i =
        d == 1
            ? scaled(0, 0)
            : Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(scaled, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
    result.centred[j] = i > kInformed;
    least.push_back(std::max(i, 0.0));
  }
  const auto middle = least.begin() + static_cast<std::ptrdiff_t>(least.size() / 2);
  std::nth_element(least.begin(), middle, least.end());
  result.information = *middle;
  WOODBURY_ASSERT(std::isfinite(result.information));
  return result;
}

}  // namespace woodbury::plan
