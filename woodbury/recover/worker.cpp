#include "woodbury/recover/worker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace woodbury::recover {

using model::NodeId;
using model::Op;
using model::VariableId;

Worker::Worker(const plan::Plan& plan, const density::Density& density, const density::Tape& whole,
               const std::vector<Output>& outputs)
    : plan_(plan),
      density_(density),
      whole_(whole),
      outputs_(outputs),
      wanted_(needs_effects(plan, outputs)),
      values_(whole.initial_values()) {
  effects_.resize(density_.likelihood().effects());
  const auto& blocks = plan.linear.blocks;
  for (std::size_t k = 0; k < blocks.size(); ++k)
    for (std::size_t c = 0; c < blocks[k].effects.size(); ++c)
      places_.push_back({blocks[k].effects[c].variable, blocks[k].effects[c].component, k, c});
}

void Worker::draw(std::span<const double> q, base::Stream& stream, std::span<double> out) {
  density_.locate(q);
  draw_here(stream, out);
}

void Worker::draw_here(base::Stream& stream, std::span<double> out) {
  located_ = wanted_ && !plan_.integrated.empty() && std::isfinite(density_.log_likelihood());
  if (located_)
    density_.likelihood().recover(stream, effects_);
  else if (wanted_)
    std::fill(effects_.begin(), effects_.end(), std::numeric_limits<double>::quiet_NaN());
  fill_all();
  std::size_t at = 0;
  for (const Output& output : outputs_) {
    if (output.correlation >= 0) {
      out[at++] = correlation(output);
      continue;
    }
    const std::size_t size = whole_.size(output.node);
    std::copy_n(&values_[whole_.offset(output.node)], size, &out[at]);
    at += size;
  }
}

void Worker::moments(const Analytic& analytic, std::span<double> means, std::span<double> variances) {
  if (!located_) {
    std::ranges::fill(means, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  density_.likelihood().conditional_mean(effects_);
  fill_all();
  if (!variances.empty()) {
    spread_.resize(effects_.size());
    density_.likelihood().variances(analytic.variances(), spread_);
  }
  std::size_t at = 0;
  for (const Analytic::Column& column : analytic.columns()) {
    const Output& output = outputs_[column.output];
    std::copy_n(&values_[whole_.offset(output.node)], column.size, &means[at]);
    if (!variances.empty()) {
      if (column.ancestors.empty())
        variable_variances(plan_.model.node(output.node).index, column.size, &variances[at]);
      else
        variances[at] = derived_variance(column);
    }
    at += column.size;
  }
}

void Worker::variable_variances(VariableId v, std::size_t size, double* out) const {
  const moments::Design& design = density_.likelihood().design();
  for (const Place& place : places_) {
    if (place.variable != v) continue;
    const moments::Block& block = design.blocks()[place.block];
    const std::size_t d = plan_.linear.blocks[place.block].effects.size(), width = size / block.levels;
    const double* from = &spread_[density_.likelihood().effects_of(place.block) + place.column];
    for (std::size_t j = 0; j < block.levels; ++j)
      out[j * width + static_cast<std::size_t>(place.component)] = from[j * d];
  }
}

/// By the reverse pass from the quantity to the integrated variables, which gives the a of aᵀ Var(w | y, φ) a.
double Worker::derived_variance(const Analytic::Column& column) {
  adjoints_.resize(whole_.total());
  adjoints_[whole_.offset(outputs_[column.output].node)] = 1;
  for (auto id = column.ancestors.rbegin(); id != column.ancestors.rend(); ++id)
    if (plan_.model.node(*id).op != Op::variable) whole_.backward(*id, values_, adjoints_);
  form_.clear();
  const moments::Design& design = density_.likelihood().design();
  for (const Place& place : places_) {
    const NodeId node = plan_.model.node_of(place.variable);
    if (!std::ranges::binary_search(column.ancestors, node)) continue;
    const moments::Block& block = design.blocks()[place.block];
    const std::size_t width = whole_.size(node) / block.levels;
    for (std::size_t j = 0; j < block.levels; ++j) {
      const double value = adjoints_[whole_.offset(node) + j * width + static_cast<std::size_t>(place.component)];
      if (value != 0)
        form_.push_back({static_cast<std::uint32_t>(place.block), static_cast<std::uint32_t>(j),
                         static_cast<std::uint32_t>(place.column), value});
    }
  }
  for (const NodeId id : column.ancestors)
    std::fill_n(adjoints_.begin() + static_cast<std::ptrdiff_t>(whole_.offset(id)), whole_.size(id), 0.0);
  return density_.likelihood().variance(form_);
}

void Worker::fill_all() {
  for (const NodeId id : whole_.order()) fill(id);
}

void Worker::fill(NodeId id) {
  const model::Node& node = plan_.model.node(id);
  if (node.op != Op::variable) return whole_.forward(id, values_);
  double* out = &values_[whole_.offset(id)];
  const std::size_t size = whole_.size(id);
  if (plan_.integrated.contains(node.index)) return fill_integrated(node.index, out, size);
  if (density_.tape().has(id)) {
    std::copy_n(&density_.values()[density_.tape().offset(id)], size, out);
    return;
  }
  // A constant that nothing sampled refers to.
  std::fill_n(out, size, plan_.model.node(plan_.model.variable(node.index).distribution.args[0]).value);
}

/// Prior mean, or what was taken from the response, plus the deviation.
void Worker::fill_integrated(VariableId v, double* out, std::size_t size) {
  const model::Distribution& prior = plan_.model.variable(v).distribution;
  for (const Place& place : places_) {
    if (place.variable != v) continue;
    const moments::Block& block = density_.likelihood().design().blocks()[place.block];
    const std::size_t d = plan_.linear.blocks[place.block].effects.size(), width = size / block.levels;
    const double* from = &effects_[density_.likelihood().effects_of(place.block) + place.column];
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = j * width + static_cast<std::size_t>(place.component);
      const bool flat = prior.kind == model::DistributionKind::flat;
      out[at] = from[j * d] + (flat ? density_.likelihood().origin(place.block, place.column)
                                    : mean(prior.args[0], at, j, place.component));
    }
  }
}

double Worker::mean(NodeId node, std::size_t element, std::size_t level, int component) const {
  const std::size_t size = whole_.size(node);
  const double* values = &values_[whole_.offset(node)];
  if (size == 1) return values[0];
  const auto& dims = plan_.model.node(node).dims;
  if (dims.size() == 1 && plan_.model.dim_labels.contains(dims[0])) return values[component];
  return dims.size() == 1 ? values[level] : values[element];
}

double Worker::correlation(const Output& output) const {
  const std::size_t d = output.width;
  const auto row = static_cast<std::size_t>(output.correlation) / d,
             column = static_cast<std::size_t>(output.correlation) % d;
  const double* l = &values_[whole_.offset(output.node)];  // column-major
  double sum = 0;
  for (std::size_t k = 0; k <= column; ++k) sum += l[k * d + row] * l[k * d + column];
  return sum;
}

}  // namespace woodbury::recover
