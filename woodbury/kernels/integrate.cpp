// The value: eliminate the levels, factor the tail, solve for the conditional mean.
#include <cmath>
#include <limits>
#include <numbers>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

Elimination::Elimination(std::shared_ptr<const Structure> structure)
    : structure_(std::move(structure)), dense_(structure_->tail_size) {
  const Structure& s = *structure_;
  rhs_.resize(s.layout->size());
  effects_.resize(s.layout->size());
  half_.resize(s.values_size);
  solved_ = cross_ = half_;
  left_.resize(s.square_size);
  factor_ = inverse_ = variance_ = left_;
  solution_.resize(s.node_coordinates);
  whitened_.resize(s.node_coordinates + dense_.stride());
  draw_ = whitened_;
  tail_.resize(dense_.stride() * dense_.stride());
  tail_inverse_ = tail_;
  tail_rhs_.resize(dense_.stride());
  std::size_t longest = s.tail_size, widest = 1, row_columns = 0;
  for (const Node& node : s.nodes) longest = std::max(longest, node.columns);
  for (const auto& block : s.layout->blocks()) {
    widest = std::max(widest, block.columns);
    row_columns += block.columns;
  }
  row_.reserve(row_columns);
  work_.resize(2 * (longest + widest) * (widest + 1) + widest * widest);
}

double Elimination::integrate(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  failure_.clear();
  log_determinant_ = explained_ = 0;
  subtract_sampled(sums, point);
  assemble_tail(sums, point);
  for (const Stage& stage : s.stages) with_width(stage.width, [&]<int D>() { assemble_nodes<D>(stage, sums, point); });
  for (const Stage& stage : s.stages)
    if (!with_width(stage.width, [&]<int D>() { return eliminate<D>(stage); }))
      return -std::numeric_limits<double>::infinity();
  if (!contrasts_.integrate(sums.contrasts, s.roles, point, log_determinant_, explained_)) {
    failure_ = "a contrast's precision is not positive definite";
    return -std::numeric_limits<double>::infinity();
  }
  if (!factor_tail()) return -std::numeric_limits<double>::infinity();
  whitened_mean();
  const auto rows = static_cast<double>(s.layout->rows());
  const double log_weight = point.log_weights + rows * std::log(point.precision);
  const double constants = (rows - static_cast<double>(s.flat_count)) * std::log(2 * std::numbers::pi);
  const double value = 0.5 * (log_weight - log_determinant_ - constants - (square_ - explained_));
  if (std::isfinite(value)) return value;
  failure_ = "the marginal likelihood is not finite";
  return -std::numeric_limits<double>::infinity();
}

/// rhs ← w AᵀW(y − A_s θ), square ← w ‖y − A_s θ‖²_W.
void Elimination::subtract_sampled(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  std::copy(sums.rhs.begin(), sums.rhs.end(), rhs_.begin());
  s.layout->multiply(sums, s.sampled, point.coefficients, -1, rhs_);
  // ‖y − A_s θ‖² = yᵀy − θᵀA_sᵀy − θᵀA_sᵀ(y − A_s θ).
  square_ = sums.square;
  for (std::size_t k = 0; k < s.sampled.size(); ++k) {
    if (!s.sampled[k]) continue;
    const std::size_t begin = s.layout->offset(k), end = begin + s.layout->blocks()[k].size();
    for (std::size_t i = begin; i < end; ++i) square_ -= point.coefficients[i] * (sums.rhs[i] + rhs_[i]);
  }
  for (double& value : rhs_) value *= point.precision;
  square_ *= point.precision;
}

