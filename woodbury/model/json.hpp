// A model as JSON and back: the same graph, names and priors; also a model as lines of mathematics, in text and LaTeX.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

/// {"format": 1, "variables": [{name, dims, distribution, args}], "observations": […], "derived": […], "dims": {…}};
/// an expression is a number, {"column": x}, {"variable": b} or {"op": …, "args": […]}; {"shared": k} is entry k of
/// "shared", written once where several places refer to it. Sums list their terms flat.
[[nodiscard]] nlohmann::json to_json(const Model& model);
/// Throws base::Error that names the path within the JSON (variables[3].args[0]) and what would be right.
[[nodiscard]] Model from_json(const nlohmann::json& json);
/// The model as one line a variable and observation: "r_Subject[Subject, coef] ~ multi_normal(0, …)".
[[nodiscard]] std::string to_text(const Model& model);
/// The same in LaTeX, an `aligned` block without dollar signs.
[[nodiscard]] std::string to_latex(const Model& model);
/// An expression as text.
[[nodiscard]] std::string to_text(const Model& model, NodeId node);

}  // namespace woodbury::model
