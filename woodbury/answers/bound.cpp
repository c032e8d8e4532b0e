#include "woodbury/answers/bound.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/fit/fit.hpp"

namespace woodbury::answers {

using model::NodeId;
using model::VariableId;

namespace {

/// The stored decisions, so that a later planner chooses nothing else. An order of elimination was chosen for levels as
/// the reductions left them, and is the planner's where these are off.
plan::Plan plan_of(const model::Model& model, const store::Record& record, const Binding& binding) {
  nlohmann::json replayed = record.plan;
  if (!binding.reduce && replayed.contains("decisions")) {
    nlohmann::json& decisions = replayed.at("decisions");
    decisions.erase("order");
    if (!binding.first.empty()) decisions["order"] = {binding.first};
    for (const std::string& name : binding.also) {
      decisions.at("integrated").push_back(name);
      decisions.at("sampled").erase(name);
    }
  }
  return plan::make_plan(model, record.data, {.reduce = binding.reduce, .replay = std::move(replayed)});
}

/// Lower Cholesky factor, column-major, of a correlation matrix given by its entries below the diagonal, row by row.
void cholesky(const double* entries, std::size_t d, double* out) {
  std::fill(out, out + d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i) {
    double left = 1;
    for (std::size_t j = 0; j < i; ++j) {
      double sum = *entries++;
      for (std::size_t k = 0; k < j; ++k) sum -= out[k * d + i] * out[k * d + j];
      const double value = out[j * d + j] > 0 ? sum / out[j * d + j] : 0;
      out[j * d + i] = value;
      left -= value * value;
    }
    out[i * d + i] = std::sqrt(std::max(0.0, left));
  }
}

}  // namespace

Bound::Bound(const store::Record& record, const Binding& binding)
    : record_(record), plan_(plan_of(model::from_json(record.model), record, binding)) {
  if (record.model.contains("coding")) coding_ = design::Coding::from_json(record.model.at("coding"));
  if (record.model.contains("sigma_coding")) sigma_coding_ = design::Coding::from_json(record.model.at("sigma_coding"));
  density_ = std::make_unique<const density::Density>(plan_, record.data);
  find_values();
  for (const draws::Chain& chain : record.draws.chains) total_ += chain.draws;
  if (total_ == 0) throw base::Error("the fit holds no draws");
}

const model::Observation& Bound::observation() const {
  if (plan_.model.observations.size() > 1)
    throw base::Error("of a model of several responses, what goes by rows cannot be asked", {},
                      "its draws are all in the fit; `summary` and hypotheses answer");
  return plan_.model.observations.front();
}

void Bound::find_values() {
  const draws::Draws& draws = record_.draws;
  const density::Tape& tape = density_->tape();
  for (const density::SampledVariable& sampled : density_->sampled()) {
    const model::RandomVariable& variable = plan_.model.variable(sampled.variable());
    const std::size_t at = tape.offset(sampled.node());
    if (variable.distribution.kind == model::DistributionKind::lkj) {
      const std::size_t d = plan_.model.dim_labels.at(variable.dims[0]).size();
      const bool of_sigma = variable.name.ends_with("__sigma");
      const std::string name = of_sigma ? variable.name.substr(0, variable.name.size() - 7) : variable.name;
      const std::string prefix = of_sigma ? "__sigma_" : "__";
      const auto& labels = plan_.model.dim_labels.at(variable.dims[0]);
      if (d < 2) continue;
      const std::size_t first = draws.find(name + prefix + labels[0] + prefix + labels[1]);
      values_.push_back({at, d * d, draws.offset(first), d});
    } else if (draws.has(variable.name)) {
      values_.push_back({at, tape.size(sampled.node()), draws.offset(draws.find(variable.name)), 0});
    } else {
      find_hidden(sampled.variable());
    }
  }
  std::vector<NodeId> roots;
  for (const Hidden& hidden : hidden_) roots.push_back(hidden.node);
  if (!roots.empty()) derived_ = std::make_unique<const density::Tape>(plan_.model, record_.data, roots);
}

void Bound::find_hidden(VariableId variable) {
  const draws::Draws& draws = record_.draws;
  for (const model::Derived& derived : plan_.model.derived) {
    const auto members = model::variables_of(plan_.model, derived.node);
    if (!members.contains(variable) || !draws.has(derived.name) || !plan_.model.node(derived.node).dims.empty())
      continue;
    Hidden hidden{density_->tape().offset(plan_.model.node_of(variable)),
                  draws.offset(draws.find(derived.name)),
                  plan_.model.node_of(variable),
                  derived.node,
                  {}};
    for (const VariableId other : members)
      if (other != variable && plan_.model.variable(other).dims.empty() && draws.has(plan_.model.variable(other).name))
        hidden.others.emplace_back(plan_.model.node_of(other),
                                   draws.offset(draws.find(plan_.model.variable(other).name)));
    if (hidden.others.size() + 1 != members.size()) continue;
    hidden_.push_back(std::move(hidden));
    return;
  }
  throw base::Error(
      fmt::format("the draws do not hold `{}`, which the fit sampled", plan_.model.variable(variable).name), {},
      "fit the model anew");
}

double Bound::solve(const Hidden& hidden, const double* row) const {
  std::vector<double> values = derived_->initial_values();
  for (const auto& [node, column] : hidden.others) values[derived_->offset(node)] = row[column];
  const auto at = [&](double x) {
    values[derived_->offset(hidden.variable)] = x;
    for (const NodeId id : derived_->order())
      if (plan_.model.node(id).op != model::Op::variable) derived_->forward(id, values);
    return values[derived_->offset(hidden.node)];
  };
  const double zero = at(0), slope = at(1) - zero;
  return (row[hidden.derived] - zero) / slope;
}

double Bound::place(density::Density& density, std::size_t chain, std::size_t draw) const {
  const double* row = record_.draws.chains[chain].values.data() + draw * record_.draws.width();
  return density.assume([&](std::span<double> out) {
    for (const Value& value : values_) {
      if (value.correlation > 0)
        cholesky(row + value.first, value.correlation, &out[value.at]);
      else
        std::copy_n(row + value.first, value.size, &out[value.at]);
    }
    for (const Hidden& hidden : hidden_) out[hidden.at] = solve(hidden, row);
  });
}

double Bound::place(density::Density& density, std::size_t draw) const {
  std::size_t chain = 0;
  while (draw >= record_.draws.chains[chain].draws) draw -= record_.draws.chains[chain++].draws;
  return place(density, chain, draw);
}

bool keeps_effects(const store::Record& record) {
  const auto options = record.run.find("options");
  return options == record.run.end() || options->value("keep", "all") == "all";
}

store::Record with_effects(const store::Record& record, unsigned threads, bool levels) {
  const Bound bound(record, {{}, true});
  const auto whole = recover::variables(bound.plan(), bound.data(), true);
  const bool complete = std::ranges::all_of(whole, [&](const draws::Variable& v) { return record.draws.has(v.name); });
  if (complete) return record;
  const auto place = [&](density::Density& density, std::size_t chain, std::size_t draw) {
    bound.place(density, chain, draw);
  };
  recover::Recovered recovered =
      recover::recover(bound.plan(), bound.density(), bound.data(), recover::Source{record.draws, place},
                       {record.seed, threads, true, levels});
  store::Record result = record;
  result.draws = std::move(recovered.draws);
  result.summary = diagnose::summarize(result.draws, record.max_depth, threads);
  fit::improve(result.summary, recovered.analytic);
  return result;
}

}  // namespace woodbury::answers
