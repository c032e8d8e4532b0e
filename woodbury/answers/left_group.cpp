#include "woodbury/answers/left_group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "woodbury/answers/prior_factor.hpp"

namespace woodbury::answers {

using kernels::Elimination;

namespace {

/// What a pivot must keep of what it is left of: digits enough to be told from rounding.
constexpr double kKeeps = 1e-9;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The row's level of the block eliminated first, and the coordinates behind that block's.
struct FirstBlock {
  const Elimination& kernel;
  std::size_t width = 1, end = 0;
  explicit FirstBlock(const Elimination& kernel_in) : kernel(kernel_in) {
    if (kernel.first_levels() == 0) return;
    width = kernel.first_level(0).width;
    end = kernel.first_levels() * width;
  }
};

}  // namespace

double GroupRows::flops() const {
  const double q = static_cast<double>(separators.size()), m = static_cast<double>(own());
  double flops = 4 * q * q * q + 2 * m * (q + m) * (q + m) + 10 * q * q;
  for (const Leaf& leaf : leaves) {
    const double k = static_cast<double>(leaf.at.size()) + m + 2;
    flops += k * k * static_cast<double>(leaf.last - leaf.first + 4);
  }
  return flops;
}

GroupRows group_rows(const Rows& rows, density::Likelihood& likelihood, std::span<const std::size_t> unit,
                     std::span<const OwnBlock> own) {
  auto& kernel = likelihood.kernel();
  const FirstBlock first(kernel);
  GroupRows group;
  std::vector<std::pair<std::size_t, std::size_t>> by_level;
  for (const std::size_t n : unit) {
    std::size_t level = 0;
    for (const auto& entry : kernel.whitened_row(rows.design(), likelihood.row_point(), n)) {
      if (entry.coordinate < first.end)
        level = entry.coordinate / first.width;
      else if (first.end == 0)
        group.separators.push_back(entry.coordinate);
    }
    by_level.emplace_back(level, n);
  }
  std::ranges::stable_sort(by_level, {}, &std::pair<std::size_t, std::size_t>::first);
  for (const auto& [level, n] : by_level) {
    if (group.leaves.empty() || group.leaves.back().level != level) {
      group.leaves.push_back({level, group.rows.size(), group.rows.size(), {}});
      if (first.end > 0)
        for (const std::uint32_t c : kernel.first_level(level).coupled) group.separators.push_back(c);
    }
    group.rows.push_back(n);
    group.leaves.back().last = group.rows.size();
  }
  std::ranges::sort(group.separators);
  group.separators.erase(std::ranges::unique(group.separators).begin(), group.separators.end());
  for (GroupRows::Leaf& leaf : group.leaves) {
    if (first.end == 0)
      for (std::size_t i = 0; i < group.separators.size(); ++i) leaf.at.push_back(static_cast<std::uint32_t>(i));
    else
      for (const std::uint32_t c : kernel.first_level(leaf.level).coupled)
        leaf.at.push_back(
            static_cast<std::uint32_t>(std::ranges::lower_bound(group.separators, c) - group.separators.begin()));
  }
  std::vector<std::map<std::size_t, std::uint32_t>> levels(own.size());
  for (const std::size_t n : group.rows)
    for (std::size_t k = 0; k < own.size(); ++k) {
      auto& known = levels[k];
      const std::size_t level = rows.design().blocks()[own[k].block].level(n);
      group.own_level.push_back(known.try_emplace(level, static_cast<std::uint32_t>(known.size())).first->second);
    }
  if (!own.empty()) group.own_first.push_back(0);
  for (std::size_t k = 0; k < own.size(); ++k)
    group.own_first.push_back(group.own_first.back() +
                              levels[k].size() * rows.design().blocks()[own[k].block].columns.size());
  return group;
}

GroupDensity::GroupDensity(Predictor& predictor, const Rows& rows, std::span<const OwnBlock> own)
    : predictor_(predictor), rows_(rows), own_(own.begin(), own.end()), own_factor_(own.size()) {}

void GroupDensity::place(const plan::Plan& plan) {
  for (std::size_t k = 0; k < own_.size(); ++k)
    own_factor_[k] = prior_factor(plan, predictor_.density(), own_[k].block);
}

/// Adds the unscaled row's [G | t] to `out`.
void GroupDensity::own_row(const GroupRows& group, std::size_t n, double* out) const {
  const std::size_t row = group.rows[n];
  for (std::size_t k = 0; k < own_.size(); ++k) {
    const auto& columns = predictor_.design().blocks()[own_[k].block].columns;
    const std::size_t width = columns.size();
    double* g = out + group.own_first[k] + group.own_level[n * own_.size() + k] * width;
    for (std::size_t c = 0; c < width; ++c) {
      const double x = columns[c] ? (*columns[c])[row] : 1;
      for (std::size_t i = 0; i < width; ++i) g[i] += x * own_factor_[k][c * width + i];
      out[group.own()] += x * predictor_.effect(own_[k].block, row, c);
    }
  }
}

Eigen::MatrixXd GroupDensity::own_rows(const GroupRows& group) const {
  const auto n = static_cast<Eigen::Index>(group.rows.size()), own = static_cast<Eigen::Index>(group.own());
  Matrix rows = Matrix::Zero(n, own > 0 ? own + 1 : 0);
  for (Eigen::Index i = 0; i < n && own > 0; ++i) {
    own_row(group, static_cast<std::size_t>(i), rows.row(i).data());
    rows.row(i) /= std::sqrt(predictor_.noise(group.rows[static_cast<std::size_t>(i)]));
  }
  return rows;
}

/// Adds row number n of the group to the leaf's sums.
void GroupDensity::add_row(const GroupRows& group, std::size_t n, const Elimination::Level& level,
                           std::size_t coupled) {
  auto& likelihood = predictor_.density().likelihood();
  const std::size_t row = group.rows[n], own = group.own(), count = row_.size(), d = level.width;
  const double w = 1 / predictor_.noise(row), root = std::sqrt(w);
  weights_.multiply(w);
  std::ranges::fill(row_, 0.0);
  std::ranges::fill(coefficients_, 0.0);
  const std::size_t own_end = level.coordinate + d;
  for (const auto& [coordinate, value] :
       likelihood.kernel().whitened_row(predictor_.design(), likelihood.row_point(), row)) {
    if (coordinate < own_end)
      coefficients_[coordinate - level.coordinate] += root * value;
    else if (d > 0)
      row_[static_cast<std::size_t>(std::ranges::lower_bound(level.coupled, coordinate) - level.coupled.begin())] +=
          root * value;
    else
      row_[static_cast<std::size_t>(std::ranges::lower_bound(group.separators, coordinate) -
                                    group.separators.begin())] += root * value;
  }
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t c = 0; c < coupled; ++c) row_[c] -= level.solved[i * coupled + c] * coefficients_[i];
  row_[coupled] = root * (rows_.response()[row] - predictor_.mean(row));
  if (own > 0) {
    own_row(group, n, &row_[coupled + 1]);
    for (std::size_t i = coupled + 1; i < count; ++i) row_[i] *= root;
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j <= i; ++j) sums_[i * count + j] += row_[i] * row_[j];
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < count; ++j) across_[i * count + j] += coefficients_[i] * row_[j];
    for (std::size_t j = 0; j < d; ++j) square_[i * d + j] += coefficients_[i] * coefficients_[j];
  }
}

