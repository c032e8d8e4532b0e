// Coding: learnt once, applied to any table.
#include "woodbury/design/coding.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "woodbury/design/coder.hpp"
#include "woodbury/design/learner.hpp"

namespace woodbury::design {

namespace {

void set_moments(DesignPart& part, const frame::Frame& coded) {
  for (DesignColumn& column : part.columns) {
    if (column.data.empty()) continue;
    const MeanSd found = mean_sd(coded.numeric(column.data));
    column.mean = found.mean;
    column.sd = found.sd;
  }
}

bool has_columns(const frame::Frame& table, const formula::Node& node) {
  const auto names = formula::column_nodes(node);
  return std::all_of(names.begin(), names.end(), [&](const auto* name) { return table.has(name->text); });
}

}  // namespace

Coding Coding::learn(const formula::Formula& formula, const frame::Frame& table,
                     const std::vector<std::string>& contrasts, frame::Frame* coded) {
  Coding coding;
  coding.formula_ = formula;
  Learner learner(formula, table, contrasts);
  coding.response_ = learner.response();
  coding.fixed_ = learner.part(formula.fixed);
  for (const auto& group : formula.groups) {
    coding.groups_.push_back({learner.part(group.terms), learner.group(group), group.correlated});
  }
  coding.learnt_ = learner.take();
  frame::Frame all = coding.apply(table);
  set_moments(coding.fixed_, all);
  for (GroupPart& group : coding.groups_) set_moments(group.design, all);
  if (coded != nullptr) *coded = std::move(all);
  return coding;
}

frame::Numbers Coding::values(const Piece& piece, const frame::Frame& table) const {
  return Coder(formula_, learnt_, table).numeric(piece, false);
}

frame::Frame Coding::apply(const frame::Frame& table) const {
  Coder coder(formula_, learnt_, table);
  frame::Frame coded;
  for (const std::string& name : learnt_.order) {
    if (name == response_ && !has_columns(table, *formula_.response)) continue;
    coded.add(name, coder.column(name, name == response_));
  }
  for (const auto& [name, group] : learnt_.groups) {
    const bool present =
        std::all_of(group.columns.begin(), group.columns.end(), [&](const auto& column) { return table.has(column); });
    if (present) coded.add(name, group_codes(table, group));
  }
  if (coded.names().empty() && !table.names().empty()) coded.add(table.names()[0], table.share(table.names()[0]));
  coded.source = table.source;
  return coded;
}

}  // namespace woodbury::design
