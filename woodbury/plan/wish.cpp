// What a user asks of the planner by name: --integrate and --parametrisation.
#include "woodbury/plan/wish.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace woodbury::plan {

namespace {

using model::Model;
using model::VariableId;

std::string trim(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t`"), end = text.find_last_not_of(" \t`");
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

/// `(x | g)` names its factor.
std::string group_name(const std::string& item) {
  const auto bar = item.rfind('|');
  if (item.size() < 2 || item.front() != '(' || bar == std::string::npos) return item;
  return trim(item.substr(bar + 1, item.size() - bar - 2));
}

struct Item {
  std::string text;
  std::size_t at = 0;  ///< in the list
};

/// Names separated by commas outside brackets; empty ones are left out.
std::vector<Item> items_of(const std::string& list) {
  std::vector<Item> items;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && (depth > 0 || list[i] != ',')) {
      depth += list[i] == '(' ? 1 : list[i] == ')' ? -1 : 0;
      continue;
    }
    const std::string text = trim(list.substr(begin, i - begin));
    if (!text.empty()) items.push_back({text, list.find(text, begin)});
    begin = i + 1;
  }
  return items;
}

}  // namespace

std::set<VariableId> named_set(Model& model, const std::string& list, const std::vector<Group>& gaussian,
                               const Detection& detected, const LevelCount& levels) {
  std::set<VariableId> set;
  std::vector<std::string> known;
  for (const Group& group : gaussian) known.push_back(group.name());
  for (const Group& group : gaussian)
    for (const VariableId v : group.variables) known.push_back(model.variable(v).name);
  for (const auto& [text, at] : items_of(list)) {
    const std::string name = group_name(text);
    const auto group = std::find_if(gaussian.begin(), gaussian.end(), [&](const Group& g) { return g.name() == name; });
    std::set<VariableId> meant;
    if (group != gaussian.end()) {
      // Those of them that can be, if any can: sigma's effects over the factor never can.
      std::copy_if(group->variables.begin(), group->variables.end(), std::inserter(meant, meant.end()),
                   [&](VariableId v) { return !detected.obstacles.contains(v); });
      if (meant.empty()) meant = group->variables;
    } else if (model.has(name)) {
      meant.insert(model.find(name));
    } else {
      throw base::Error(fmt::format("--integrate: no effect `{}` with a Gaussian prior", name),
                        base::Place{list, at, at + text.size()}, base::did_you_mean(name, known));
    }
    for (const VariableId v : meant) {
      if (!is_gaussian(model.variable(v)))
        throw base::Error(fmt::format("--integrate: `{}` has no Gaussian prior", model.variable(v).name));
      const auto reason = detected.obstacles.find(v);
      if (reason != detected.obstacles.end() && detect(model, {v}, levels).set.empty())
        throw base::Error(
            fmt::format("--integrate: `{}` cannot be integrated: it {}", model.variable(v).name, reason->second));
      set.insert(v);
    }
  }
  if (set.empty())
    throw base::Error("--integrate names nothing", {}, "write `auto`, `all`, `none`, or effects separated by commas");
  return set;
}

std::set<VariableId> checked(Model& model, const std::set<VariableId>& set, const LevelCount& levels) {
  const Detection detection = detect(model, set, levels);
  if (detection.set == set) return set;
  const auto& [v, reason] = *detection.obstacles.begin();
  throw base::Error(
      fmt::format("--integrate: `{}` cannot be integrated with this choice: it {}", model.variable(v).name, reason));
}

void check_parametrisation(const Model& model, const Options& options) {
  std::vector<std::string> known;
  for (const VariableId v : gaussian_variables(model)) {
    known.push_back(model.variable(v).name);
    if (!model.variable(v).dims.empty()) known.push_back(model.variable(v).dims[0]);
  }
  for (const auto& [name, value] : options.parametrisation) {
    if (value != "centred" && value != "noncentred" && value != "auto")
      throw base::Error(fmt::format("--parametrisation: `{}` is not a parametrisation", value), {},
                        "known are `centred`, `noncentred`, `auto`");
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw base::Error(fmt::format("--parametrisation: no effect `{}` with a Gaussian prior", name), {},
                        base::did_you_mean(name, known));
  }
}

}  // namespace woodbury::plan