/// Adds the leaf's part of [B | u]ᵀF⁻¹[B | u] and of |F|. False where rounding leaves no D + sT.
bool GroupDensity::add_side(Side& side, const GroupRows::Leaf& leaf, const Elimination::Level& level,
                            std::size_t stride) {
  const std::size_t d = level.width, count = leaf.at.size() + 1;
  double before = 1, after = 1;
  for (std::size_t i = 0; i < d; ++i) {
    before *= level.factor[i * d + i] * level.factor[i * d + i];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = side.sign * square_[i * d + j];
      for (std::size_t k = 0; k <= j; ++k) sum += level.factor[i * d + k] * level.factor[j * d + k];
      pivot_[i * d + j] = sum;
    }
    for (std::size_t j = 0; j < count; ++j) solved_[i * count + j] = across_[i * stride + j];
  }
  if (!linalg::cholesky<0>(pivot_.data(), static_cast<int>(d))) return false;
  linalg::solve_lower<0>(pivot_.data(), solved_.data(), static_cast<int>(d), static_cast<int>(count));
  for (std::size_t i = 0; i < d; ++i) {
    double whole = 0;
    for (std::size_t k = 0; k <= i; ++k) whole += level.factor[i * d + k] * level.factor[i * d + k];
    const double pivot = pivot_[i * d + i] * pivot_[i * d + i];
    if (pivot < kKeeps * whole) return false;
    after *= pivot;
  }
  side.determinant.multiply(after / before);
  const auto last = side.sums.rows() - 1;
  for (std::size_t i = 0; i < count; ++i) {
    double* out = side.sums.row(i + 1 < count ? static_cast<Eigen::Index>(leaf.at[i]) : last).data();
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < d; ++k) sum += solved_[k * count + i] * solved_[k * count + j];
      out[j + 1 < count ? static_cast<Eigen::Index>(leaf.at[j]) : last] += sums_[i * stride + j] - side.sign * sum;
    }
  }
  return true;
}

