#include "woodbury/density/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace woodbury::density {

using model::kNone;
using model::NodeId;

std::vector<NodeId> Likelihood::inputs(const plan::Plan& plan) {
  std::vector<NodeId> nodes = plan.linear.row_expressions();
  for (const NodeId node : {plan.linear.scale, plan.linear.row_sd})
    if (node != kNone) nodes.push_back(node);
  for (const plan::LinearBlock& block : plan.linear.blocks) {
    for (const plan::LinearColumn& column : block.columns)
      if (!block.integrated) nodes.push_back(column.sampled);
    for (const plan::LinearEffect& effect : block.effects) {
      const auto& args = plan.model.variable(effect.variable).distribution.args;
      if (args.size() > 1) nodes.insert(nodes.end(), args.begin() + 1, args.end());
      for (const plan::Loading& loading : effect.loadings)
        if (loading.sampled != kNone) nodes.push_back(loading.sampled);
    }
  }
  return nodes;
}

Likelihood::ColumnSource Likelihood::source_of(const plan::Plan& plan, const Tape& tape,
                                               const plan::LinearEffect& effect, std::size_t place) {
  const model::Distribution& prior = plan.model.variable(effect.variable).distribution;
  ColumnSource source;
  source.component = static_cast<std::size_t>(effect.component);
  source.first = place - source.component;
  source.flat = prior.kind == model::DistributionKind::flat;
  if (!source.flat) source.sd = tape.offset(prior.args[1]) + (tape.size(prior.args[1]) > 1 ? source.component : 0);
  if (prior.kind == model::DistributionKind::multi_normal) {
    source.cholesky = static_cast<std::ptrdiff_t>(tape.offset(prior.args[2]));
    source.components = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(tape.size(prior.args[2])))));
  }
  return source;
}

std::vector<std::vector<Likelihood::ColumnSource>> Likelihood::sources_of(const plan::Plan& plan, const Tape& tape) {
  std::vector<std::vector<ColumnSource>> result;
  for (const plan::LinearBlock& block : plan.linear.blocks) {
    std::vector<ColumnSource> sources;
    for (const plan::LinearColumn& column : block.columns)
      if (!block.integrated)
        sources.push_back({.coefficient = tape.offset(column.sampled), .levels = tape.size(column.sampled)});
    for (const plan::LinearEffect& effect : block.effects)
      sources.push_back(source_of(plan, tape, effect, sources.size()));
    result.push_back(std::move(sources));
  }
  return result;
}

std::shared_ptr<const Likelihood::Shared> Likelihood::bind(const plan::Plan& plan, const frame::Frame& table,
                                                           const Rows& rows, const Tape& tape) {
  moments::Design design = plan::bind_blocks(plan.model, plan.linear, rows.table);
  auto shared = std::make_shared<Shared>(Shared{.table = rows.table,
                                                .linear = plan.linear,
                                                .design = std::move(design),
                                                .sources = sources_of(plan, tape),
                                                .roles = plan.roles,
                                                .shifts = {}});
  centre(plan, *shared);
  for (std::size_t k = 0; k < shared->sources.size(); ++k)
    shared->effect.push_back(shared->effect[k] + shared->design.blocks()[k].levels * shared->sources[k].size());
  shared->response = plan::response_values(plan.model, plan.linear, table);
  const auto& observations = plan.model.observations;
  const std::size_t each = table.rows() / observations.size();  // rows of a response: they stand below each other
  for (const model::Observation& seen : observations)
    if (seen.family == model::FamilyKind::lognormal)
      for (const double y : std::span(table.numeric(seen.response)).first(each)) shared->constant -= std::log(y);
  shared->weights = plan::known_weights(plan.model, plan.linear, table);
  for (const double weight : shared->weights) shared->log_weights += std::log(weight);
  if (rows.cells) merge(*shared, *rows.cells);
  const double* weights = shared->weights.empty() ? nullptr : shared->weights.data();
  const std::vector<const double*> response{shared->response.data()};
  if (plan.linear.by_moments())
    shared->totals.emplace(shared->design, weights, response);
  else
    shared->products.emplace(shared->design, table.rows());
  take_origin(*shared);
  if (rows.strata > 0) bind_strata(rows, *shared);
  if (plan.linear.scale != kNone) shared->scale = static_cast<std::ptrdiff_t>(tape.offset(plan.linear.scale));
  if (plan.linear.row_sd != kNone) shared->row_sd = static_cast<std::ptrdiff_t>(tape.offset(plan.linear.row_sd));
  for (const NodeId node : plan.linear.rest) shared->rest.push_back(tape.offset(node));
  if (plan.linear.by_moments())
    shared->reduction = std::make_unique<const reduce::Reduction>(
        shared->totals->layout(), shared->sums(),
        plan::reduction_rules(plan.model, plan.linear, shared->roles, plan.without));
  if (shared->reduction && shared->reduction->steps().empty()) shared->reduction.reset();
  return shared;
}

