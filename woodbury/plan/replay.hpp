// A plan.json taken up again: the same decisions without a search.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "woodbury/plan/plan.hpp"

namespace woodbury::plan {

/// The decisions of a plan.json, held to a model and a table.
struct Replay {
  Options options;  ///< rules switched off, and parametrisations that hold for all levels
  std::set<model::VariableId> set;
  std::optional<std::vector<std::size_t>> order = {};  ///< of elimination: blocks; not given: the planner's
  std::map<model::VariableId, std::vector<bool>> centred_levels;
};

/// Throws base::Error, saying what does not fit, where the plan is of another model or of other levels. The field
/// `order` may be absent.
[[nodiscard]] Replay read_replay(const nlohmann::json& json, model::Model& model, const frame::Frame& table,
                                 const Detection& detected);

/// What `read_replay` reads, as the field `decisions` of a plan.json.
[[nodiscard]] nlohmann::json decisions_json(const Plan& plan);

}  // namespace woodbury::plan
