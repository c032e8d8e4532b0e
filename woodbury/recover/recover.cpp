#include "woodbury/recover/recover.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace woodbury::recover {

namespace {

using model::kNone;
using model::NodeId;
using model::Op;
using model::VariableId;

/// Where an output variable comes from on the whole tape.
struct Output {
  draws::Variable variable;
  NodeId node = kNone;
  std::ptrdiff_t correlation = -1;  ///< entry (row · d + column) of R, where the node is a Cholesky factor
  std::size_t width = 0;            ///< its d
};

std::vector<std::string> labels_of(const model::Model& model, const frame::Frame& table, const std::string& dim) {
  const auto labels = model.dim_labels.find(dim);
  return labels != model.dim_labels.end() ? labels->second : table.factor(dim).levels;
}

/// Whether a node's value can be had without the integrated effects.
bool available(const plan::Plan& plan, NodeId node, bool keep_integrated) {
  if (keep_integrated) return true;
  for (const VariableId v : model::variables_of(plan.model, node))
    if (plan.integrated.contains(v)) return false;
  return true;
}

/// Scalars `cor_g__a__b`; of effects on sigma, whose variable is `cor_g__sigma`, as brms `cor_g__sigma_a__sigma_b`.
void add_correlations(std::vector<Output>& outputs, const model::Model& model, const model::RandomVariable& variable,
                      NodeId node) {
  const std::string suffix = "__sigma";
  const bool of_sigma = variable.name.ends_with(suffix);
  const std::string name = of_sigma ? variable.name.substr(0, variable.name.size() - suffix.size()) : variable.name;
  const std::string prefix = of_sigma ? "__sigma_" : "__";
  const auto& labels = model.dim_labels.at(variable.dims[0]);
  const std::size_t d = labels.size();
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = 0; i < j; ++i)
      outputs.push_back(
          {{name + prefix + labels[i] + prefix + labels[j], {}, {}}, node, static_cast<std::ptrdiff_t>(j * d + i), d});
}

std::vector<Output> outputs_of(const plan::Plan& plan, const frame::Frame& table, bool keep_integrated) {
  std::vector<Output> outputs;
  for (const model::Derived& derived : plan.model.derived)
    if (available(plan, derived.node, keep_integrated))
      outputs.push_back({{derived.name, {}, {}}, derived.node, -1, 0});
  for (VariableId v = 0; v < static_cast<VariableId>(plan.model.variables().size()); ++v) {
    const model::RandomVariable& variable = plan.model.variable(v);
    const NodeId node = plan.model.node_of(v);
    if (!variable.reported || !available(plan, node, keep_integrated)) continue;
    if (variable.distribution.kind == model::DistributionKind::lkj) {
      add_correlations(outputs, plan.model, variable, node);
      continue;
    }
    Output output{{variable.name, variable.dims, {}}, node, -1, 0};
    for (const std::string& dim : variable.dims) output.variable.coords.push_back(labels_of(plan.model, table, dim));
    outputs.push_back(std::move(output));
  }
  std::stable_partition(outputs.begin(), outputs.end(), [](const Output& o) { return o.variable.dims.empty(); });
  return outputs;
}

/// One thread's view: the density at a draw, and the whole tape with the integrated effects filled in.
class Worker {
 public:
  Worker(const plan::Plan& plan, const density::Density& density, const density::Tape& whole,
         const std::vector<Output>& outputs)
      : plan_(plan), density_(density), whole_(whole), outputs_(outputs), values_(whole.initial_values()) {
    effects_.resize(density_.likelihood().design().size());
    const auto& blocks = plan.linear.blocks;
    for (std::size_t k = 0; k < blocks.size(); ++k)
      for (std::size_t c = 0; c < blocks[k].columns.size(); ++c)
        if (blocks[k].integrated)
          places_.push_back({blocks[k].columns[c].variable, blocks[k].columns[c].component, k, c});
  }