moments::Sums Likelihood::Shared::sums() const {
  if (reduction) return reduction->sums();
  if (totals) return totals->sums();
  moments::Sums sums = products->layout().zeros();
  products->accumulate(weights.empty() ? nullptr : weights.data(), response.data(), sums);
  return sums;
}

/// Columns of integrated blocks. Where a reduction wants a block's factor diagonal and constant, it stays as it is.
void Likelihood::centre(const plan::Plan& plan, Shared& shared) {
  const std::vector<std::vector<double>> fixed =
      plan::reduction_rules(plan.model, plan.linear, plan.roles, plan.without).fixed;
  std::vector<bool> may;
  for (std::size_t k = 0; k < plan.linear.blocks.size(); ++k)
    may.push_back(plan.linear.blocks[k].integrated && !plan.linear.blocks[k].loaded() && fixed[k].empty());
  shared.shifts = moments::find_shifts(shared.design, may);
  std::erase_if(shared.shifts, [&](const moments::Shift& shift) {
    return plan.linear.blocks[shift.block].columns[shift.column].row != kNone;
  });
  shared.design = moments::shifted(shared.design, shared.shifts);
  for (const moments::Shift& shift : shared.shifts) shared.roles.blocks[shift.block].diagonal = false;
}

std::span<const moments::Shift> Likelihood::Shared::shifts_of(std::size_t block) const {
  const auto of_block = std::ranges::equal_range(shifts, block, {}, &moments::Shift::block);
  return {of_block.begin(), of_block.end()};
}

/// A response far from zero loses digits: of 1e6 ± 1 the kernels would see rᵀWr to four. Where an intercept is free to
/// take it up, sampled or under a flat prior, the response's mean is taken from both; other priors' means are gone
/// already.
void Likelihood::take_origin(Shared& shared) {
  for (std::size_t k = 0; k < shared.sources.size(); ++k) {
    const plan::LinearBlock& block = shared.linear.blocks[k];
    if (!block.factor.empty()) continue;
    for (std::size_t c = 0; c < block.columns.size(); ++c) {
      const bool free = !block.integrated || (!block.loaded() && shared.sources[k][c].flat);
      if (!free || block.columns[c].row != kNone || shared.design.blocks()[k].columns[c] != nullptr) continue;
      double sum = 0;
      for (const double y : shared.response) sum += y;
      const double mean = sum / static_cast<double>(shared.response.size());
      if (shared.totals) shared.totals->subtract(0, k, c, mean);
      for (double& y : shared.response) y -= mean;
      shared.sources[k][c].origin = mean;
      return;
    }
  }
}

