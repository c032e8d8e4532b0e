// Checks of a variable's distribution: number and shape of its arguments, and signs where they are numbers.
#pragma once

#include <string>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

/// Throws base::Error where the variable's distribution cannot be what it says.
void check_distribution(const Model& model, const RandomVariable& variable);
/// Throws base::Error where a constant, or a constant within a stack, is not above 0.
void check_positive(const Model& model, NodeId id, const std::string& variable, const std::string& argument);

}  // namespace woodbury::model