  void draw(std::span<const double> q, base::Stream& stream, std::span<double> out) {
    const double likelihood = density_.locate(q);
    if (!plan_.integrated.empty() && std::isfinite(likelihood))
      density_.likelihood().recover(stream, effects_);
    else
      std::fill(effects_.begin(), effects_.end(), std::numeric_limits<double>::quiet_NaN());
    for (const NodeId id : whole_.order()) fill(id);
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

 private:
  struct Place {
    VariableId variable;
    int component;
    std::size_t block, column;
  };

  void fill(NodeId id) {
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

  /// Prior mean, or what was taken from the response, plus the drawn deviation.
  void fill_integrated(VariableId v, double* out, std::size_t size) {
    const model::Distribution& prior = plan_.model.variable(v).distribution;
    for (const Place& place : places_) {
      if (place.variable != v) continue;
      const moments::Block& block = density_.likelihood().design().blocks()[place.block];
      const std::size_t d = block.columns.size(), width = size / block.levels;
      const double* from = &effects_[density_.likelihood().design().offset(place.block) + place.column];
      for (std::size_t j = 0; j < block.levels; ++j) {
        const std::size_t at = j * width + static_cast<std::size_t>(place.component);
        const bool flat = prior.kind == model::DistributionKind::flat;
        out[at] = from[j * d] + (flat ? density_.likelihood().origin(place.block, place.column)
                                      : mean(prior.args[0], at, j, place.component));
      }
    }
  }

  [[nodiscard]] double mean(NodeId node, std::size_t element, std::size_t level, int component) const {
    const std::size_t size = whole_.size(node);
    const double* values = &values_[whole_.offset(node)];
    if (size == 1) return values[0];
    const auto& dims = plan_.model.node(node).dims;
    if (dims.size() == 1 && plan_.model.dim_labels.contains(dims[0])) return values[component];
    return dims.size() == 1 ? values[level] : values[element];
  }

  [[nodiscard]] double correlation(const Output& output) const {
    const std::size_t d = output.width;
    const auto row = static_cast<std::size_t>(output.correlation) / d,
               column = static_cast<std::size_t>(output.correlation) % d;
    const double* l = &values_[whole_.offset(output.node)];  // column-major
    double sum = 0;
    for (std::size_t k = 0; k <= column; ++k) sum += l[k * d + row] * l[k * d + column];
    return sum;
  }

  const plan::Plan& plan_;
  density::Density density_;
  const density::Tape& whole_;
  const std::vector<Output>& outputs_;
  std::vector<double> values_, effects_;
  std::vector<Place> places_;
};

std::vector<NodeId> nodes_of(const std::vector<Output>& outputs) {
  std::vector<NodeId> nodes;
  for (const Output& output : outputs) nodes.push_back(output.node);
  return nodes;
}

}  // namespace

std::vector<draws::Variable> variables(const plan::Plan& plan, const frame::Frame& table, bool keep_integrated) {
  std::vector<draws::Variable> list;
  for (const Output& output : outputs_of(plan, table, keep_integrated)) list.push_back(output.variable);
  return list;
}

struct Recovery::Parts {
  Parts(const plan::Plan& plan, const density::Density& density, const frame::Frame& table, bool keep_integrated)
      : outputs(outputs_of(plan, table, keep_integrated)),
        whole(plan.model, table, nodes_of(outputs)),
        worker(plan, density, whole, outputs) {}
  std::vector<Output> outputs;
  density::Tape whole;
  Worker worker;
};

Recovery::Recovery(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                   bool keep_integrated)
    : parts_(std::make_unique<Parts>(plan, density, table, keep_integrated)) {}

Recovery::~Recovery() = default;

void Recovery::draw(std::span<const double> q, base::Stream& stream, std::span<double> out) {
  parts_->worker.draw(q, stream, out);
}

draws::Draws recover(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                     const draws::Draws& unconstrained, const Options& options) {
  const std::vector<Output> outputs = outputs_of(plan, table, options.keep_integrated);
  const density::Tape whole(plan.model, table, nodes_of(outputs));
  draws::Draws result(variables(plan, table, options.keep_integrated));
  const std::size_t width = result.width(), dimension = density.dimension();

  // Work is cut into pieces of draws, so that a machine with more cores than chains is used.
  constexpr std::size_t kPiece = 250;
  struct Piece {
    std::size_t chain, begin, end;
  };
  std::vector<Piece> pieces;
  for (std::size_t c = 0; c < unconstrained.chains.size(); ++c) {
    const draws::Chain& from = unconstrained.chains[c];
    draws::Chain to = from;
    to.values.assign(from.draws * width, 0);
    result.chains.push_back(std::move(to));
    for (std::size_t begin = 0; begin < from.draws; begin += kPiece)
      pieces.push_back({c, begin, std::min(begin + kPiece, from.draws)});
  }
  base::parallel_for(pieces.size(), options.threads, [&](std::size_t p) {
    const auto [chain, begin, end] = pieces[p];
    Worker worker(plan, density, whole, outputs);
    for (std::size_t draw = begin; draw < end; ++draw) {
      base::Stream stream(options.seed, chain, draw, base::Purpose::recover);
      worker.draw(std::span(unconstrained.chains[chain].values).subspan(draw * dimension, dimension), stream,
                  std::span(result.chains[chain].values).subspan(draw * width, width));
    }
  });
  return result;
}

}  // namespace woodbury::recover
