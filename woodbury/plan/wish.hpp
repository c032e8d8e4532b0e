// What a user asks of the planner by name: --integrate and --parametrisation.
#pragma once

#include "woodbury/plan/candidates.hpp"

namespace woodbury::plan {

/// The set a user's list names. Throws where a name is unknown, or cannot be integrated even by itself.
[[nodiscard]] std::set<model::VariableId> named_set(model::Model& model, const std::string& list,
                                                    const std::vector<Group>& gaussian, const Detection& detected,
                                                    const LevelCount& levels);

/// The set, where it can be integrated as it is. Throws with the reason where it cannot.
[[nodiscard]] std::set<model::VariableId> checked(model::Model& model, const std::set<model::VariableId>& set,
                                                  const LevelCount& levels);

/// Throws where --parametrisation names no effect, or no way.
void check_parametrisation(const model::Model& model, const Options& options);

}  // namespace woodbury::plan
