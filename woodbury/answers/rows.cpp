#include "woodbury/answers/rows.hpp"

#include <algorithm>
#include <cmath>

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

/// The effect variable that a sampled coefficient over a factor is, or a column of; refused where it is more.
model::VariableId effect_of(const plan::Plan& plan, const plan::LinearColumn& column, const std::string& factor) {
  NodeId node = column.sampled;
  if (plan.model.node(node).op == Op::component) node = plan.model.node(node).args[0];
  const model::Node& each = plan.model.node(node);
  const auto refuse = [&](const std::string& name) {
    throw base::Error(fmt::format("`{}` over `{}` has no prior of its own to stand for another level", name, factor),
                      {}, "predict for known levels");
  };
  if (each.op != Op::variable) refuse(model::to_text(plan.model, node));
  const model::Distribution& prior = plan.model.variable(each.index).distribution;
  const model::Node& mean = plan.model.node(prior.args[0]);
  const bool gaussian =
      prior.kind == model::DistributionKind::normal || prior.kind == model::DistributionKind::multi_normal;
  const auto is_zero = [&](NodeId id) {
    return plan.model.node(id).op == Op::constant && plan.model.node(id).value == 0;
  };
  const bool centred = mean.op == Op::stack ? std::ranges::all_of(mean.args, is_zero) : is_zero(prior.args[0]);
  if (!gaussian || !centred) refuse(plan.model.variable(each.index).name);
  return each.index;
}

}  // namespace

bool Rows::fresh(const std::string& factor) const {
  if (effects_.kind != GroupEffects::Kind::fresh) return false;
  if (effects_.factor.empty()) return true;
  const auto wanted = parts_of(effects_.factor), parts = parts_of(factor);
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
      std::ranges::none_of(factors, [&](const std::string& f) { return fresh(f); }))
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
  std::vector<NodeId> roots = plan.linear.rest;
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
  if (!fresh(factor)) {
    const auto row = static_cast<std::size_t>(first - unknown.begin());
    const std::string label = label_of(raw, factor, row);
    if (label.empty())
      throw base::Error(fmt::format("the data have no column `{}`", factor), {},
                        fmt::format("add it, or ask for `--effects none` or `--effects new:{}`", factor));
    throw base::Error(fmt::format("`{}` has no level `{}`, as row {} has it", factor, label, row + 1), {},
                      fmt::format("ask for `--effects new:{}`, or correct it", factor));
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
    if (block.loaded())
      throw base::Error(fmt::format("`{}` is multiplied by sampled values, and integrated",
                                    plan.model.variable(block.effects.front().variable).name),
                        {}, "fit with `--integrate none`: predictions of loadings are not there yet");
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
    for (const NodeId node : plan.linear.rest)
      if (gathers(plan.model, node, factor))
        throw base::Error(fmt::format("effects of `{}` enter a mean that is not linear in them", factor), {},
                          "predict for known levels");
    if (!zero(factor) && plan.linear.row_sd != model::kNone && gathers(plan.model, plan.linear.row_sd, factor))
      throw base::Error(
          fmt::format("the residual sd depends on effects of `{}`, which a new level does not have", factor), {},
          "predict for known levels, or with `--effects none`");
  }
}

Predictor::Predictor(const Bound& bound, const Rows& rows, bool noise)
    : bound_(bound), rows_(rows), density_(bound.density()) {
  const plan::LinearModel& linear = bound.plan().linear;
  effects_.resize(rows.design().size());
  factors_.resize(linear.blocks.size());
  if (noise) weights_ = plan::known_weights(bound.plan().model, linear, rows.table());
  for (std::size_t k = 0; k < linear.blocks.size(); ++k)
    for (std::size_t c = 0; c < linear.blocks[k].columns.size(); ++c) origin_ += density_.likelihood().origin(k, c);
}

