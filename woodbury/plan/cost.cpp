#include "woodbury/plan/cost.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace woodbury::plan {

double gradient_microseconds(const kernels::Structure& structure, std::size_t rows_cost, std::size_t sampled_dims,
                             const CostConstants& constants) {
  const kernels::Structure::Flops flops = structure.flops();
  const double products = flops.products + 40 * static_cast<double>(rows_cost);
  return constants.overhead_us +
         1e-3 * (flops.updates / constants.update_gflops + products / constants.product_gflops) +
         0.01 * static_cast<double>(sampled_dims);
}

double gradients_per_draw(const std::vector<double>& rows_per_level, std::size_t dims, const CostConstants& constants) {
  if (rows_per_level.empty()) return constants.full_gradients;
  const double worst = *std::max_element(rows_per_level.begin(), rows_per_level.end());
  const double kappa = 1 + constants.information_guess * worst;
  const double path = std::numbers::pi / 2 * std::sqrt(kappa) * std::pow(static_cast<double>(dims), 0.25);
  return std::max(constants.full_gradients, 2 * path);
}

}  // namespace woodbury::plan
