// Dims of nodes: inferred from their arguments, and put in words where they do not fit.
#pragma once

#include <string>
#include <vector>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

/// Dims that follow from the operation and its arguments. Throws base::Error where they do not go together.
[[nodiscard]] std::vector<std::string> infer_dims(const Model& model, const Node& node);

/// "has a value for each row", "has a value for each level of BROOD", "has a row for each level of g and 2 columns".
[[nodiscard]] std::string shape_in_words(const Model& model, const std::vector<std::string>& dims);
/// What to write instead where a value over a factor stands among values over `wanted` (rows, where it is empty).
[[nodiscard]] std::string how_to_read(const Model& model, NodeId node, const std::string& wanted);
/// Throws base::Error of the two above.
[[noreturn]] void throw_shape(const Model& model, NodeId culprit, const std::string& wanted);

}  // namespace woodbury::model
