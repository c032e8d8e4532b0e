#include "woodbury/answers/rows.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace woodbury::answers {

using model::NodeId;
using model::Op;

namespace {

std::vector<std::string> parts_of(const std::string& factor) {
  std::vector<std::string> parts{""};
  for (const char c : factor) c == ':' ? void(parts.emplace_back()) : parts.back().push_back(c);
  return parts;
}

/// A row's label of a factor or interaction, as the user's table has it.
std::string label_of(const frame::Frame& raw, const std::string& factor, std::size_t row) {
  std::string label;
  const bool whole = raw.has(factor);
  for (const std::string& part : whole ? std::vector<std::string>{factor} : parts_of(factor)) {
    if (!raw.has(part)) return {};
    const frame::Factor column = raw.is_factor(part) ? raw.factor(part) : frame::to_factor(raw.numeric(part));
    const auto code = column.codes[row];
    label += (label.empty() ? "" : "_") + (code < 0 ? "NA" : column.levels[static_cast<std::size_t>(code)]);
  }
  return label;
}

/// The coded frame of a fit from the user's columns; a built model's columns are the table's own.
frame::Frame code(const Bound& bound, const frame::Frame& raw) {
  frame::Frame coded;
  const auto add = [&](const frame::Frame& from) {
    for (const std::string& name : from.names())
      if (!coded.has(name)) coded.add(name, from.share(name));
  };
  if (bound.coding()) add(bound.coding()->apply(raw));
  if (bound.sigma_coding()) add(bound.sigma_coding()->apply(raw));
  add(raw);
  return coded;
}

/// Whether an expression reads a value at the levels of some factor.
bool gathers(const model::Model& model, NodeId node, const std::string& factor) {
  const model::Node& each = model.node(node);
  if (each.op == Op::gather && (factor.empty() || each.name == factor)) return true;
  return std::ranges::any_of(each.args, [&](NodeId argument) { return gathers(model, argument, factor); });
}

/// The variable of `effect_of`; none where there is no such.
std::optional<model::VariableId> find_effect(const plan::Plan& plan, const plan::LinearColumn& column) {
  NodeId node = column.sampled;
  if (node == model::kNone) return {};
  if (plan.model.node(node).op == Op::component) node = plan.model.node(node).args[0];
  const model::Node& each = plan.model.node(node);
  if (each.op != Op::variable) return {};
  const model::Distribution& prior = plan.model.variable(each.index).distribution;
  const bool gaussian =
      prior.kind == model::DistributionKind::normal || prior.kind == model::DistributionKind::multi_normal;
  if (!gaussian) return {};
  const model::Node& mean = plan.model.node(prior.args[0]);
  const auto is_zero = [&](NodeId id) {
    return plan.model.node(id).op == Op::constant && plan.model.node(id).value == 0;
  };
  const bool centred = mean.op == Op::stack ? std::ranges::all_of(mean.args, is_zero) : is_zero(prior.args[0]);
  if (!centred) return {};
  return each.index;
}

}  // namespace

model::VariableId effect_of(const plan::Plan& plan, const plan::LinearColumn& column, const std::string& factor) {
  if (const auto found = find_effect(plan, column)) return *found;
  throw base::Error(fmt::format("`{}` over `{}` has no prior of its own to stand for another level",
                                model::to_text(plan.model, column.sampled), factor),
                    {}, "predict for known levels");
}

bool has_own_prior(const plan::Plan& plan, const plan::LinearBlock& block) {
  return std::ranges::all_of(block.columns, [&](const plan::LinearColumn& column) {
    return column.indicator.empty() && find_effect(plan, column).has_value();
  });
}

bool GroupEffects::fresh(const std::string& of) const {
  if (kind != Kind::fresh) return false;
  if (factor.empty()) return true;
  const auto wanted = parts_of(factor), parts = parts_of(of);
  return std::ranges::all_of(wanted, [&](const std::string& part) { return std::ranges::count(parts, part) > 0; });
}

bool Rows::zero(const std::string& factor) const {
  return effects_.kind == GroupEffects::Kind::none && !factor.empty();
}

Rows Rows::of_new(const Bound& bound, const frame::Frame& raw, const GroupEffects& effects) {
  return {bound, code(bound, raw), raw, effects};
}

Rows Rows::of_coded(const Bound& bound, const frame::Frame& coded, const GroupEffects& effects) {
  return {bound, coded, coded, effects};
}

Rows Rows::of_fit(const Bound& bound, const GroupEffects& effects) {
  return {bound, bound.data(), bound.data(), effects};
}

Rows::Rows(const Bound& bound, frame::Frame coded, const frame::Frame& raw, const GroupEffects& effects)
    : effects_(effects) {
  const plan::Plan& plan = bound.plan();
  const auto factors = plan.model.data_factors();
  if (effects.kind == GroupEffects::Kind::fresh &&
      std::ranges::none_of(factors, [&](const std::string& f) { return effects_.fresh(f); }))
    throw base::Error(fmt::format("the model has no grouping factor `{}`", effects.factor), {},
                      base::did_you_mean(effects.factor, factors));
  place_levels(bound, coded, raw);
  design_ = std::make_shared<const moments::Design>(plan::bind_blocks(plan.model, plan.linear, table_));
  choose_uses(bound);
  for (const NodeId offset : plan.linear.offsets) {
    offsets_.resize(table_.rows());
    const moments::ColumnPtr values = moments::evaluate(plan.model, offset, table_);
    for (std::size_t n = 0; n < offsets_.size(); ++n) offsets_[n] += values ? (*values)[n] : 1;
  }
  const std::string& response = bound.observation().response;
  if (table_.has(response) && table_.is_numeric(response)) {
    response_ = table_.numeric(response).copy();
    if (bound.lognormal())
      for (double& y : response_) y = std::log(y);
  }
  std::vector<NodeId> roots = plan.linear.row_expressions();
  if (plan.linear.row_sd != model::kNone) roots.push_back(plan.linear.row_sd);
  if (!roots.empty()) tape_ = std::make_shared<const density::Tape>(plan.model, table_, roots);
}