/// Adds the leaf's part of what the group's own effects need.
void GroupDensity::add_own(const GroupRows& group, const GroupRows::Leaf& leaf, const Elimination::Level& level,
                           std::size_t stride) {
  const std::size_t d = level.width, own = group.own(), first = leaf.at.size() + 1;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= own; ++j) solved_[i * (own + 1) + j] = across_[i * stride + first + j];
  linalg::solve_lower<0>(level.factor, solved_.data(), static_cast<int>(d), static_cast<int>(own + 1));
  const std::size_t separators = group.separators.size();
  for (std::size_t j = 0; j <= own; ++j) {
    for (std::size_t i = 0; i < first; ++i)
      own_sums_(static_cast<Eigen::Index>(i + 1 < first ? leaf.at[i] : separators), static_cast<Eigen::Index>(j)) +=
          sums_[(first + j) * stride + i];
    for (std::size_t i = j; i <= own; ++i) {
      double sum = sums_[(first + i) * stride + first + j];
      for (std::size_t k = 0; k < d; ++k) sum -= solved_[k * (own + 1) + i] * solved_[k * (own + 1) + j];
      own_sums_(static_cast<Eigen::Index>(separators + 1 + i), static_cast<Eigen::Index>(j)) += sum;
    }
  }
}

void GroupDensity::add_leaf(const GroupRows& group, const GroupRows::Leaf& leaf) {
  const auto& kernel = predictor_.density().likelihood().kernel();
  const bool some = kernel.first_levels() > 0;
  const Elimination::Level level = some ? kernel.first_level(leaf.level) : Elimination::Level{};
  const std::size_t own = group.own(), coupled = leaf.at.size(), d = level.width;
  const std::size_t count = coupled + 1 + (own > 0 ? own + 1 : 0);
  row_.resize(count);
  coefficients_.resize(d);
  sums_.assign(count * count, 0);
  across_.assign(d * count, 0);
  square_.assign(d * d, 0);
  pivot_.resize(d * d);
  solved_.resize(d * count);
  for (std::size_t n = leaf.first; n < leaf.last; ++n) add_row(group, n, level, coupled);
  const bool out = add_side(out_, leaf, level, count), in = add_side(in_, leaf, level, count);
  sound_ = sound_ && out && in;
  if (own > 0) add_own(group, leaf, level, count);
}

