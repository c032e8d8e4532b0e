// Effects on the log of the residual sd: how much the data tell of each level's, which says how it is best sampled.
#pragma once

#include <map>
#include <span>

#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {

/// Of the Gaussian variables over factors in η, where the residual sd is exp(η) times what is known and η is affine in
/// them: the information on η is 2 a row. Their variances are guessed from the residuals of the mean as the survey
/// fitted it. Empty where η is no such thing.
[[nodiscard]] std::map<model::VariableId, Information> scale_information(model::Model& model, const frame::Frame& table,
                                                                         std::span<const double> residuals);

}  // namespace woodbury::plan