void Rows::place_levels(const Bound& bound, const frame::Frame& coded, const frame::Frame& raw) {
  const auto factors = bound.plan().model.data_factors();
  for (const std::string& name : coded.names())
    if (std::ranges::count(factors, name) == 0) table_.add(name, coded.share(name));
  for (const std::string& factor : factors) place_factor(bound, coded, raw, factor);
}

/// Codes of the fit's levels; what is not among them is a new level where that is asked for, else an error.
void Rows::place_factor(const Bound& bound, const frame::Frame& coded, const frame::Frame& raw,
                        const std::string& factor) {
  const std::vector<std::string>& levels = bound.data().factor(factor).levels;
  const std::size_t rows = raw.rows();
  frame::Factor placed{std::vector<std::int32_t>(rows, 0), levels};
  auto& unknown = unknown_[factor];
  unknown.assign(rows, true);
  if (coded.has(factor)) {
    const frame::Factor from = coded.is_factor(factor) ? coded.factor(factor) : frame::to_factor(coded.numeric(factor));
    std::map<std::string, std::int32_t> number;
    for (std::size_t j = 0; j < levels.size(); ++j) number[levels[j]] = static_cast<std::int32_t>(j);
    for (std::size_t n = 0; n < rows; ++n) {
      if (from.codes[n] < 0) continue;
      const auto found = number.find(from.levels[static_cast<std::size_t>(from.codes[n])]);
      if (found == number.end()) continue;
      placed.codes[n] = found->second;
      unknown[n] = false;
    }
  }
  table_.add(factor, std::move(placed));
  if (zero(factor)) return;
  const auto first = std::ranges::find(unknown, true);
  if (first == unknown.end()) return;
  if (!effects_.fresh(factor)) {
    const auto row = static_cast<std::size_t>(first - unknown.begin());
    const std::string label = label_of(raw, factor, row);
    if (label.empty())
      throw base::Error(fmt::format("the data have no column `{}`", factor), {},
                        fmt::format("add it, or ask for effects `none` or `new:{}`", factor));
    throw base::Error(fmt::format("`{}` has no level `{}`, as row {} has it", factor, label, row + 1), {},
                      fmt::format("ask for effects `new:{}`, or correct it", factor));
  }
  auto found = std::make_shared<NewLevels>();
  found->level.assign(rows, -1);
  for (std::size_t n = 0; n < rows; ++n) {
    if (!unknown[n]) continue;
    const std::string label = label_of(raw, factor, n);
    auto at = std::ranges::find(found->labels, label);
    if (at == found->labels.end()) at = found->labels.insert(found->labels.end(), label);
    found->level[n] = static_cast<std::int32_t>(at - found->labels.begin());
  }
  new_levels_[factor] = found;
  if (named_ == nullptr || factor == effects_.factor) named_ = found;
}

void Rows::choose_uses(const Bound& bound) {
  const plan::Plan& plan = bound.plan();
  for (const plan::LinearBlock& block : plan.linear.blocks) {
    for (const plan::LinearColumn& column : block.columns)
      if (!column.indicator.empty() && std::ranges::count(unknown_[column.indicator], true) > 0)
        throw base::Error(
            fmt::format("loadings over `{}` have no value at a level that the fit did not see", column.indicator), {},
            fmt::format("predict for known levels of `{}`", column.indicator));
    auto& uses = uses_.emplace_back();
    const auto found = new_levels_.find(block.factor);
    by_block_.push_back(found == new_levels_.end() ? nullptr : found->second);
    const bool some = !block.factor.empty() && std::ranges::count(unknown_[block.factor], true) > 0;
    if (!zero(block.factor) && !some) {
      uses.push_back(Use::known);
      continue;
    }
    for (const plan::LinearColumn& column : block.columns)
      if (!block.integrated) static_cast<void>(effect_of(plan, column, block.factor));
    if (zero(block.factor)) {
      uses.push_back(Use::zero);
      continue;
    }
    for (const bool unknown : unknown_[block.factor]) uses.push_back(unknown ? Use::fresh : Use::known);
  }
  for (const auto& [factor, unknown] : unknown_) {
    if (!zero(factor) && std::ranges::count(unknown, true) == 0) continue;
    for (const NodeId node : plan.linear.row_expressions())
      if (gathers(plan.model, node, factor))
        throw base::Error(fmt::format("effects of `{}` enter a mean that is not linear in them", factor), {},
                          "predict for known levels");
    if (!zero(factor) && plan.linear.row_sd != model::kNone && gathers(plan.model, plan.linear.row_sd, factor))
      throw base::Error(
          fmt::format("the residual sd depends on effects of `{}`, which a new level does not have", factor), {},
          "predict for known levels, or with effects `none`");
  }
}

}  // namespace woodbury::answers
