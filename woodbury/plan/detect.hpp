// Detection: which Gaussian variables can be integrated together, and in words why the others cannot.
#pragma once

#include <map>
#include <set>
#include <string>

#include "woodbury/model/model.hpp"

namespace woodbury::plan {

/// A set that can be integrated, how the mean of the observation depends on it, and the reasons against the rest.
struct Detection {
  std::set<model::VariableId> set;
  model::AffineForm form;
  std::map<model::VariableId, std::string> obstacles;  ///< "sets the scale of `RT`"
};

/// True for a normal, multi_normal or flat variable that is not truncated.
[[nodiscard]] bool is_gaussian(const model::RandomVariable& variable);

/// The largest subset of `wanted` for which the mean of every Gaussian observation is jointly affine with coefficients
/// free of it, that appears in no scale and in no non-Gaussian or truncated distribution, and whose priors have means
/// affine in it and covariances free of it. `model` gains nodes that the form refers to.
[[nodiscard]] Detection detect(model::Model& model, const std::set<model::VariableId>& wanted);

/// All Gaussian variables of a model.
[[nodiscard]] std::set<model::VariableId> gaussian_variables(const model::Model& model);

}  // namespace woodbury::plan
