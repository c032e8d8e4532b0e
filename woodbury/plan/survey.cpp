#include "woodbury/plan/survey.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "woodbury/plan/scale_effects.hpp"

namespace woodbury::plan {

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// What a column holds, in words that two columns share if they hold the same.
std::string key_of(const model::Model& model, const LinearColumn& column) {
  std::string key;
  for (const model::NodeId node : column.data)
    key += (key.empty() ? "" : " + ") + (node == model::kNone ? std::string("1") : model::to_text(model, node));
  if (column.row != model::kNone) key = model::to_text(model, column.row);
  return column.indicator.empty() ? key : key + " at " + column.indicator + " " + std::to_string(column.level);
}

/// A column's variance where it is given: by a constant prior sd, or, under no Gaussian prior, none.
double known_variance(const model::Model& model, const LinearBlock& block, const LinearColumn& column) {
  if (column.variable < 0) return block.factor.empty() ? kInfinite : std::nan("");
  const model::Distribution& prior = model.variable(column.variable).distribution;
  if (prior.kind == model::DistributionKind::flat) return kInfinite;
  const auto sd = constant_value(model, prior.args[1], static_cast<std::size_t>(column.component));
  if (sd) return *sd * *sd;
  return block.factor.empty() ? kInfinite : std::nan("");
}

}  // namespace

LinearModel joined(const model::Model& model, LinearModel linear) {
  std::vector<LinearBlock> blocks;
  for (const LinearBlock& block : linear.blocks) {
    auto into = std::find_if(blocks.begin(), blocks.end(),
                             [&](const LinearBlock& other) { return other.factor == block.factor; });
    if (into == blocks.end())
      into = blocks.insert(blocks.end(), {.factor = block.factor, .integrated = block.integrated});
    for (const LinearColumn& column : block.columns)
      if (std::none_of(into->columns.begin(), into->columns.end(),
                       [&](const LinearColumn& other) { return key_of(model, other) == key_of(model, column); }))
        into->columns.push_back(column);
  }
  linear.blocks = std::move(blocks);
  return linear;
}

std::vector<std::vector<double>> known_variances(const model::Model& model, const LinearModel& linear) {
  std::vector<std::vector<double>> known;
  for (const LinearBlock& block : linear.blocks) {
    auto& variances = known.emplace_back();
    for (const LinearColumn& column : block.columns) variances.push_back(known_variance(model, block, column));
  }
  return known;
}

double Information::mean() const {
  double sum = 0;
  for (std::size_t at = 0; at < squares.size(); at += width * width)
    for (std::size_t c = 0; c < width; ++c) sum += squares[at + c * width + c] * variances[c] / residual;
  return sum / static_cast<double>(std::max<std::size_t>(levels * width, 1));
}

Eigen::MatrixXd Information::scaled(std::size_t level) const {
  const auto d = static_cast<Eigen::Index>(width);
  const Eigen::Map<const Eigen::MatrixXd> square(&squares[level * width * width], d, d);
  const Eigen::VectorXd sds = Eigen::Map<const Eigen::VectorXd>(variances.data(), d).cwiseSqrt();
  return sds.asDiagonal() * square * sds.asDiagonal() / residual;
}

std::optional<Information> information_of(const LinearModel& linear, const Products& products,
                                          const Estimates& estimates, model::VariableId variable) {
  for (std::size_t k = 0; k < linear.blocks.size(); ++k) {
    if (linear.blocks[k].factor.empty()) continue;
    std::vector<std::size_t> columns;
    for (std::size_t c = 0; c < linear.blocks[k].columns.size(); ++c)
      if (linear.blocks[k].columns[c].variable == variable) columns.push_back(c);
    if (columns.empty()) continue;
    const Products own = select(products, {{k, columns}});
    Information result{.levels = own.layout.blocks()[0].levels,
                       .width = columns.size(),
                       .squares = own.sums.diagonal[0],
                       .variances = {},
                       .residual = estimates.residual};
    for (const std::size_t c : columns) result.variances.push_back(estimates.effects[k][c]);
    return result;
  }
  return std::nullopt;
}

bool nested(const moments::Layout& layout, std::size_t inner, std::size_t outer) {
  const moments::Pattern& pattern = layout.patterns()[layout.pattern(std::min(inner, outer), std::max(inner, outer))];
  std::vector<int> met(layout.blocks()[inner].levels);
  for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
    for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
      if (++met[inner < outer ? j : static_cast<std::size_t>(pattern.level[s])] > 1) return false;
  return true;
}

std::vector<double> fitted(const moments::Design& design, std::span<const double> coefficients) {
  std::vector<double> result(design.rows());
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const moments::Block& block = design.blocks()[k];
    const std::size_t d = block.columns.size();
    for (std::size_t n = 0; n < result.size(); ++n) {
      const double* own = &coefficients[design.offset(k) + block.level(n) * d];
      for (std::size_t c = 0; c < d; ++c) result[n] += own[c] * (block.columns[c] ? (*block.columns[c])[n] : 1);
    }
  }
  return result;
}