Likelihood::Likelihood(const plan::Plan& plan, const frame::Frame& table, const Rows& rows, const Tape& tape)
    : shared_(bind(plan, table, rows, tape)),
      kernel_(std::make_shared<const kernels::Structure>(shared_->layout(), shared_->kernel_roles())),
      point_(kernel_.start()),
      gradient_(kernel_.zero()),
      more_digits_(shared_->design, shared_->unreduced(), shared_->roles),
      sums_(shared_->sums()),
      effects_point_(point_),
      row_point_(point_),
      reduced_(shared_->layout().size()) {
  for (std::size_t k = 0; k < plan.linear.blocks.size(); ++k) {
    const plan::LinearBlock& block = plan.linear.blocks[k];
    loadings_.emplace_back(block, tape, shared_->shifts_of(k));
    const std::size_t d = shared_->sources[k].size();
    const bool rotated =
        !shared_->shifts_of(k).empty() && !block.factor.empty() && shared_->roles.blocks[k].flat.empty();
    rotation_.emplace_back(rotated ? d * d : 0);
    if (loadings_[k].empty()) continue;
    loaded_ = true;
    effects_point_.factor[k].assign(d * d, 0);
    change_.resize(std::max(change_.size(), d * d));
  }
  point_.log_weights = shared_->log_weights;
  if (!shared_->linear.by_moments()) {
    row_weights_ = shared_->weights;
    row_weights_.resize(shared_->design.rows(), 1.0);
    row_residuals_.resize(shared_->design.rows());
    effects_.resize(shared_->design.size());
    row_columns_ = RowColumns(shared_->linear, shared_->design, tape);
  }
  if (shared_->linear.reweighed()) {
    covariance_ = shared_->layout().zeros();
    row_covariances_ = RowCovariances(shared_->design);
  }
  if (!shared_->strata) return;
  strata_weights_.resize(shared_->strata->size());
  strata_squares_.resize(shared_->strata->size());
}

double Likelihood::evaluate(std::span<const double> values, double log_prior) {
  // Estimated relative errors of a value that call for more digits, practically never met; and that are an error where
  // the design is too large for those.
  constexpr double kTolerance = 1e-8, kFailing = 1e-6, kNowhere = -1e12;
  constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
  failure_.clear();
  precise_ = false;
  point_.precision = 1;
  if (shared_->scale >= 0) {
    const double sd = values[static_cast<std::size_t>(shared_->scale)];
    point_.precision = 1 / (sd * sd);
    if (!(point_.precision > 0) || !std::isfinite(point_.precision)) {
      failure_ = "the residual sd is zero or not finite";
      return kMinusInfinity;
    }
  }
  fill_point(values);
  if (shared_->strata && !weigh_strata(values)) return kMinusInfinity;
  if (!shared_->strata && !shared_->linear.by_moments() && !weigh_rows(values)) return kMinusInfinity;
  const double value = kernel_.integrate(sums_, point_);
  const double error = std::isfinite(value) ? kernel_.error() / (1 + std::abs(value)) : 1;
  if (!(error <= kTolerance) && log_prior < kNowhere) {
    failure_ = "scales are too far apart for double precision, and the priors' density is practically zero";
    return kMinusInfinity;
  }
  precise_ = !(error <= kTolerance) && (gather_precisely() || !(error <= kFailing));
  return (precise_ ? integrate_precisely() : value) + shared_->constant;
}