/// With V = KKᵀ, |I + s TV| = |I + s KᵀTK|, and so with its inverse.
bool GroupDensity::close(Side& side, Eigen::Index separators) {
  side.log_determinant = side.determinant.log();
  side.square = side.sums(separators, separators);
  if (separators == 0) return true;
  const auto transposed = factor_.transpose().triangularView<Eigen::Upper>();
  work_ = side.sums.topLeftCorner(separators, separators).selfadjointView<Eigen::Lower>();
  work_ = work_ * factor_.triangularView<Eigen::Lower>();
  work_ = transposed * work_;
  work_ *= side.sign;
  work_.diagonal().array() += 1;
  llt_.compute(work_);
  mean_ = transposed * side.sums.row(separators).head(separators).transpose();
  llt_.matrixL().solveInPlace(mean_);
  if (llt_.matrixLLT().diagonal().array().square().minCoeff() < kKeeps) return false;
  side.log_determinant += 2 * llt_.matrixLLT().diagonal().array().log().sum();
  side.square -= side.sign * mean_.squaredNorm();
  return llt_.info() == Eigen::Success;
}

double GroupDensity::own_sides(Eigen::Index own) {
  const Eigen::Index separators = factor_.rows();
  Eigen::MatrixXd sums = own_sums_.bottomRows(own + 1).selfadjointView<Eigen::Lower>();
  if (separators > 0) {
    const Matrix half = factor_.transpose().triangularView<Eigen::Upper>() * own_sums_.topRows(separators);
    sums.noalias() -= half.transpose() * half;
  }
  return with_own(sums, own_sums_.row(separators), out_.square, out_.log_determinant);
}

double GroupDensity::with_own(const Eigen::MatrixXd& sums, const Eigen::VectorXd& residuals, double square,
                              double log_determinant) {
  const Eigen::Index own = sums.rows() - 1;
  Eigen::MatrixXd g = sums.topLeftCorner(own, own);
  g.diagonal().array() += 1;
  const Eigen::LLT<Eigen::MatrixXd> factor(g);
  if (factor.info() != Eigen::Success) return kNaN;
  Eigen::VectorXd h = residuals.head(own) + sums.col(own).head(own);
  factor.matrixL().solveInPlace(h);
  return 2 * factor.matrixLLT().diagonal().array().log().sum() - log_determinant + square + 2 * residuals[own] +
         sums(own, own) - h.squaredNorm();
}

LogDensities GroupDensity::operator()(const GroupRows& group, std::span<const double> covariance) {
  const auto q = static_cast<Eigen::Index>(group.separators.size()), own = static_cast<Eigen::Index>(group.own());
  for (Side* side : {&out_, &in_}) {
    side->sums.setZero(q + 1, q + 1);
    side->determinant = {};
  }
  if (own > 0) own_sums_.setZero(q + own + 2, own + 1);
  weights_ = {};
  sound_ = true;
  for (const GroupRows::Leaf& leaf : group.leaves) add_leaf(group, leaf);
  if (!sound_) return {kNaN, kNaN};
  if (q > 0) {
    llt_.compute(Eigen::Map<const Matrix>(covariance.data(), q, q));
    if (llt_.info() != Eigen::Success) return {kNaN, kNaN};
  }
  factor_ = q > 0 ? Matrix(llt_.matrixLLT()) : Matrix(0, 0);
  if (!close(out_, q) || !close(in_, q)) return {kNaN, kNaN};
  const double constant = weights_.log() - static_cast<double>(group.rows.size()) * std::log(2 * std::numbers::pi);
  const double out = own > 0 ? own_sides(own) : out_.square - out_.log_determinant;
  return {0.5 * (constant - out), 0.5 * (constant - in_.log_determinant - in_.square)};
}

}  // namespace woodbury::answers