bool Predictor::place(std::size_t draw) {
  // A point worked in more digits has no kernel to ask.
  if (!std::isfinite(bound_.place(density_, draw)) || density_.likelihood().precise()) return false;
  auto& likelihood = density_.likelihood();
  std::ranges::copy(likelihood.row_point().coefficients, effects_.begin());
  likelihood.conditional_mean(effects_);
  fresh_factors();
  if (const density::Tape* tape = rows_.tape()) {
    const model::Model& model = bound_.plan().model;
    if (row_values_.empty()) row_values_ = tape->initial_values();
    for (const NodeId id : tape->order()) {
      const model::Node& node = model.node(id);
      if (node.op != Op::variable) {
        tape->forward(id, row_values_);
        continue;
      }
      const auto& dims = model.variable(node.index).dims;
      const bool zero = !dims.empty() && !model.dim_labels.contains(dims[0]) && rows_.zero(dims[0]);
      const double* from = &density_.values()[density_.tape().offset(id)];
      for (std::size_t i = 0; i < tape->size(id); ++i) row_values_[tape->offset(id) + i] = zero ? 0 : from[i];
    }
  }
  return true;
}

/// Covariance factors of blocks that are new in some row: the kernel's, or from a sampled effect's prior.
void Predictor::fresh_factors() {
  const plan::Plan& plan = bound_.plan();
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    const plan::LinearBlock& block = plan.linear.blocks[k];
    bool fresh = false;
    for (std::size_t n = 0; n < rows_.size() && !fresh; ++n) fresh = rows_.use(n, k) == Use::fresh;
    if (!fresh) continue;
    const std::size_t d = block.columns.size();
    factors_[k].assign(d * d, 0);
    if (block.integrated) {
      const std::vector<double>& c = density_.likelihood().row_point().factor[k];
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) factors_[k][i * d + j] = c.size() == d ? (i == j ? c[i] : 0) : c[i * d + j];
      continue;
    }
    const auto value = [&](NodeId node, std::size_t i) {
      return density_.values()[density_.tape().offset(node) + (density_.tape().size(node) > 1 ? i : 0)];
    };
    for (std::size_t i = 0; i < d; ++i) {
      const model::VariableId v = effect_of(plan, block.columns[i], block.factor);
      const model::Distribution& prior = plan.model.variable(v).distribution;
      const model::Node& sampled = plan.model.node(block.columns[i].sampled);
      const auto own = static_cast<std::size_t>(sampled.op == Op::component ? sampled.index : 0);
      const double sd = value(prior.args[1], own);
      for (std::size_t j = 0; j < d; ++j) {
        if (effect_of(plan, block.columns[j], block.factor) != v) continue;
        const model::Node& other = plan.model.node(block.columns[j].sampled);
        const auto its = static_cast<std::size_t>(other.op == Op::component ? other.index : 0);
        if (prior.args.size() < 3 || prior.args[2] == model::kNone) {
          factors_[k][i * d + j] = i == j ? sd : 0;
          continue;
        }
        const auto width = static_cast<std::size_t>(std::lround(std::sqrt(density_.tape().size(prior.args[2]))));
        factors_[k][i * d + j] = sd * value(prior.args[2], its * width + own);
      }
    }
  }
}

double Predictor::mean(std::size_t row) const {
  double mean = origin_ + rows_.offset(row);
  const auto& blocks = rows_.design().blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (rows_.use(row, k) != Use::known) continue;
    const std::size_t level = blocks[k].codes ? static_cast<std::size_t>(blocks[k].codes[row]) : 0;
    const double* w = &effects_[rows_.design().offset(k) + level * blocks[k].columns.size()];
    for (std::size_t c = 0; c < blocks[k].columns.size(); ++c) mean += column(k, c, row) * w[c];
  }
  for (const NodeId node : bound_.plan().linear.rest) mean += row_values_[rows_.tape()->offset(node) + row];
  return mean;
}