/// Covariance factors C = diag(sds) L, or with loadings Λ C, and coefficients θ from the graph's values.
void Likelihood::fill_point(std::span<const double> values) {
  for (std::size_t k = 0; k < shared_->sources.size(); ++k) {
    const auto& sources = shared_->sources[k];
    const std::size_t d = sources.size();
    std::vector<double>& factor = loadings_[k].empty() ? point_.factor[k] : effects_point_.factor[k];
    if (!rotation_[k].empty()) std::ranges::fill(factor, 0.0);
    for (std::size_t c = 0; c < d; ++c) {
      const ColumnSource& s = sources[c];
      if (!shared_->linear.blocks[k].integrated) {
        const std::size_t levels = shared_->layout().blocks()[k].levels;
        double* theta = &point_.coefficients[shared_->layout().offset(k) + c];
        for (std::size_t j = 0; j < levels; ++j)
          theta[j * d] = values[s.coefficient + (s.levels > 1 ? j : 0)] - s.origin;
        continue;
      }
      const double sd = s.flat ? 1 : values[s.sd];
      if (diagonal(k)) {
        factor[c] = sd;
      } else if (s.cholesky < 0) {
        factor[c * d + c] = sd;
      } else {
        for (std::size_t i = 0; i <= s.component; ++i)
          factor[c * d + s.first + i] =
              sd * values[static_cast<std::size_t>(s.cholesky) + i * s.components + s.component];
      }
    }
    if (!loadings_[k].empty())
      loadings_[k].forward(values, factor, point_.factor[k]);
    else if (loaded_)
      effects_point_.factor[k] = factor;
    if (rotation_[k].empty()) continue;
    make_lower(d, point_.factor[k], rotation_[k]);
    rotate(d, factor, rotation_[k], false, change_);
  }
  effects_point_.precision = point_.precision;
  if (shared_->shifts.empty()) return;
  row_point_ = point_;
  for (const moments::Shift& shift : shared_->shifts)
    row_point_.factor[shift.block] = effects_point_.factor[shift.block];
}

void Likelihood::backward(std::span<const double> values, std::span<double> adjoints) {
  if (precise_)
    gradient_precisely();
  else
    kernel_.gradient(sums_, point_, gradient_);
  factor_backward(values, adjoints);
  coefficients_backward(adjoints);
  if (shared_->scale >= 0)
    adjoints[static_cast<std::size_t>(shared_->scale)] -=
        2 * gradient_.log_precision / values[static_cast<std::size_t>(shared_->scale)];
  if (shared_->strata && !precise_) return strata_backward(values, adjoints);
  if (!shared_->linear.by_moments()) rows_backward(values, adjoints);
}

void Likelihood::factor_backward(std::span<const double> values, std::span<double> adjoints) {
  for (std::size_t k = 0; k < shared_->sources.size(); ++k) {
    if (!shared_->linear.blocks[k].integrated) continue;
    const auto& sources = shared_->sources[k];
    const std::size_t d = sources.size();
    if (!rotation_[k].empty()) rotate(d, gradient_.factor[k], rotation_[k], true, change_);
    if (!loadings_[k].empty())
      loadings_[k].backward(values, effects_point_.factor[k], gradient_.factor[k], std::span(change_).first(d * d),
                            adjoints);
    const std::vector<double>& change = loadings_[k].empty() ? gradient_.factor[k] : change_;
    for (std::size_t c = 0; c < d; ++c) {
      const ColumnSource& s = sources[c];
      if (s.flat) continue;
      if (s.cholesky < 0) {
        adjoints[s.sd] += diagonal(k) ? change[c] : change[c * d + c];
        continue;
      }
      for (std::size_t i = 0; i <= s.component; ++i) {
        const std::size_t entry = static_cast<std::size_t>(s.cholesky) + i * s.components + s.component;
        adjoints[s.sd] += change[c * d + s.first + i] * values[entry];
        adjoints[entry] += change[c * d + s.first + i] * values[s.sd];
      }
    }
  }
}

void Likelihood::coefficients_backward(std::span<double> adjoints) const {
  for (std::size_t k = 0; k < shared_->sources.size(); ++k) {
    if (shared_->linear.blocks[k].integrated) continue;
    const auto& sources = shared_->sources[k];
    const std::size_t levels = shared_->layout().blocks()[k].levels, d = sources.size();
    for (std::size_t c = 0; c < d; ++c) {
      const double* up = &gradient_.coefficients[shared_->layout().offset(k) + c];
      for (std::size_t j = 0; j < levels; ++j)
        adjoints[sources[c].coefficient + (sources[c].levels > 1 ? j : 0)] += up[j * d];
    }
  }
}

}  // namespace woodbury::density