void Elimination::assemble_tail(const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const std::size_t m = dense_.stride();
  for (std::size_t i = 0; i < m; ++i) {
    std::fill(&tail_[i * m] + i, &tail_[i * m] + m, 0.0);
    tail_[i * m + i] = i < s.tail_size && s.tail_flat[i] ? 0 : 1;
  }
  double* half = work_.data();
  const auto add = [&](const BlockView& t, std::size_t row_block, std::size_t column_block, std::size_t row_at,
                       std::size_t column_at) {
    double* whole = half + static_cast<std::ptrdiff_t>(t.rows) * t.columns;
    times_factor(t, s.roles.blocks[column_block], point.factor[column_block].data(), point.precision, half,
                 static_cast<std::size_t>(t.columns));
    factor_transposed_times<0>(s.roles.blocks[row_block], point.factor[row_block].data(), half, t.rows, t.columns,
                               whole);
    for (int i = 0; i < t.rows; ++i)
      for (int j = 0; j < t.columns; ++j) {
        const std::size_t r = row_at + static_cast<std::size_t>(i), c = column_at + static_cast<std::size_t>(j);
        if (r >= c) tail_[c * m + r] += whole[i * t.columns + j];
      }
  };
  for (const std::size_t k : s.tail_blocks) {
    const auto& block = s.layout->blocks()[k];
    const int d = block.width();
    const auto width = static_cast<std::size_t>(d);
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = s.tail_at(k) + j * width;
      add({&sums.diagonal[k][j * width * width], d, d, false}, k, k, at, at);
      factor_transposed_times<0>(s.roles.blocks[k], point.factor[k].data(), &rhs_[s.layout->offset(k) + j * width], d,
                                 1, &tail_rhs_[at]);
    }
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.layout->pattern(k, l);
      const moments::Pattern& pattern = s.layout->patterns()[p];
      const int e = s.layout->blocks()[l].width();
      for (std::size_t j = 0; j < block.levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t)
          // The lower triangle: block l's rows, block k's columns.
          add({&sums.pairs[p][t * static_cast<std::size_t>(d * e)], e, d, true}, l, k,
              s.tail_at(l) + static_cast<std::size_t>(pattern.level[t] * e), s.tail_at(k) + j * width);
    }
  }
}

/// D_j = I + CᵀT_jjC, K_j = CᵀT_jcC_c and the right-hand side Cᵀb_j of a block's levels.
template <int D>
void Elimination::assemble_nodes(const Stage& stage, const moments::Sums& sums, const Point& point) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width);
  const auto width = static_cast<std::size_t>(d);
  const BlockRole& role = s.roles.blocks[stage.block];
  const double* c = point.factor[stage.block].data();
  for (std::size_t n = stage.first; n < stage.last; ++n) {
    const Node& node = s.nodes[n];
    double* block = &factor_[node.square];
    times_factor({&sums.diagonal[stage.block][node.level * width * width], d, d, false}, role, c, point.precision,
                 &left_[node.square], width);
    factor_transposed_times<D>(role, c, &left_[node.square], d, d, block);
    for (int i = 0; i < d; ++i) block[i * d + i] += 1;
    factor_transposed_times<D>(role, c, &rhs_[s.layout->offset(stage.block) + node.level * width], d, 1,
                               &solution_[node.coordinate]);
    if (node.columns == 0) continue;
    double* half = &half_[node.values];
    for (const Meeting& meeting : s.meetings_of(node)) {
      const int other = s.layout->blocks()[meeting.block].width();
      const double* values = &sums.pairs[meeting.pair][meeting.slot * static_cast<std::size_t>(d * other)];
      times_factor({values, d, other, meeting.transposed}, s.roles.blocks[meeting.block],
                   point.factor[meeting.block].data(), point.precision, half + meeting.column, node.columns);
    }
    factor_transposed_times<D>(role, c, half, d, static_cast<int>(node.columns), &solved_[node.values]);
  }
}

template <int D>
bool Elimination::eliminate(const Stage& stage) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width);
  const auto width = static_cast<std::size_t>(d);
  for (std::size_t n = stage.first; n < stage.last; ++n) {
    const Node& node = s.nodes[n];
    double* block = &factor_[node.square];
    if (!linalg::cholesky<D>(block, d)) {
      failure_ = "a level's precision is not positive definite";
      return false;
    }
    if constexpr (D > 0) {  // one logarithm for a few factors; many could overflow
      double determinant = 1;
      for (int i = 0; i < d; ++i) determinant *= block[i * d + i];
      log_determinant_ += 2 * std::log(determinant);
    } else {
      for (int i = 0; i < d; ++i) log_determinant_ += 2 * std::log(block[i * d + i]);
    }
    double* solution = &solution_[node.coordinate];
    double* projected = work_.data();
    std::copy(solution, solution + d, projected);
    linalg::solve_lower<D>(block, solution, d, 1);
    for (int i = 0; i < d; ++i) explained_ += solution[i] * solution[i];
    linalg::solve_lower_transposed<D>(block, solution, d, 1);
    linalg::inverse_from_cholesky<D>(block, &inverse_[node.square], d);
    if (node.columns == 0) continue;
    double* coupling = projected + width;
    double* solved = &solved_[node.values];
    std::copy(solved, solved + width * node.columns, coupling);
    std::fill(solved, solved + width * node.columns, 0);
    linalg::add_product(&inverse_[node.square], coupling, solved, d, d, static_cast<int>(node.columns));
    update_later<D>(node, d, coupling, projected);
    update_tail<D>(node, d, coupling);
  }
  return true;
}

