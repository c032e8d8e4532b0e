// The likelihood where rows, or cells of rows, are worked at every point.
#include <cmath>

#include "woodbury/density/likelihood.hpp"

namespace woodbury::density {

Rows::Rows(const plan::Plan& plan, const frame::Frame& all) : table(all) {
  if (plan.linear.by_moments()) return;
  if (plan.on(plan::kCells)) {
    moments::Cells found = plan::find_cells(plan.model, plan.linear, all);
    if (found.size() < all.rows()) {
      table = plan::cell_table(plan.model, found, all);
      cells = std::move(found);
    }
  }
  if (!plan.on(plan::kStrata)) return;
  const auto found = plan::find_strata(plan.model, plan.linear, all);
  if (!found) return;
  strata = found->size();
  strata_table = plan::cell_table(plan.model, *found, all);
  for (std::size_t n = 0; n < table.rows(); ++n) stratum.push_back(found->of_row[cells ? cells->first[n] : n]);
}

void Likelihood::merge(Shared& shared, const moments::Cells& cells) {
  moments::CellResponses of_cells = moments::summarise(cells, shared.weights, shared.response);
  shared.counts = std::move(of_cells.rows);
  shared.weights = std::move(of_cells.weight);
  shared.response = std::move(of_cells.mean);
  shared.within = std::move(of_cells.within);
}

/// Sums for this point's residual scales and row expressions.
bool Likelihood::weigh_rows(std::span<const double> values) {
  const std::size_t rows = shared_->design.rows();
  row_residuals_ = shared_->response;
  for (const std::size_t at : shared_->rest)
    for (std::size_t n = 0; n < rows; ++n) row_residuals_[n] -= values[at + n];
  const bool sd_varies = shared_->row_sd >= 0;
  if (sd_varies && !reweigh(values)) return false;
  row_columns_.fill(values);
  if (shared_->linear.reweighed())
    shared_->products->accumulate(design(), row_weights_.data(), row_residuals_.data(), sums_);
  else
    shared_->products->accumulate_response(row_weights_.data(), row_residuals_.data(), sums_);
  scatter_ = 0;
  for (std::size_t c = 0; c < shared_->within.size(); ++c)
    scatter_ += shared_->within[c] * (sd_varies ? row_weights_[c] / shared_->weights[c] : 1);
  sums_.square += scatter_;
  return true;
}

/// Weights 1/sd² a row; a cell counts as often as it has rows. Here all of the sd is in `row_sd`, and none is known.
bool Likelihood::reweigh(std::span<const double> values) {
  point_.log_weights = 0;
  for (std::size_t n = 0; n < row_weights_.size(); ++n) {
    const double sd = values[static_cast<std::size_t>(shared_->row_sd) + n];
    const double weight = 1 / (sd * sd), count = shared_->counts.empty() ? 1 : shared_->counts[n];
    if (!(weight > 0) || !std::isfinite(weight)) {
      failure_ = "a residual sd is zero or not finite";
      return false;
    }
    point_.log_weights += count * std::log(weight);
    row_weights_[n] = count * weight;
  }
  return true;
}

/// With a row's weight W, ∂/∂ its mean is W(r − Aŵ), and ∂/∂ its sd is (W E[(r − a w)²] − 1)/sd. In a cell of m rows W
/// is their weights' sum, r their mean, and m − W₀S, with S the scatter and W₀ one row's weight, stands for 1. Rows of
/// a stratum share their sd.
void Likelihood::rows_backward(std::span<const double> values, std::span<double> adjoints) {
  const moments::Design& design = this->design();
  const bool reweighed = shared_->linear.reweighed();
  std::copy(point_.coefficients.begin(), point_.coefficients.end(), effects_.begin());
  if (precise_) {
    more_digits_.conditional_mean(point_, effects_);
    if (reweighed) more_digits_.covariances(point_, covariance_);
  } else {
    kernel_.conditional_mean(point_, effects_);
    if (reweighed) kernel_.covariances(point_, covariance_);
  }
  const bool by_cells = !shared_->counts.empty();
  for (std::size_t n = 0; n < design.rows(); ++n) {
    double residual = row_residuals_[n];
    for (std::size_t k = 0; k < design.blocks().size(); ++k) {
      const moments::Block& block = design.blocks()[k];
      const std::size_t level = block.level(n);
      const double* w = &effects_[design.offset(k) + level * block.columns.size()];
      for (std::size_t c = 0; c < block.columns.size(); ++c)
        residual -= w[c] * (block.columns[c] ? (*block.columns[c])[n] : 1);
    }
    const double weight = point_.precision * row_weights_[n];
    for (const std::size_t at : shared_->rest) adjoints[at + n] += weight * residual;
    if (!reweighed) continue;
    const double variance = row_covariances_.at(n, design, *shared_->products, covariance_);
    row_columns_.backward(n, {residual, weight, row_covariances_.values()}, effects_, adjoints);
    if (shared_->row_sd < 0) continue;
    const std::size_t at = static_cast<std::size_t>(shared_->row_sd) +
                           (shared_->strata ? static_cast<std::size_t>(shared_->stratum[n]) : n);
    const double square = residual * residual + variance;
    const double expected = weight * square + (by_cells ? weight * shared_->within[n] / shared_->counts[n] : 0);
    adjoints[at] += (expected - (by_cells ? shared_->counts[n] : 1)) / values[at];
  }
}

}  // namespace woodbury::density
