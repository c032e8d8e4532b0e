#include "woodbury/answers/predictor.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/answers/prior_factor.hpp"

namespace woodbury::answers {

using model::NodeId;

Predictor::Predictor(const Bound& bound, const Rows& rows, bool noise)
    : bound_(bound), rows_(rows), density_(bound.density()) {
  const plan::LinearModel& linear = bound.plan().linear;
  effects_.resize(rows.design().size());
  factors_.resize(linear.blocks.size());
  if (linear.has_row_columns()) row_columns_ = density::RowColumns(linear, rows.design(), *rows.tape());
  if (noise) weights_ = plan::known_weights(bound.plan().model, linear, rows.table());
  for (std::size_t k = 0; k < linear.blocks.size(); ++k)
    for (std::size_t c = 0; c < linear.blocks[k].columns.size() && !linear.blocks[k].loaded(); ++c)
      origin_ += density_.likelihood().origin(k, c);
  for (std::size_t k = 0; k < linear.blocks.size(); ++k) {
    bool fresh = false;
    for (std::size_t n = 0; n < rows.size() && !fresh; ++n) fresh = rows.use(n, k) == Use::fresh;
    if (fresh) fresh_.push_back(k);
  }
}

bool Predictor::place(std::size_t draw) {
  if (!std::isfinite(bound_.place(density_, draw))) return false;
  auto& likelihood = density_.likelihood();
  precise_ = likelihood.effects_precise();
  inverted_ = false;
  std::ranges::copy(likelihood.row_point().coefficients, effects_.begin());
  ask([&](auto& kernel) { kernel.conditional_mean(likelihood.row_point(), effects_); });
  fresh_factors();
  if (const density::Tape* tape = rows_.tape()) {
    const model::Model& model = bound_.plan().model;
    if (row_values_.empty()) row_values_ = tape->initial_values();
    for (const NodeId id : tape->order()) {
      const model::Node& node = model.node(id);
      if (node.op != model::Op::variable) {
        tape->forward(id, row_values_);
        continue;
      }
      const auto& dims = model.variable(node.index).dims;
      const bool zero = !dims.empty() && !model.dim_labels.contains(dims[0]) && rows_.zero(dims[0]);
      const double* from = &density_.values()[density_.tape().offset(id)];
      for (std::size_t i = 0; i < tape->size(id); ++i) row_values_[tape->offset(id) + i] = zero ? 0 : from[i];
    }
    row_columns_.fill(row_values_);
  }
  return true;
}

/// Covariance factors of blocks that are new in some row: the kernel's, or from a sampled effect's prior.
void Predictor::fresh_factors() {
  const plan::Plan& plan = bound_.plan();
  for (const std::size_t k : fresh_) {
    const plan::LinearBlock& block = plan.linear.blocks[k];
    if (!block.integrated) {
      factors_[k] = prior_factor(plan, density_, k);
      continue;
    }
    const std::size_t d = block.columns.size(), width = effects(k);
    factors_[k].assign(d * width, 0);
    const std::vector<double>& c = density_.likelihood().row_point().factor[k];
    const bool diagonal = bound_.plan().roles.blocks[k].diagonal && c.size() == d;
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < width; ++j)
        factors_[k][i * width + j] = diagonal ? (i == j ? c[i] : 0) : c[i * width + j];
  }
}

double Predictor::mean(std::size_t row) const {
  double mean = origin_ + rows_.offset(row);
  const auto& blocks = design().blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    if (rows_.use(row, k) != Use::known) continue;
    const std::size_t level = blocks[k].level(row);
    const double* w = &effects_[design().offset(k) + level * blocks[k].columns.size()];
    for (std::size_t c = 0; c < blocks[k].columns.size(); ++c) mean += column(k, c, row) * w[c];
  }
  for (const NodeId node : bound_.plan().linear.rest) mean += row_values_[rows_.tape()->offset(node) + row];
  return mean;
}

void Predictor::draw_effects(base::Stream& stream) {
  auto& likelihood = density_.likelihood();
  std::ranges::copy(likelihood.row_point().coefficients, effects_.begin());
  if (!bound_.plan().integrated.empty())
    ask([&](auto& kernel) { kernel.recover(likelihood.row_point(), stream, effects_); });
  fresh_effects_.resize(factors_.size());
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    if (factors_[k].empty()) continue;
    const std::size_t width = effects(k), d = factors_[k].size() / width, labels = rows_.new_levels(k);
    fresh_effects_[k].assign(labels * d, 0);
    for (std::size_t j = 0; j < labels; ++j)
      for (std::size_t i = 0; i < width; ++i) {
        const double z = stream.normal();
        for (std::size_t c = 0; c < d; ++c) fresh_effects_[k][j * d + c] += factors_[k][c * width + i] * z;
      }
  }
}

