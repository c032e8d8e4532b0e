// Detection: which Gaussian variables can be integrated together, and in words why the others cannot.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "woodbury/frame/frame.hpp"
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

/// Levels of a factor of the data.
using LevelCount = std::function<std::size_t(const std::string& factor)>;
/// Those of a table, which must outlive it.
[[nodiscard]] LevelCount level_count(const frame::Frame& table);

/// Levels of a factor that loadings of an integrated effect may vary over as one column of the design each, and numbers
/// that the columns' cross-products may be; beyond, loadings are read at the rows, at every point.
inline constexpr std::size_t kMostLoadings = 64, kMostLoadedNumbers = 4'000'000;

/// The largest subset of `wanted` for which the mean of every Gaussian observation is jointly affine with coefficients
/// free of it, that appears in no scale and in no non-Gaussian or truncated distribution, and whose priors have means
/// affine in it and covariances free of it. Of two that are multiplied the one with more values stays, of two alike the
/// one declared first; its coefficient is then sampled. `model` gains nodes that the form refers to. Without `levels`
/// all factors count alike, and none has too many for loadings.
[[nodiscard]] Detection detect(model::Model& model, const std::set<model::VariableId>& wanted,
                               const LevelCount& levels = {});

/// All Gaussian variables of a model.
[[nodiscard]] std::set<model::VariableId> gaussian_variables(const model::Model& model);

}  // namespace woodbury::plan
