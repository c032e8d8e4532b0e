#include "woodbury/plan/replay.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "woodbury/plan/candidates.hpp"
#include "woodbury/plan/wish.hpp"

namespace woodbury::plan {

namespace {

using base::Error;
using model::Model;
using model::VariableId;
using nlohmann::json;

const char* const kOther = "the plan is of another model: make one for this with `woodbury explain --json`";

/// A variable that the plan names, which must have a Gaussian prior here, too.
VariableId gaussian(const Model& model, const std::string& name) {
  if (!model.has(name)) throw Error(fmt::format("--plan: the model has no variable `{}`", name), {}, kOther);
  const VariableId v = model.find(name);
  if (!is_gaussian(model.variable(v)))
    throw Error(fmt::format("--plan: `{}` has no Gaussian prior in this model", name), {}, kOther);
  return v;
}

void read_integrated(const json& names, Model& model, const LevelCount& levels, const Detection& detected,
                     Replay& replay) {
  for (const json& name : names) {
    const VariableId v = gaussian(model, name);
    const auto reason = detected.obstacles.find(v);
    if (reason != detected.obstacles.end() && detect(model, {v}, levels).set.empty())
      throw Error(fmt::format("--plan: `{}` cannot be integrated in this model: it {}", name.get<std::string>(),
                              reason->second));
    replay.set.insert(v);
  }
  replay.set = checked(model, replay.set, levels);
}

void read_sampled(const json& ways, const Model& model, const frame::Frame& table, Replay& replay) {
  for (const auto& [name, way] : ways.items()) {
    const VariableId v = gaussian(model, name);
    if (way.is_string()) {
      replay.options.parametrisation[name] = way;
      continue;
    }
    const auto levels = way.get<std::vector<bool>>();
    const auto& dims = model.variable(v).dims;
    const std::size_t have =
        dims.empty() || model.dim_labels.contains(dims[0]) ? 0 : table.factor(dims[0]).levels.size();
    if (levels.size() != have)
      throw Error(fmt::format("--plan: `{}` has {} levels in the plan and {} in the data", name, levels.size(), have),
                  {}, "the plan is of other data: make one for these with `woodbury explain --json`");
    replay.centred_levels[v] = levels;
  }
  for (const VariableId v : gaussian_variables(model))
    if (!replay.set.contains(v) && !ways.contains(model.variable(v).name))
      throw Error(fmt::format("--plan: the plan says nothing of `{}`", model.variable(v).name), {}, kOther);
}

void read_order(const json& factors, Model& model, const LevelCount& levels, Replay& replay) {
  const LinearModel linear = make_linear(model, detect(model, replay.set, levels).form, levels);
  replay.order.emplace();
  for (const json& factor : factors) {
    const auto block = std::find_if(linear.blocks.begin(), linear.blocks.end(), [&](const LinearBlock& b) {
      return b.integrated && !b.factor.empty() && b.factor == factor.get<std::string>();
    });
    if (block == linear.blocks.end())
      throw Error(fmt::format("--plan: nothing over `{}` is integrated in this model", factor.get<std::string>()), {},
                  kOther);
    replay.order->push_back(static_cast<std::size_t>(block - linear.blocks.begin()));
  }
}

}  // namespace

Replay read_replay(const json& plan, Model& model, const frame::Frame& table, const Detection& detected) {
  try {
    if (!plan.is_object() || !plan.contains("decisions"))
      throw Error("--plan: the file holds no decisions", {},
                  "give a plan.json of a fit, or of `woodbury explain --json`");
    const json& decisions = plan.at("decisions");
    Replay replay;
    replay.options.without = decisions.at("without").get<std::set<std::string, std::less<>>>();
    read_integrated(decisions.at("integrated"), model, level_count(table), detected, replay);
    read_sampled(decisions.at("sampled"), model, table, replay);
    if (decisions.contains("order")) read_order(decisions.at("order"), model, level_count(table), replay);
    return replay;
  } catch (const json::exception& error) {
    throw Error(fmt::format("--plan: the file is not a plan: {}", error.what()), {},
                "give a plan.json of a fit, or of `woodbury explain --json`");
  }
}

json decisions_json(const Plan& plan) {
  json decisions{
      {"integrated", json::array()}, {"order", json::array()}, {"sampled", json::object()}, {"without", plan.without}};
  for (const VariableId v : plan.integrated) decisions["integrated"].push_back(plan.model.variable(v).name);
  for (const std::size_t block : plan.roles.order) decisions["order"].push_back(plan.linear.blocks[block].factor);
  for (const auto& [v, action] : plan.actions) {
    if (action == Action::integrate) continue;
    json& way = decisions["sampled"][plan.model.variable(v).name];
    if (action == Action::sample_by_level)
      way = plan.centred_levels.at(v);
    else
      way = action == Action::sample_centred ? "centred" : "noncentred";
  }
  return decisions;
}

}  // namespace woodbury::plan