double Predictor::drawn(std::size_t row) const {
  double value = mean(row);
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    if (rows_.use(row, k) != Use::fresh) continue;
    const std::size_t d = design().blocks()[k].columns.size();
    const double* w = &fresh_effects_[k][rows_.new_level(row, k) * d];
    for (std::size_t c = 0; c < d; ++c) value += column(k, c, row) * w[c];
  }
  return value;
}

void Predictor::form_of(std::size_t row) {
  form_.clear();
  const auto& blocks = design().blocks();
  for (std::uint32_t k = 0; k < blocks.size(); ++k) {
    if (rows_.use(row, k) != Use::known || !bound_.plan().linear.blocks[k].integrated) continue;
    const auto level = static_cast<std::uint32_t>(blocks[k].level(row));
    for (std::uint32_t c = 0; c < blocks[k].columns.size(); ++c)
      if (const double x = column(k, c, row); x != 0) form_.push_back({k, level, c, x});
  }
}

std::size_t Predictor::effects(std::size_t block) const {
  const plan::LinearBlock& b = bound_.plan().linear.blocks[block];
  return b.integrated ? b.effects.size() : b.columns.size();
}

/// Element i of Cᵀa, of a new level.
double Predictor::fresh_coefficient(std::size_t row, std::size_t block, std::size_t i) const {
  const std::vector<double>& factor = factors_[block];
  const std::size_t width = effects(block);
  double z = 0;
  for (std::size_t c = 0; c < factor.size() / width; ++c) z += factor[c * width + i] * column(block, c, row);
  return z;
}

double Predictor::fresh_variance(std::size_t row, std::size_t block) const {
  double square = 0;
  for (std::size_t i = 0; i < effects(block); ++i) {
    const double z = fresh_coefficient(row, block, i);
    square += z * z;
  }
  return square;
}

/// The inverse costs a solve for each coordinate, by faster products: as much as some rows' own solves.
void Predictor::invert_once() {
  constexpr std::size_t kCoordinatesARow = 8;
  auto& likelihood = density_.likelihood();
  if (inverted_ || precise_ || kCoordinatesARow * rows_.size() < likelihood.kernel().coordinates()) return;
  likelihood.kernel().invert();
  inverted_ = true;
}

Conditional Predictor::at(std::size_t row) {
  Conditional result{mean(row), 0};
  form_of(row);
  auto& likelihood = density_.likelihood();
  invert_once();
  if (!form_.empty())
    result.variance = ask([&](auto& kernel) { return kernel.variance(likelihood.row_point(), form_); });
  for (std::size_t k = 0; k < factors_.size(); ++k)
    if (rows_.use(row, k) == Use::fresh) result.variance += fresh_variance(row, k);
  return result;
}

double Predictor::remainder(std::size_t row) {
  form_of(row);
  auto& likelihood = density_.likelihood();
  if (form_.empty()) return 1;
  if (precise_) return likelihood.more_digits().remainder(likelihood.row_point(), form_, noise(row));
  return 1 - likelihood.kernel().variance(likelihood.row_point(), form_) / noise(row);
}

kernels::Precise::Remainder Predictor::remainder(std::span<const std::size_t> rows, std::span<const double> u) {
  std::vector<std::vector<kernels::Coefficient>> forms;
  std::vector<double> noises;
  for (const std::size_t row : rows) {
    form_of(row);
    forms.push_back(form_);
    noises.push_back(noise(row));
  }
  auto& likelihood = density_.likelihood();
  return likelihood.more_digits().remainder(likelihood.row_point(), forms, noises, u);
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
  for (std::size_t k = 0; k < factors_.size(); ++k) size += rows_.new_levels(k) * effects(k);
  return size;
}

void Predictor::half(std::size_t row, std::span<double> out) {
  std::ranges::fill(out, 0.0);
  form_of(row);
  auto& likelihood = density_.likelihood();
  if (!form_.empty()) ask([&](auto& kernel) { kernel.half_solve(likelihood.row_point(), form_, out); });
  std::size_t at = likelihood.kernel().coordinates();
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    const std::size_t width = effects(k);
    if (rows_.use(row, k) == Use::fresh)
      for (std::size_t i = 0; i < width; ++i)
        out[at + rows_.new_level(row, k) * width + i] = fresh_coefficient(row, k, i);
    at += rows_.new_levels(k) * width;
  }
}

}  // namespace woodbury::answers
