#include "woodbury/density/density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace woodbury::density {

namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

bool is_sampled(const plan::Plan& plan, model::VariableId v) {
  return !plan.integrated.contains(v) && plan.model.variable(v).distribution.kind != model::DistributionKind::constant;
}

/// A value read at a factor needs that factor nested in its own, also where integration leaves no trace of it.
void check_nesting(const model::Model& model, const frame::Frame& table) {
  for (const model::Node& node : model.nodes())
    if (node.op == model::Op::gather && node.dims[0] != model::kRow)
      static_cast<void>(nesting_map(table, node.dims[0], node.name));
}

}  // namespace

std::shared_ptr<const Density::Shared> Density::compile(const plan::Plan& plan, const frame::Frame& rows,
                                                        const frame::Frame& table) {
  std::vector<model::NodeId> roots = Likelihood::inputs(plan);
  const auto count = static_cast<model::VariableId>(plan.model.variables().size());
  for (model::VariableId v = 0; v < count; ++v)
    if (is_sampled(plan, v)) roots.push_back(plan.model.node_of(v));
  auto shared = std::make_shared<Shared>(Shared{Tape(plan.model, rows, roots, table), {}, {}, {}, 0, {}});
  shared->sampled_at.assign(plan.model.nodes().size(), -1);
  for (const model::Node& node : plan.model.nodes()) shared->is_variable.push_back(node.op == model::Op::variable);
  for (model::VariableId v = 0; v < count; ++v) {
    if (!is_sampled(plan, v)) continue;
    const auto action = plan.actions.find(v);
    Centring centring;
    if (action != plan.actions.end() && action->second == plan::Action::sample_noncentred)
      centring.kind = Centring::Kind::none;
    if (action != plan.actions.end() && action->second == plan::Action::sample_by_level)
      centring = {Centring::Kind::by_level, plan.centred_levels.at(v)};
    shared->sampled_at[static_cast<std::size_t>(plan.model.node_of(v))] = static_cast<int>(shared->sampled.size());
    shared->sampled.emplace_back(plan.model, shared->tape, v, centring, shared->dimension);
    shared->dimension += shared->sampled.back().coordinates();
  }
  return shared;
}

Density::Density(const plan::Plan& plan, const frame::Frame& table)
    : Density(Stacked{}, plan, plan::stacked_table(plan.model, table)) {}

Density::Density(Stacked, const plan::Plan& plan, const frame::Frame& table)
    : Density(plan, table, Rows(plan, table)) {}

Density::Density(const plan::Plan& plan, const frame::Frame& table, const Rows& rows)
    : shared_(compile(plan, rows.expressions(), table)),
      likelihood_(plan, table, rows, shared_->tape),
      values_(shared_->tape.initial_values()),
      adjoints_(shared_->tape.total()) {
  check_nesting(plan.model, table);
  // A constant variable keeps its number.
  for (const model::NodeId id : shared_->tape.order()) {
    const model::Node& node = plan.model.node(id);
    if (node.op != model::Op::variable || is_sampled(plan, node.index) || plan.integrated.contains(node.index))
      continue;
    const double value = plan.model.node(plan.model.variable(node.index).distribution.args[0]).value;
    std::fill_n(values_.begin() + static_cast<std::ptrdiff_t>(shared_->tape.offset(id)), shared_->tape.size(id), value);
  }
}

Density Density::with_signed(const std::vector<SignedScale>& scales) const {
  auto shared = std::make_shared<Shared>(*shared_);
  for (const auto& [scale, spread] : scales) {
    SampledVariable& tau = shared->sampled[shared->place(scale.scale)];
    tau.make_signed(spread);
    Mirror& mirror = shared->mirrors.emplace_back(Mirror{tau.first(), {}});
    if (scale.correlation < 0) continue;
    const SampledVariable& correlation = shared->sampled[shared->place(scale.correlation)];
    const auto own = static_cast<std::size_t>(scale.component);
    std::size_t next = correlation.first();
    for (std::size_t i = 1; next < correlation.first() + correlation.coordinates(); ++i)
      for (std::size_t j = 0; j < i; ++j, ++next)
        if (i == own || j == own) mirror.correlations.push_back(next);
  }
  Density result(*this);
  result.shared_ = std::move(shared);
  return result;
}

bool Density::mirror(std::span<const double> q, std::span<double> signs) const {
  bool mirrored = false;
  for (const Mirror& mirror : shared_->mirrors) {
    if (!(q[mirror.scale] < 0)) continue;
    if (!mirrored) std::ranges::fill(signs, 1.0);
    mirrored = true;
    signs[mirror.scale] = -1;
    for (const std::size_t i : mirror.correlations) signs[i] = -signs[i];
  }
  return mirrored;
}

std::size_t Density::Shared::place(model::VariableId variable) const {
  const auto found = std::ranges::find(sampled, variable, &SampledVariable::variable);
  WOODBURY_ASSERT(found != sampled.end());
  return static_cast<std::size_t>(found - sampled.begin());
}

std::size_t Density::coordinate(model::VariableId variable) const {
  return shared_->sampled[shared_->place(variable)].first();
}

/// Values of all nodes, the priors' log density with log-Jacobians, and the priors' part of the adjoints.
double Density::forward(std::span<const double> q) {
  std::fill(adjoints_.begin(), adjoints_.end(), 0);
  double log_prior = 0;
  for (const model::NodeId id : shared_->tape.order()) {
    const int s = shared_->sampled_at[static_cast<std::size_t>(id)];
    if (s >= 0)
      log_prior += shared_->sampled[static_cast<std::size_t>(s)].forward(q, values_, adjoints_);
    else if (!shared_->is_variable[static_cast<std::size_t>(id)])
      shared_->tape.forward(id, values_);
  }
  return log_prior;
}

double Density::evaluate(std::span<const double> q, std::span<double> gradient) {
  failure_.clear();
  std::fill(gradient.begin(), gradient.end(), 0);
  const double log_prior = forward(q);
  if (!std::isfinite(log_prior)) {
    failure_ = "a prior's density is zero or not finite";
    return kMinusInfinity;
  }
  log_likelihood_ = likelihood_.evaluate(values_, log_prior);
  if (!std::isfinite(log_likelihood_)) {
    failure_ = likelihood_.failure();
    return kMinusInfinity;
  }
  likelihood_.backward(values_, adjoints_);
  const auto& order = shared_->tape.order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    const int s = shared_->sampled_at[static_cast<std::size_t>(*id)];
    if (s >= 0)
      shared_->sampled[static_cast<std::size_t>(s)].backward(q, values_, adjoints_, gradient);
    else if (!shared_->is_variable[static_cast<std::size_t>(*id)])
      shared_->tape.backward(*id, values_, adjoints_);
  }
  return log_prior + log_likelihood_;
}

double Density::locate(std::span<const double> q) {
  forward(q);
  return log_likelihood_ = likelihood_.evaluate(values_);
}

double Density::assume(const std::function<void(std::span<double>)>& set) {
  set(values_);
  for (const model::NodeId id : shared_->tape.order())
    if (!shared_->is_variable[static_cast<std::size_t>(id)]) shared_->tape.forward(id, values_);
  return log_likelihood_ = likelihood_.evaluate(values_);
}

void Density::unconstrain(model::VariableId variable, std::span<const double> value, std::span<double> q) const {
  for (const SampledVariable& sampled : shared_->sampled)
    if (sampled.variable() == variable)
      sampled.transform().unconstrain(value, q.subspan(sampled.first(), sampled.coordinates()));
}

}  // namespace woodbury::density