void Predictor::draw_effects(base::Stream& stream) {
  auto& likelihood = density_.likelihood();
  std::ranges::copy(likelihood.row_point().coefficients, effects_.begin());
  if (!bound_.plan().integrated.empty()) likelihood.recover(stream, effects_);
  fresh_effects_.resize(factors_.size());
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    if (factors_[k].empty()) continue;
    const std::size_t d = rows_.design().blocks()[k].columns.size(), labels = rows_.new_levels(k);
    fresh_effects_[k].assign(labels * d, 0);
    for (std::size_t j = 0; j < labels; ++j)
      for (std::size_t i = 0; i < d; ++i) {
        const double z = stream.normal();
        for (std::size_t c = 0; c < d; ++c) fresh_effects_[k][j * d + c] += factors_[k][c * d + i] * z;
      }
  }
}

double Predictor::drawn(std::size_t row) const {
  double value = mean(row);
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    if (rows_.use(row, k) != Use::fresh) continue;
    const std::size_t d = rows_.design().blocks()[k].columns.size();
    const double* w = &fresh_effects_[k][rows_.new_level(row, k) * d];
    for (std::size_t c = 0; c < d; ++c) value += column(k, c, row) * w[c];
  }
  return value;
}

void Predictor::form_of(std::size_t row) {
  form_.clear();
  const auto& blocks = rows_.design().blocks();
  for (std::uint32_t k = 0; k < blocks.size(); ++k) {
    if (rows_.use(row, k) != Use::known || !bound_.plan().linear.blocks[k].integrated) continue;
    const auto level = blocks[k].codes ? static_cast<std::uint32_t>(blocks[k].codes[row]) : 0;
    for (std::uint32_t c = 0; c < blocks[k].columns.size(); ++c)
      if (const double x = column(k, c, row); x != 0) form_.push_back({k, level, c, x});
  }
}

double Predictor::fresh_variance(std::size_t row, std::size_t block) {
  const std::size_t d = rows_.design().blocks()[block].columns.size();
  double square = 0;
  for (std::size_t i = 0; i < d; ++i) {
    double z = 0;
    for (std::size_t c = 0; c < d; ++c) z += factors_[block][c * d + i] * column(block, c, row);
    square += z * z;
  }
  return square;
}

Conditional Predictor::at(std::size_t row) {
  Conditional result{mean(row), 0};
  form_of(row);
  auto& likelihood = density_.likelihood();
  if (!form_.empty()) result.variance = likelihood.kernel().variance(likelihood.row_point(), form_);
  for (std::size_t k = 0; k < factors_.size(); ++k)
    if (rows_.use(row, k) == Use::fresh) result.variance += fresh_variance(row, k);
  return result;
}

double Predictor::noise(std::size_t row) const {
  const plan::LinearModel& linear = bound_.plan().linear;
  if (linear.row_sd != model::kNone) {
    const std::size_t size = rows_.tape()->size(linear.row_sd);
    const double sd = row_values_[rows_.tape()->offset(linear.row_sd) + (size > 1 ? row : 0)];
    return sd * sd;
  }
  double sd = 1;
  if (linear.scale != model::kNone) sd = density_.values()[density_.tape().offset(linear.scale)];
  return sd * sd / (weights_.empty() ? 1 : weights_[row]);
}

std::size_t Predictor::half_size() const {
  std::size_t size = density_.likelihood().kernel().coordinates();
  for (std::size_t k = 0; k < factors_.size(); ++k)
    size += rows_.new_levels(k) * rows_.design().blocks()[k].columns.size();
  return size;
}

void Predictor::half(std::size_t row, std::span<double> out) {
  std::ranges::fill(out, 0.0);
  form_of(row);
  auto& likelihood = density_.likelihood();
  if (!form_.empty()) likelihood.kernel().half_solve(likelihood.row_point(), form_, out);
  std::size_t at = likelihood.kernel().coordinates();
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    const std::size_t d = rows_.design().blocks()[k].columns.size();
    if (rows_.use(row, k) == Use::fresh) {
      double* mine = &out[at + rows_.new_level(row, k) * d];
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t c = 0; c < d; ++c) mine[i] += factors_[k][c * d + i] * column(k, c, row);
    }
    at += rows_.new_levels(k) * d;
  }
}

}  // namespace woodbury::answers
