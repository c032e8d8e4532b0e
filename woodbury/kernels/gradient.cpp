// The derivatives, by Fisher's identity: from the conditional mean and the blocks of the inverse that the data touch.
#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

void Elimination::gradient(const moments::Sums& sums, const Point& point, Gradient& out) {
  const Structure& s = *structure_;
  for (auto& values : out.factor) std::fill(values.begin(), values.end(), 0);
  residual_products(sums, point, out);

  const auto m = static_cast<Eigen::Index>(s.tail_size);
  double trace = 0;
  if (m > 0) {
    const Eigen::Map<const Eigen::MatrixXd> cholesky(tail_.data(), m, m);
    Eigen::Map<Eigen::MatrixXd> inverse(tail_inverse_.data(), m, m);
    inverse.setIdentity();
    cholesky.triangularView<Eigen::Lower>().solveInPlace(inverse);
    cholesky.triangularView<Eigen::Lower>().transpose().solveInPlace(inverse);
    for (Eigen::Index i = 0; i < m; ++i)
      if (!s.tail_flat[static_cast<std::size_t>(i)]) trace += inverse(i, i);
  }
  if (s.levels > 0) {
    with_width(s.width, [&]<int D>() { level_gradients<D>(sums, point, out); });
    const auto d = static_cast<std::size_t>(s.width);
    for (std::size_t j = 0; j < s.levels; ++j)
      for (std::size_t i = 0; i < d; ++i) trace += variance_[(j * d + i) * d + i];
  }
  tail_gradients(sums, point, out);

  // E‖r − Aw‖²_W = minimum − ẑᵀẑ + (whitened − tr V) + flat, by Q V = I.
  double squares = square_ - explained_ + static_cast<double>(s.whitened_count + s.flat_count) - trace;
  const std::size_t tail = s.levels * static_cast<std::size_t>(s.width);
  for (std::size_t i = 0; i < whitened_.size(); ++i)
    if (i < tail || !s.tail_flat[i - tail]) squares -= whitened_[i] * whitened_[i];
  out.log_precision = 0.5 * (static_cast<double>(s.design->rows()) - squares);
}

/// out.coefficients ← w AᵀW(y − A_s θ − A û), for sampled and integrated blocks alike.
void Elimination::residual_products(const moments::Sums& sums, const Point& point, Gradient& out) {
  const Structure& s = *structure_;
  to_effects(point, whitened_, effects_);
  std::copy(rhs_.begin(), rhs_.end(), out.coefficients.begin());
  s.products->multiply(sums, s.integrated, effects_, -point.precision, out.coefficients);
}

