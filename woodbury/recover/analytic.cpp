#include "woodbury/recover/analytic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace woodbury::recover {

namespace {

using model::NodeId;
using model::VariableId;

bool holds_integrated(const plan::Plan& plan, NodeId node) {
  return std::ranges::any_of(model::variables_of(plan.model, node),
                             [&](VariableId v) { return plan.integrated.contains(v); });
}

/// Whether the variable is its own deviation and a prior mean free of other integrated ones.
bool stands_alone(const plan::Plan& plan, VariableId v) {
  const model::Distribution& prior = plan.model.variable(v).distribution;
  return prior.kind == model::DistributionKind::flat || !holds_integrated(plan, prior.args[0]);
}

/// Blocks of the design that hold a variable's columns have not been rotated.
bool untouched(const plan::Plan& plan, const kernels::Variances& variances, VariableId v) {
  for (std::size_t k = 0; k < plan.linear.blocks.size(); ++k)
    for (const plan::LinearEffect& effect : plan.linear.blocks[k].effects)
      if (effect.variable == v && !variances.untouched(k)) return false;
  return true;
}

/// A scalar expression that is affine in integrated variables that stand alone.
bool is_affine(const plan::Plan& plan, const kernels::Variances& variances, NodeId node) {
  if (!holds_integrated(plan, node)) return false;
  for (const VariableId v : model::variables_of(plan.model, node))
    if (plan.integrated.contains(v) && !(stands_alone(plan, v) && untouched(plan, variances, v))) return false;
  model::Model scratch = plan.model;  // products may need nodes of their own
  return !model::affine(scratch, node, plan.integrated).obstacle;
}

/// The nodes an expression is made of, ascending, down to variables.
std::vector<NodeId> ancestors_of(const model::Model& model, NodeId node) {
  std::set<NodeId> found{node};
  for (auto each = found.rbegin(); each != found.rend(); ++each)
    for (const NodeId argument : model.node(*each).args) found.insert(argument);
  std::vector<NodeId> nodes;
  for (const NodeId id : found)
    if (!model::variables_of(model, id).empty()) nodes.push_back(id);
  return nodes;
}

}  // namespace

Analytic::Analytic(const plan::Plan& plan, const density::Density& density, const std::vector<Output>& outputs)
    : variances_(density.likelihood().reduction(), density.likelihood().kernel().structure()) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = outputs[i];
    Column column{i, first, output.variable.size(), {}};
    first += column.size;
    if (output.correlation >= 0) continue;
    const model::Node& node = plan.model.node(output.node);
    if (node.op == model::Op::variable && plan.integrated.contains(node.index)) {
      if (!stands_alone(plan, node.index)) continue;
    } else if (output.variable.dims.empty() && is_affine(plan, variances_, output.node)) {
      column.ancestors = ancestors_of(plan.model, output.node);
    } else {
      continue;
    }
    width_ += column.size;
    columns_.push_back(std::move(column));
  }
}

void ConditionalSums::add(std::span<const double> means, std::span<const double> variances) {
  if (origin_.empty()) {
    origin_.assign(means.begin(), means.end());
    sum_.resize(width_);
    square_ = variance_ = sum_;
  }
  if (draws_ % batch_ == 0) batches_.resize(batches_.size() + width_);
  double* batch = batches_.data() + (batches_.size() - width_);
  for (std::size_t i = 0; i < width_; ++i) {
    const double deviation = means[i] - origin_[i];
    sum_[i] += deviation;
    square_[i] += deviation * deviation;
    batch[i] += deviation;
  }
  for (std::size_t i = 0; i < variances.size(); ++i) variance_[i] += variances[i];
  with_variance_ += variances.empty() ? 0 : 1;
  ++draws_;
}

namespace {

/// Mean and sum of squared deviations, put together from parts (Chan, Golub, LeVeque 1983).
struct Moments {
  double count = 0, mean = 0, squares = 0;
  void merge(double other_count, double other_mean, double other_squares) {
    const double delta = other_mean - mean, total = count + other_count;
    mean += delta * other_count / total;
    squares += other_squares + delta * delta * count * other_count / total;
    count = total;
  }
};

}  // namespace

std::vector<Estimate> ConditionalSums::estimates(const Analytic& analytic, const std::vector<ConditionalSums>& pieces) {
  std::vector<Estimate> result;
  std::size_t i = 0;
  for (const Analytic::Column& column : analytic.columns())
    for (std::size_t element = 0; element < column.size; ++element, ++i) {
      Moments all, batches;
      double variance = 0, with_variance = 0;
      for (const ConditionalSums& piece : pieces) {
        if (piece.draws_ == 0) continue;
        const auto n = static_cast<double>(piece.draws_);
        all.merge(n, piece.origin_[i] + piece.sum_[i] / n,
                  std::max(0.0, piece.square_[i] - piece.sum_[i] * piece.sum_[i] / n));
        variance += piece.variance_[i];
        with_variance += static_cast<double>(piece.with_variance_);
        for (std::size_t b = 0; (b + 1) * piece.batch_ <= piece.draws_; ++b)
          batches.merge(1, piece.origin_[i] + piece.batches_[b * piece.width_ + i] / static_cast<double>(piece.batch_),
                        0);
      }
      const double between = all.count > 1 ? all.squares / (all.count - 1) : 0;
      const double error = batches.count < 4 ? std::numeric_limits<double>::quiet_NaN()
                                             : std::sqrt(batches.squares / (batches.count - 1) / batches.count);
      result.push_back({column.first + element, all.mean, std::sqrt(variance / with_variance + between), error});
    }
  return result;
}

}  // namespace woodbury::recover