Survey::Survey(model::Model& model, const frame::Frame& table, const Detection& detected)
    : model_(model), table_(table), linear_(joined(model, make_linear(model, detected.form, level_count(table)))) {
  weights_ = known_weights(model, linear_, table);
  response_ = response_values(model, linear_, table);
  for (const LinearBlock& block : linear_.blocks) {
    auto& places = places_.emplace_back();
    for (const LinearColumn& column : block.columns) places.emplace(key_of(model, column), places.size());
  }
  const moments::Design design = bind_blocks(model, linear_, table);
  const std::vector<std::vector<double>> known = known_variances(model, linear_);
  estimates_ = estimate(design, known);
  uncertainty_ = uncertainty(known);
  if (linear_.row_sd == model::kNone) return;
  std::vector<double> residuals = fitted(design, estimates_.means);
  for (std::size_t n = 0; n < residuals.size(); ++n) residuals[n] = response_[n] - residuals[n];
  of_scale_ = scale_information(model, table, residuals);
}

/// Where the border has ones, an origin of the response is theirs to take up. Variances are guessed with columns that
/// lie far from zero moved there; of raw columns an intercept's effects vary with those columns', too.
Estimates Survey::estimate(const moments::Design& design, const std::vector<std::vector<double>>& known) {
  const auto& blocks = design.blocks();
  const bool origin = std::ranges::any_of(blocks, [](const moments::Block& block) {
    return block.codes == nullptr && std::ranges::count(block.columns, nullptr) > 0;
  });
  if (origin) {
    const double mean =
        std::accumulate(response_.begin(), response_.end(), 0.0) / static_cast<double>(response_.size());
    for (double& y : response_) y -= mean;
  }
  products_ = sum(design);
  const std::vector<moments::Shift> shifts = moments::find_shifts(design, std::vector<bool>(blocks.size(), true));
  if (shifts.empty()) return estimate_variances(*products_, known);
  Estimates found = estimate_variances(sum(moments::shifted(design, shifts)), known);
  for (const moments::Shift& shift : shifts) {
    auto& variances = found.effects[shift.block];
    const std::size_t d = variances.size();
    if (std::isnan(known[shift.block][shift.ones]))
      variances[shift.ones] += shift.by * shift.by * variances[shift.column];
    for (std::size_t j = 0; j < blocks[shift.block].levels; ++j) {
      double* means = &found.means[design.offset(shift.block) + j * d];
      means[shift.ones] -= shift.by * means[shift.column];
    }
  }
  return found;
}

/// Given the data alone log τ has Fisher information Σ 2λ_j², λ_j = i_j/(1 + i_j), where level j has i_j = n_j τ²/σ².
double Survey::uncertainty(const std::vector<std::vector<double>>& known) const {
  double worst = 0;
  for (std::size_t k = 0; k < known.size(); ++k)
    for (std::size_t c = 0, d = known[k].size(); c < d; ++c) {
      if (!std::isnan(known[k][c])) continue;
      double information = 1e-12;
      for (std::size_t j = 0; j < products_->layout.blocks()[k].levels; ++j) {
        const double i =
            products_->sums.diagonal[k][(j * d + c) * d + c] * estimates_.effects[k][c] / estimates_.residual;
        information += 2 * std::pow(i / (1 + i), 2);
      }
      worst = std::max(worst, 1 / std::sqrt(information));
    }
  return worst;
}

Products Survey::sum(const moments::Design& design) const {
  const moments::CrossProducts products(design);
  Products result{products.layout(), products.layout().zeros()};
  products.accumulate(weights_.empty() ? nullptr : weights_.data(), response_.data(), result.sums);
  return result;
}

std::optional<std::size_t> Survey::block_of(const std::string& factor) const {
  for (std::size_t k = 0; k < linear_.blocks.size(); ++k)
    if (linear_.blocks[k].factor == factor) return k;
  return std::nullopt;
}

std::optional<std::vector<Selected>> Survey::picks(const LinearModel& linear) const {
  std::vector<Selected> picks;
  for (const LinearBlock& block : linear.blocks) {
    const auto k = block_of(block.factor);
    if (!k) return std::nullopt;
    Selected& pick = picks.emplace_back(Selected{*k, {}});
    for (const LinearColumn& column : block.columns) {
      const auto found = places_[*k].find(key_of(model_, column));
      if (found == places_[*k].end()) return std::nullopt;
      pick.columns.push_back(found->second);
    }
  }
  return picks;
}

Products Survey::products(const LinearModel& linear) const {
  const auto chosen = picks(linear);
  return chosen ? select(*products_, *chosen) : sum(bind_blocks(model_, linear, table_));
}

double Survey::variance(const LinearBlock& block, const LinearColumn& column) const {
  const auto k = block_of(block.factor);
  if (!k) return kInfinite;
  const auto found = places_[*k].find(key_of(model_, column));
  return found == places_[*k].end() ? kInfinite : estimates_.effects[*k][found->second];
}

bool Survey::nested(const std::string& inner, const std::string& outer) const {
  const auto a = block_of(inner), b = block_of(outer);
  return a && b && *a != *b && plan::nested(products_->layout, *a, *b);
}

std::optional<Information> Survey::information(model::VariableId variable) const {
  if (const auto found = of_scale_.find(variable); found != of_scale_.end()) return found->second;
  return information_of(linear_, *products_, estimates_, variable);
}

}  // namespace woodbury::plan
