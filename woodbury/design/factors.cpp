// Matching of labels to the levels learnt.
#include "woodbury/design/factors.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace woodbury::design {

using formula::Node;
using formula::NodeKind;

namespace {

// Distinct labels of one column of a grouping factor, and for each level learnt its index among them.
struct Component {
  std::vector<std::string> labels;
  std::vector<std::int32_t> of_level;
};

Component component(const std::vector<std::string>& parts) {
  Component result;
  result.labels = parts;
  std::sort(result.labels.begin(), result.labels.end());
  result.labels.erase(std::unique(result.labels.begin(), result.labels.end()), result.labels.end());
  result.of_level = match(parts, result.labels);
  return result;
}

std::vector<std::int32_t> recode(const frame::Factor& factor, const std::vector<std::string>& levels) {
  const std::vector<std::int32_t> to = match(factor.levels, levels);
  std::vector<std::int32_t> codes = factor.codes;
  for (auto& code : codes) code = code < 0 ? -1 : to[static_cast<std::size_t>(code)];
  return codes;
}

// A key of a combination: mixed radix over the components.
std::vector<std::int32_t> combined_codes(const frame::Frame& table, const LearntGroup& group) {
  std::vector<std::int64_t> level_keys(group.levels.size(), 0);
  std::vector<std::int64_t> row_keys(table.rows(), 0);
  for (std::size_t c = 0; c < group.columns.size(); ++c) {
    const Component part = component(group.parts[c]);
    const auto radix = static_cast<std::int64_t>(part.labels.size());
    const auto codes = recode(*as_factor(table, group.columns[c]), part.labels);
    for (std::size_t l = 0; l < level_keys.size(); ++l) level_keys[l] = level_keys[l] * radix + part.of_level[l];
    for (std::size_t i = 0; i < row_keys.size(); ++i) {
      row_keys[i] = codes[i] < 0 || row_keys[i] < 0 ? -1 : row_keys[i] * radix + codes[i];
    }
  }
  std::unordered_map<std::int64_t, std::int32_t> level_of;
  for (std::size_t l = 0; l < level_keys.size(); ++l) level_of[level_keys[l]] = static_cast<std::int32_t>(l);
  std::vector<std::int32_t> codes(table.rows(), -1);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto found = level_of.find(row_keys[i]);
    if (found != level_of.end()) codes[i] = found->second;
  }
  return codes;
}

}  // namespace

std::shared_ptr<const frame::Factor> as_factor(const frame::Frame& table, const std::string& column) {
  auto shared = table.share(column);
  if (const auto* factor = std::get_if<frame::Factor>(shared.get())) return {shared, factor};
  return std::make_shared<const frame::Factor>(frame::to_factor(table.numeric(column)));
}

frame::Factor factor_values(const formula::Formula& formula, const Node& node, const frame::Frame& table,
                            Standards& standards, bool learning) {
  const Node& inside = node.kind == NodeKind::call ? *node.children[0] : node;
  if (inside.kind == NodeKind::name) {
    require_column(formula, inside, table);
    return *as_factor(table, inside.text);
  }
  return frame::to_factor(Evaluator(formula, table, standards, learning).finite_values(inside));
}

LearntGroup learn_group(const frame::Frame& table, const std::vector<std::string>& columns) {
  std::vector<std::shared_ptr<const frame::Factor>> owners;
  std::vector<const frame::Factor*> factors;
  for (const std::string& column : columns) {
    owners.push_back(as_factor(table, column));
    factors.push_back(owners.back().get());
    const auto missing = std::find(factors.back()->codes.begin(), factors.back()->codes.end(), -1);
    if (missing != factors.back()->codes.end()) {
      throw base::Error(fmt::format("`{}` is missing in row {}", column, missing - factors.back()->codes.begin() + 1));
    }
  }
  LearntGroup group{columns, {}, {}};
  const frame::Factor joint = frame::interact(factors, columns);
  group.levels = joint.levels;
  if (columns.size() < 2) return group;
  group.parts.assign(columns.size(), std::vector<std::string>(joint.levels.size()));
  std::vector<bool> seen(joint.levels.size(), false);
  for (std::size_t i = 0; i < joint.codes.size(); ++i) {
    const auto level = static_cast<std::size_t>(joint.codes[i]);
    if (seen[level]) continue;
    seen[level] = true;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      group.parts[c][level] = factors[c]->levels[static_cast<std::size_t>(factors[c]->codes[i])];
    }
  }
  return group;
}

std::vector<std::int32_t> match(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  std::unordered_map<std::string, std::int32_t> index;
  for (std::size_t i = 0; i < to.size(); ++i) index.emplace(to[i], static_cast<std::int32_t>(i));
  std::vector<std::int32_t> found(from.size(), -1);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (const auto at = index.find(from[i]); at != index.end()) found[i] = at->second;
  }
  return found;
}

std::shared_ptr<const frame::Column> group_codes(const frame::Frame& table, const LearntGroup& group) {
  if (group.columns.size() > 1) {
    return std::make_shared<const frame::Column>(frame::Factor{combined_codes(table, group), group.levels});
  }
  const auto factor = as_factor(table, group.columns[0]);
  if (factor->levels == group.levels && table.is_factor(group.columns[0])) return table.share(group.columns[0]);
  return std::make_shared<const frame::Column>(frame::Factor{recode(*factor, group.levels), group.levels});
}

}  // namespace woodbury::design