template <int D>
void Elimination::level_gradients(const moments::Sums& sums, const Point& point, Gradient& out) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(s.width);
  const auto width = static_cast<std::size_t>(d);
  const std::size_t e = eliminated(), m = s.tail_size;
  const BlockRole& role = s.roles.blocks[e];
  const double* c = point.factor[e].data();
  for (std::size_t j = 0; j < s.levels; ++j) {
    const std::size_t count = s.coupled_count(j);
    const int n = static_cast<int>(count);
    const std::uint32_t* at = s.coupled.data() + s.coupled_start[j];
    const double* solved = solved_.data() + s.coupled_start[j] * width;
    double* cross = cross_.data() + s.coupled_start[j] * width;  // D⁻¹K_j V_tt
    std::fill(cross, cross + width * count, 0);
    for (std::size_t a = 0; a < count; ++a) {
      const double* column = &tail_inverse_[at[a] * m];
      for (const Run& run : s.runs_of(j))
        for (std::size_t i = 0; i < width; ++i)
          linalg::add_scaled(cross + i * count + run.column, column + run.tail, solved[i * count + a], run.length);
    }
    double* variance = &variance_[j * width * width];
    std::copy(&inverse_[j * width * width], &inverse_[j * width * width] + width * width, variance);
    linalg::add_product_transposed(cross, solved, variance, d, n, d);

    // g ẑᵀ − (T C V)_jj = g ẑᵀ − T_jj C V_jj + (T_jt C_t)(D⁻¹K_j V_tt)ᵀ
    double* change = work_.data();
    std::fill(change, change + width * width, 0);
    linalg::add_product(&left_[j * width * width], variance, change, d, d, d, -1);
    linalg::add_product_transposed(half_.data() + s.coupled_start[j] * width, cross, change, d, n, d);
    const double* g = &out.coefficients[s.design->offset(e) + j * width];
    const double* z = &whitened_[j * width];
    for (int i = 0; i < d; ++i)
      for (int k = 0; k < d; ++k) add_to_factor(role, d, i, k, change[i * d + k] + g[i] * z[k], out.factor[e]);

    // The tail's blocks: −(T C V)_ll gains T_lj C V_jt's share, + (T_lj C)(D⁻¹K_j V_tt).
    std::size_t column = 0;
    for (std::size_t i = s.meeting_start[j]; i < s.meeting_start[j + 1]; ++i) {
      const Meeting& meeting = s.meetings[i];
      const int other = s.design->blocks()[meeting.block].width();
      const double* values = &sums.pairs[meeting.pair][meeting.slot * static_cast<std::size_t>(d * other)];
      const BlockRole& tail_role = s.roles.blocks[meeting.block];
      double* back = work_.data();  // T_lj C: other × d
      times_factor({values, other, d, !meeting.transposed}, role, c, point.precision, back, width);
      for (int a = 0; a < other; ++a)
        for (int b = 0; b < other; ++b) {
          if (tail_role.diagonal && a != b) continue;
          double sum = 0;
          for (std::size_t k = 0; k < width; ++k)
            sum +=
                back[static_cast<std::size_t>(a) * width + k] * cross[k * count + column + static_cast<std::size_t>(b)];
          add_to_factor(tail_role, other, a, b, sum, out.factor[meeting.block]);
        }
      column += static_cast<std::size_t>(other);
    }
  }
}

void Elimination::tail_gradients(const moments::Sums& sums, const Point& point, Gradient& out) {
  const Structure& s = *structure_;
  const std::size_t m = s.tail_size;
  const double* z = whitened_.data() + s.levels * static_cast<std::size_t>(s.width);
  double* half = work_.data();
  // −(T C_column V)[row_block], where T couples row_block (rows) with column_block and V pairs them back.
  const auto subtract = [&](const BlockView& t, std::size_t row_block, std::size_t column_block, std::size_t row_at,
                            std::size_t column_at) {
    const BlockRole& role = s.roles.blocks[row_block];
    times_factor(t, s.roles.blocks[column_block], point.factor[column_block].data(), point.precision, half,
                 static_cast<std::size_t>(t.columns));
    for (int a = 0; a < t.rows; ++a)
      for (int b = 0; b < t.rows; ++b) {
        if (role.diagonal && a != b) continue;
        double sum = 0;
        const double* v = &tail_inverse_[(row_at + static_cast<std::size_t>(b)) * m + column_at];
        for (int k = 0; k < t.columns; ++k) sum += half[a * t.columns + k] * v[k];
        add_to_factor(role, t.rows, a, b, -sum, out.factor[row_block]);
      }
  };
  for (const std::size_t k : s.tail_blocks) {
    const auto& block = s.design->blocks()[k];
    const int d = block.width();
    const auto width = static_cast<std::size_t>(d);
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = s.tail_at[k] + j * width;
      subtract({&sums.diagonal[k][j * width * width], d, d, false}, k, k, at, at);
      const double* g = &out.coefficients[s.design->offset(k) + j * width];
      for (int a = 0; a < d; ++a)
        for (int b = 0; b < d; ++b)
          add_to_factor(s.roles.blocks[k], d, a, b, g[a] * z[at + static_cast<std::size_t>(b)], out.factor[k]);
    }
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.products->pattern(k, l);
      const moments::Pattern& pattern = s.products->patterns()[p];
      const int e = s.design->blocks()[l].width();
      for (std::size_t j = 0; j < block.levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t) {
          const double* values = &sums.pairs[p][t * static_cast<std::size_t>(d * e)];
          const std::size_t here = s.tail_at[k] + j * width;
          const std::size_t there = s.tail_at[l] + static_cast<std::size_t>(pattern.level[t] * e);
          subtract({values, d, e, false}, k, l, here, there);
          subtract({values, e, d, true}, l, k, there, here);
        }
    }
  }
}

}  // namespace woodbury::kernels
