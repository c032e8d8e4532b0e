// Draws by column, all chains one after the other. Internal to answers.
#pragma once

#include <string>
#include <vector>

#include "woodbury/draws/draws.hpp"
#include "woodbury/store/store.hpp"

namespace woodbury::answers {

[[nodiscard]] inline std::vector<double> all_draws(const draws::Draws& draws, std::size_t column) {
  std::vector<double> all;
  for (const draws::Chain& chain : draws.chains)
    for (std::size_t i = 0; i < chain.draws; ++i) all.push_back(chain.values[i * draws.width() + column]);
  return all;
}

/// A scalar's draws; empty where there is none of that name.
[[nodiscard]] inline std::vector<double> scalar(const draws::Draws& draws, const std::string& name) {
  return draws.has(name) ? all_draws(draws, draws.offset(draws.find(name))) : std::vector<double>();
}

/// Variables r_g, r_g_2, … of the mean, with dims (g, coef).
[[nodiscard]] inline bool is_group_effect(const draws::Variable& variable) {
  return variable.dims.size() == 2 && variable.name.starts_with("r_" + variable.dims[0]);
}

}  // namespace woodbury::answers
