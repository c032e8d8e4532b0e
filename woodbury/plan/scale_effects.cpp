#include "woodbury/plan/scale_effects.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::plan {

namespace {

using model::kNone;
using model::Model;
using model::NodeId;
using model::Op;
using model::VariableId;

/// η where the sd is exp(η) times or by something free of variables; else kNone.
NodeId log_of(const Model& model, NodeId sd) {
  const model::Node& node = model.node(sd);
  if (node.op == Op::exp) return node.args[0];
  if (node.op != Op::multiply && node.op != Op::divide) return kNone;
  if (model::variables_of(model, node.args[1]).empty()) return log_of(model, node.args[0]);
  const bool known = node.op == Op::multiply && model::variables_of(model, node.args[0]).empty();
  return known ? log_of(model, node.args[1]) : kNone;
}

/// Fisher scoring of η by a mean-field fit at each step: e²/exp(2η) is a χ² of one degree of freedom, so that the
/// working response η + (e² exp(−2η) − 1)/2 has variance ½ about η. The effects' variances are guessed along with it.
Estimates score(const moments::Design& design, const std::vector<std::vector<double>>& known,
                std::span<const double> residuals, Products& products) {
  constexpr int kSteps = 6;
  const moments::CrossProducts cross(design);
  products = {cross.layout(), cross.layout().zeros()};
  double square = 0;
  for (const double e : residuals) square += e * e / static_cast<double>(residuals.size());
  std::vector<double> eta(residuals.size()), working(residuals.size());
  cross.accumulate(nullptr, working.data(), products.sums);
  Estimates estimates;
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t n = 0; n < eta.size(); ++n)
      working[n] = eta[n] + 0.5 * (residuals[n] * residuals[n] / square * std::exp(-2 * eta[n]) - 1);
    cross.accumulate_response(nullptr, working.data(), products.sums);
    estimates = estimate_variances(products, known);
    eta = fitted(design, estimates.means);
  }
  return estimates;
}

}  // namespace

std::map<VariableId, Information> scale_information(Model& model, const frame::Frame& table,
                                                    std::span<const double> residuals) {
  const NodeId eta = log_of(model, model.joint().sd);
  if (eta == kNone || model.stacked) return {};
  std::set<VariableId> set;
  for (const VariableId v : model::variables_of(model, eta))
    if (is_gaussian(model.variable(v))) set.insert(v);
  const model::AffineResult affine = model::affine(model, eta, set);
  if (affine.obstacle || !affine.form.rest.empty()) return {};
  const LinearModel linear = joined(model, make_linear(model, affine.form, level_count(table)));
  if (linear.has_row_columns() || std::ranges::any_of(linear.blocks, &LinearBlock::loaded)) return {};
  Products products{{0, {}, {}}, {}};
  const Estimates estimates =
      score(bind_blocks(model, linear, table), known_variances(model, linear), residuals, products);
  std::map<VariableId, Information> result;
  for (const VariableId v : set)
    if (auto information = information_of(linear, products, estimates, v)) {
      information->residual = 0.5;
      information->of_scale = true;
      result.emplace(v, std::move(*information));
    }
  return result;
}

}  // namespace woodbury::plan