/// The node's share of what comes later: Q_cc −= K_jᵀX_j where c is of nodes, and the right-hand sides −= X_jᵀ Cᵀb_j.
template <int D>
void Elimination::update_later(const Node& node, int width, const double* coupling, const double* projected) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(width);
  const std::size_t count = node.columns;
  const double* solved = &solved_[node.values];
  const std::span<const std::uint32_t> at = s.coupled_of(node);
  for (std::size_t b = 0; b < count; ++b) {
    double sum = 0;
    for (int i = 0; i < d; ++i) sum += solved[static_cast<std::size_t>(i) * count + b] * projected[i];
    (b < node.tail_column ? solution_[at[b]] : tail_rhs_[at[b] - s.node_coordinates]) -= sum;
  }
  for (const Ancestor& ancestor : s.ancestors_of(node)) {
    const Node& later = s.nodes[ancestor.node];
    const std::size_t behind = ancestor.column + ancestor.width;
    for (std::size_t r = 0; r < ancestor.width; ++r) {
      double* square = &factor_[later.square + r * ancestor.width];
      double* row = later.columns > 0 ? &solved_[later.values + r * later.columns] : nullptr;
      for (int i = 0; i < d; ++i) {
        const double* x = solved + static_cast<std::size_t>(i) * count;
        const double factor = coupling[static_cast<std::size_t>(i) * count + ancestor.column + r];
        for (std::size_t c = 0; c < ancestor.width; ++c) square[c] -= factor * x[ancestor.column + c];
        for (std::size_t t = behind; t < count; ++t) row[s.places[ancestor.places + t - behind]] -= factor * x[t];
      }
    }
  }
}

/// The node's share of the dense tail's lower triangle, by columns.
template <int D>
void Elimination::update_tail(const Node& node, int width, const double* coupling) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(width);
  const std::size_t count = node.columns, m = dense_.stride();
  const double* solved = &solved_[node.values];
  const std::span<const Run> runs = s.runs_of(node);
  for (std::size_t first = 0; first < runs.size(); ++first)
    for (std::size_t b = runs[first].column; b < runs[first].column + runs[first].length; ++b)
      for (std::size_t r = first; r < runs.size(); ++r) {
        const std::size_t begin = r == first ? b : runs[r].column, end = runs[r].column + runs[r].length;
        const std::size_t column = runs[first].tail + (b - runs[first].column);
        double* out = &tail_[column * m + runs[r].tail + (begin - runs[r].column)];
        if constexpr (D == 2) {
          linalg::add_scaled(out, coupling + begin, -solved[b], coupling + count + begin, -solved[count + b],
                             end - begin);
        } else {
          for (int i = 0; i < d; ++i) {
            const std::size_t row = static_cast<std::size_t>(i) * count;
            linalg::add_scaled(out, coupling + row + begin, -solved[row + b], end - begin);
          }
        }
      }
}

bool Elimination::factor_tail() {
  if (!dense_.factor(tail_.data())) {
    failure_ = "the precision of the integrated effects is not positive definite";
    return false;
  }
  log_determinant_ += dense_.log_determinant(tail_.data());
  return true;
}

void Elimination::whitened_mean() {
  const Structure& s = *structure_;
  std::copy(solution_.begin(), solution_.end(), whitened_.begin());
  double* mean = whitened_.data() + s.node_coordinates;
  std::copy(tail_rhs_.begin(), tail_rhs_.end(), mean);
  dense_.solve(tail_.data(), mean);
  for (std::size_t i = 0; i < s.tail_size; ++i) explained_ += mean[i] * mean[i];
  dense_.solve_transposed(tail_.data(), mean);
  substitute_back(whitened_);
}

void Elimination::substitute_back(std::span<double> z) const {
  const Structure& s = *structure_;
  for (auto stage = s.stages.rbegin(); stage != s.stages.rend(); ++stage)
    for (std::size_t n = stage->last; n-- > stage->first;) {
      const Node& node = s.nodes[n];
      const std::span<const std::uint32_t> at = s.coupled_of(node);
      const double* x = solved_.data() + node.values;
      for (int i = 0; i < stage->width; ++i, x += node.columns) {
        double sum = 0;
        for (std::size_t a = 0; a < node.columns; ++a) sum += x[a] * z[at[a]];
        z[node.coordinate + static_cast<std::size_t>(i)] -= sum;
      }
    }
}

}  // namespace woodbury::kernels
