#include "woodbury/plan/linear.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "woodbury/plan/guess.hpp"
#include "woodbury/plan/integrated_block.hpp"
#include "woodbury/plan/series.hpp"

namespace woodbury::plan {

namespace {

using model::kNone;
using model::Model;
using model::NodeId;

LinearBlock& block_of(std::vector<LinearBlock>& blocks, const std::string& factor, bool integrated) {
  for (LinearBlock& block : blocks)
    if (block.factor == factor && block.integrated == integrated) return block;
  blocks.push_back({.factor = factor, .integrated = integrated});
  return blocks.back();
}

/// Integrated before sampled, factors in order of appearance before the border.
void order(std::vector<LinearBlock>& blocks) {
  std::stable_sort(blocks.begin(), blocks.end(), [](const LinearBlock& a, const LinearBlock& b) {
    const auto key = [](const LinearBlock& block) { return 2 * !block.integrated + block.factor.empty(); };
    return key(a) < key(b);
  });
}

/// A node over rows that holds no variable and one that holds no row: sd = scale · known.
struct Product {
  NodeId scalar = kNone, rows = kNone;
  bool separable = true;
};

bool over_rows(const Model& model, NodeId node) {
  const auto& dims = model.node(node).dims;
  return !dims.empty() && dims[0] == model::kRow;
}

Product separate(Model& model, NodeId node) {
  if (model::variables_of(model, node).empty()) {
    if (over_rows(model, node)) return {kNone, node, true};
    return {node, kNone, true};
  }
  if (!over_rows(model, node)) return {node, kNone, true};
  const model::Node n = model.node(node);
  if (n.op != model::Op::multiply && n.op != model::Op::divide) return {kNone, kNone, false};
  const Product a = separate(model, n.args[0]), b = separate(model, n.args[1]);
  if (!a.separable || !b.separable) return {kNone, kNone, false};
  const auto combine = [&](NodeId x, NodeId y) {
    if (y == kNone) return x;
    if (x == kNone && n.op == model::Op::multiply) return y;
    return model.binary(n.op, x == kNone ? model.constant(1) : x, y);
  };
  return {combine(a.scalar, b.scalar), combine(a.rows, b.rows), true};
}

}  // namespace

bool LinearBlock::loaded() const {
  return std::ranges::any_of(effects, [](const LinearEffect& effect) {
    return effect.loadings.size() != 1 || effect.loadings[0].sampled != kNone;
  });
}

std::vector<model::NodeId> LinearModel::row_expressions() const {
  std::vector<NodeId> nodes = rest;
  for (const LinearBlock& block : blocks)
    for (const LinearColumn& column : block.columns)
      if (column.row != kNone) nodes.push_back(column.row);
  return nodes;
}

bool LinearModel::has_row_columns() const {
  return std::ranges::any_of(blocks, [](const LinearBlock& block) {
    return std::ranges::any_of(block.columns, [](const LinearColumn& column) { return column.row != kNone; });
  });
}

namespace {

/// A term with a sampled coefficient, or none, goes to the column of its coefficient.
void add_sampled(const model::AffineTerm& term, LinearBlock& block) {
  const auto same = std::ranges::find(block.columns, term.sampled, &LinearColumn::sampled);
  if (same == block.columns.end())
    block.columns.push_back({.sampled = term.sampled, .data = {term.data}});
  else
    same->data.push_back(term.data);
}

}  // namespace

LinearModel make_linear(Model& model, const model::AffineForm& form, const LevelCount& levels) {
  LinearModel linear;
  linear.rest = form.rest;
  const std::vector<model::AffineTerm> terms = spread_levels(model, form.terms, levels);
  for (const model::AffineTerm& term : terms) {
    const bool integrated = term.variable >= 0;
    if (!integrated && term.sampled == kNone) {
      linear.offsets.push_back(term.data);
      continue;
    }
    LinearBlock& block = block_of(linear.blocks, term.factor, integrated);
    if (!integrated) add_sampled(term, block);
  }
  order(linear.blocks);
  for (LinearBlock& block : linear.blocks) {
    if (!block.integrated) continue;
    IntegratedBlock integrated(model, levels, block);
    for (const model::AffineTerm& term : terms)
      if (term.variable >= 0 && term.factor == block.factor) integrated.add(term);
    integrated.finish();
  }
  const NodeId sd = model.joint().sd;
  const Product product = separate(model, sd);
  if (product.separable) {
    linear.scale = product.scalar;
    linear.known = product.rows;
  } else {
    linear.row_sd = sd;
  }
  return linear;
}

namespace {

/// The values, with zeros at rows of other levels.
moments::ColumnPtr at_level(const moments::ColumnPtr& values, const frame::Factor& factor, std::size_t level) {
  std::vector<double> result(factor.codes.size());
  for (std::size_t n = 0; n < result.size(); ++n)
    if (static_cast<std::size_t>(factor.codes[n]) == level) result[n] = values ? (*values)[n] : 1;
  return std::make_shared<const frame::Numbers>(std::move(result));
}

}  // namespace

moments::Design bind_blocks(const Model& model, const LinearModel& linear, const frame::Frame& table) {
  std::vector<moments::Block> blocks;
  for (const LinearBlock& block : linear.blocks) {
    moments::Block bound;
    bound.factor = block.factor;
    if (!block.factor.empty()) {
      const frame::Factor& factor = table.factor(block.factor);
      bound.levels = factor.levels.size();
      bound.codes = factor.codes.data();
    }
    for (const LinearColumn& column : block.columns) {
      if (column.row != kNone) {
        bound.columns.push_back(guess(model, column.row, table));
        continue;
      }
      moments::ColumnPtr values = moments::evaluate(model, column.data.front(), table);
      for (std::size_t i = 1; i < column.data.size(); ++i)
        values = moments::add(values, moments::evaluate(model, column.data[i], table), table.rows());
      if (!column.indicator.empty()) values = at_level(values, table.factor(column.indicator), column.level);
      bound.columns.push_back(std::move(values));
    }
    blocks.push_back(std::move(bound));
  }
  return {table.rows(), std::move(blocks)};
}

std::vector<double> known_weights(const model::Model& model, const LinearModel& linear, const frame::Frame& table) {
  std::vector<double> weights;
  if (const moments::ColumnPtr known = moments::evaluate(model, linear.known, table))
    for (const double sd : *known) weights.push_back(1 / (sd * sd));
  return weights;
}

std::vector<double> response_values(const model::Model& model, const LinearModel& linear, const frame::Frame& table) {
  const std::size_t rows = table.rows() / model.observations.size();  // of each response: they stand below each other
  std::vector<double> y;
  for (const model::Observation& observation : model.observations) {
    const auto own = std::span(table.numeric(observation.response)).first(rows);
    const bool logged = observation.family == model::FamilyKind::lognormal;
    for (std::size_t n = 0; n < rows; ++n) {
      if (logged && !(own[n] > 0))
        throw base::Error(fmt::format("`{}` is {} in row {} of the rows used", observation.response, own[n], n + 1), {},
                          "a lognormal response is positive");
      y.push_back(logged ? std::log(own[n]) : own[n]);
    }
  }
  for (const NodeId offset : linear.offsets) {
    const moments::ColumnPtr values = moments::evaluate(model, offset, table);
    for (std::size_t n = 0; n < y.size(); ++n) y[n] -= values ? (*values)[n] : 1;
  }
  return y;
}

std::optional<double> constant_value(const model::Model& model, model::NodeId id, std::size_t component) {
  const model::Node& node = model.node(id);
  if (node.op == model::Op::constant) return node.value;
  if (node.op == model::Op::stack) return constant_value(model, node.args.at(component), 0);
  if (node.op != model::Op::variable) return std::nullopt;
  const model::Distribution& prior = model.variable(node.index).distribution;
  if (prior.kind != model::DistributionKind::constant) return std::nullopt;
  return constant_value(model, prior.args[0], 0);
}

namespace {

/// The sds of an integrated block's columns, where all are constant and independent.
std::vector<double> fixed_sds(const model::Model& model, const LinearBlock& block, const kernels::BlockRole& role) {
  if (!block.integrated || !role.diagonal || !role.flat.empty()) return {};
  std::vector<double> sds;
  for (const LinearEffect& effect : block.effects) {
    const auto& args = model.variable(effect.variable).distribution.args;
    const auto sd = constant_value(model, args[1], static_cast<std::size_t>(effect.component));
    if (!sd) return {};
    sds.push_back(*sd);
  }
  return sds;
}

}  // namespace

reduce::Rules reduction_rules(const model::Model& model, const LinearModel& linear, const kernels::Roles& roles,
                              const std::set<std::string, std::less<>>& without) {
  reduce::Rules rules{.rotatable = {}, .fixed = {}, .order = roles.order, .without = without};
  for (std::size_t k = 0; k < linear.blocks.size(); ++k) {
    const LinearBlock& block = linear.blocks[k];
    rules.rotatable.push_back(block.integrated && !block.factor.empty() && roles.blocks[k].flat.empty());
    rules.fixed.push_back(fixed_sds(model, block, roles.blocks[k]));
  }
  return rules;
}

}  // namespace woodbury::plan
