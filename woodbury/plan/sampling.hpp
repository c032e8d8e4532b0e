// How effects are parametrised if they are sampled.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "woodbury/plan/plan.hpp"
#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {

/// Of one Gaussian variable: the way, and why, to be added to a reason.
struct Parametrisation {
  Action action = Action::sample_centred;
  std::optional<Centring> centring;  ///< of a variable over a factor
  std::string words;
};

using Parametrisations = std::map<model::VariableId, Parametrisation>;

/// Centred, non-centred or, where some levels are and some are not, by level. `measure`: what the levels' information
/// is called.
[[nodiscard]] Parametrisation by_levels(Centring centring, std::string_view measure);

/// Of every Gaussian variable: as the options ask or, level by level, by the information in the data.
[[nodiscard]] Parametrisations parametrisations(const model::Model& model, const frame::Frame& table,
                                                const Survey& survey, const Options& options,
                                                const std::set<std::string, std::less<>>& without);

}  // namespace woodbury::plan
