// The derivatives, by Fisher's identity: from the conditional mean and the blocks of the inverse that the data touch.
#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

template <class Scalar>
void BasicElimination<Scalar>::gradient(const Sums& sums, const Point& point, BasicGradient<Scalar>& out) {
  const Structure& s = *structure_;
  for (auto& values : out.factor) std::fill(values.begin(), values.end(), Scalar(0));
  residual_products(sums, point, out);
  invert();
  for (const Stage& stage : s.stages)
    with_width<Scalar>(stage.width, [&]<int D>() { node_gradients<D>(stage, sums, point, out); });
  tail_gradients(sums, point, out);

  // E‖r − Aw‖²_W = minimum − ẑᵀẑ + (whitened − tr V) + flat, by Q V = I.
  Scalar squares = square_ - explained_ + static_cast<double>(s.whitened_count + s.flat_count);
  for (const Stage& stage : s.stages) {
    const auto d = static_cast<std::size_t>(stage.width);
    for (std::size_t n = stage.first; n < stage.last; ++n)
      for (std::size_t i = 0; i < d; ++i) squares -= variance_[s.nodes[n].square + i * d + i];
  }
  for (std::size_t i = 0; i < s.node_coordinates; ++i) squares -= whitened_[i] * whitened_[i];
  for (std::size_t i = 0; i < s.tail_size; ++i) {
    const Scalar z = whitened_[s.node_coordinates + i];
    if (!s.tail_flat[i]) squares -= z * z + tail_inverse_[i * dense_.stride() + i];
  }
  contrasts_.gradient(s.roles, out, squares);
  out.log_precision = 0.5 * (static_cast<double>(s.layout->rows()) - squares);
}

template <class Scalar>
void BasicElimination<Scalar>::invert() {
  dense_.invert(tail_.data(), tail_inverse_.data());
  const auto& stages = structure_->stages;
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage)
    with_width<Scalar>(stage->width, [&]<int D>() { invert<D>(*stage); });
}

/// out.coefficients ← w AᵀW(y − A_s θ − A û), for sampled and integrated blocks alike.
template <class Scalar>
void BasicElimination<Scalar>::residual_products(const Sums& sums, const Point& point, BasicGradient<Scalar>& out) {
  const Structure& s = *structure_;
  to_effects<Scalar>(point, whitened_, effects_);
  std::copy(rhs_.begin(), rhs_.end(), out.coefficients.begin());
  multiply(sums, s.integrated, effects_, -point.precision, out.coefficients);
}

/// cross ← cross + X_j V_cc over the tail, a run at a time.
template <class Scalar>
void BasicElimination<Scalar>::add_tail_products(const Node& node, std::size_t width, Scalar* cross) const {
  const Structure& s = *structure_;
  const std::size_t count = node.columns;
  const std::span<const std::uint32_t> at = s.coupled_of(node);
  const Scalar* solved = solved_.data() + node.values;
  for (std::size_t a = node.tail_column; a < count; ++a) {
    const Scalar* column = &tail_inverse_[(at[a] - s.node_coordinates) * dense_.stride()];
    for (const Run& run : s.runs_of(node))
      for (std::size_t i = 0; i < width; ++i)
        linalg::add_scaled(cross + i * count + run.column, column + run.tail, solved[i * count + a], run.length);
  }
}

/// V_jj and X_j V_cc of a block's levels, last first; V_cc is known by then wherever j's columns pair.
template <class Scalar>
template <int D>
void BasicElimination<Scalar>::invert(const Stage& stage) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width);
  const auto width = static_cast<std::size_t>(d);
  for (std::size_t n = stage.last; n-- > stage.first;) {
    if (dense(stage)) multiply_rows(stage, n);
    const Node& node = s.nodes[n];
    const std::size_t count = node.columns;
    const std::span<const std::uint32_t> at = s.coupled_of(node);
    const Scalar* solved = solved_.data() + node.values;
    Scalar* cross = cross_.data() + node.values;
    std::fill(cross, cross + width * count, Scalar(0));
    for (const Ancestor& ancestor : s.ancestors_of(node)) {
      const Node& later = s.nodes[ancestor.node];
      const std::size_t behind = ancestor.column + ancestor.width;
      for (std::size_t r = 0; r < ancestor.width; ++r) {
        const Scalar* square = &variance_[later.square + r * ancestor.width];
        const Scalar* row = cross_.data() + later.values + r * later.columns;
        const std::size_t mine = ancestor.column + r;
        for (std::size_t i = 0; i < width; ++i) {
          const Scalar* x = solved + i * count;
          Scalar* out = cross + i * count;
          for (std::size_t c = 0; c < ancestor.width; ++c) out[ancestor.column + c] += x[mine] * square[c];
          for (std::size_t t = behind; t < count; ++t) {
            const Scalar v = -row[s.places[ancestor.places + t - behind]];
            out[t] += x[mine] * v;
            out[mine] += x[t] * v;
          }
        }
      }
    }
    if (dense(stage))
      take_rows(stage, n, cross);
    else
      add_tail_products(node, width, cross);
    Scalar* variance = &variance_[node.square];
    std::copy(&inverse_[node.square], &inverse_[node.square] + width * width, variance);
    linalg::add_product_transposed(cross, solved, variance, d, static_cast<int>(count), d);
  }
}

template <class Scalar>
template <int D>
void BasicElimination<Scalar>::node_gradients(const Stage& stage, const Sums& sums, const Point& point,
                                              BasicGradient<Scalar>& out) {
  const Structure& s = *structure_;
  const int d = linalg::size<D>(stage.width), n = stage.columns;
  const auto width = static_cast<std::size_t>(d), columns = static_cast<std::size_t>(n);
  const BlockRole& role = s.roles.blocks[stage.block];
  const double* c = point.factor[stage.block].data();
  const Scalar* left = left_.data() + stage.left;
  for (std::size_t i = stage.first; i < stage.last; ++i, left += columns * width) {
    const Node& node = s.nodes[i];
    const std::size_t count = node.columns;
    const Scalar* cross = cross_.data() + node.values;
    // g ẑᵀ − (T C V)_jj, of which the earlier nodes add their part: here − T_jj C V_jj + (T_jc C_c)(X_j V_cc)ᵀ.
    Scalar* change = work_.data();
    std::fill(change, change + columns * width, Scalar(0));
    linalg::add_product(left, &variance_[node.square], change, n, d, d, -1);
    linalg::add_product_transposed(half_.data() + node.half, cross, change, n, static_cast<int>(count), d);
    const Scalar* g = &out.coefficients[s.layout->offset(stage.block) + node.level * columns];
    const Scalar* z = &whitened_[node.coordinate];
    for (int a = 0; a < n; ++a)
      for (int k = 0; k < d; ++k)
        add_to_factor(role, d, a, k, Scalar(change[a * d + k] + g[a] * z[k]), out.factor[stage.block]);

    // The node's part of the later blocks': − T_lj C V_jl = + (T_lj C)(X_j V_cc).
    for (const Meeting& meeting : s.meetings_of(node)) {
      const auto& other = s.layout->blocks()[meeting.block];
      const Scalar* values = &sums.pairs[meeting.pair][meeting.slot * columns * other.columns];
      const BlockRole& later = s.roles.blocks[meeting.block];
      const int effects = effects_of(later, other.width());
      Scalar* back = work_.data();  // T_lj C: other's columns × d
      times_factor({values, other.width(), n, !meeting.transposed}, role, c, point.precision, back, width);
      for (int a = 0; a < other.width(); ++a)
        for (int b = 0; b < effects; ++b) {
          if (later.diagonal && a != b) continue;
          Scalar sum = 0;
          for (std::size_t k = 0; k < width; ++k)
            sum += back[static_cast<std::size_t>(a) * width + k] *
                   cross[k * count + meeting.column + static_cast<std::size_t>(b)];
          add_to_factor(later, effects, a, b, sum, out.factor[meeting.block]);
        }
    }
  }
}

template <class Scalar>
void BasicElimination<Scalar>::tail_gradients(const Sums& sums, const Point& point, BasicGradient<Scalar>& out) {
  const Structure& s = *structure_;
  const std::size_t m = dense_.stride();
  const Scalar* z = whitened_.data() + s.node_coordinates;
  Scalar* half = work_.data();
  // −(T C_column V)[row_block], where T couples row_block (rows) with column_block and V pairs them back.
  const auto subtract = [&](const BlockView<Scalar>& t, std::size_t row_block, std::size_t column_block,
                            std::size_t row_at, std::size_t column_at) {
    const BlockRole& role = s.roles.blocks[row_block];
    const auto d = static_cast<int>(s.width[row_block]), e = static_cast<int>(s.width[column_block]);
    times_factor(t, s.roles.blocks[column_block], point.factor[column_block].data(), point.precision, half,
                 s.width[column_block]);
    if constexpr (kDouble)
      if (!role.diagonal && t.rows == 2 && d == 2 && e == 2) {
        const Scalar *v = &tail_inverse_[row_at * m + column_at], *w = v + m;
        Scalar* change = out.factor[row_block].data();
        change[0] -= half[0] * v[0] + half[1] * v[1];
        change[1] -= half[0] * w[0] + half[1] * w[1];
        change[2] -= half[2] * v[0] + half[3] * v[1];
        change[3] -= half[2] * w[0] + half[3] * w[1];
        return;
      }
    for (int a = 0; a < t.rows; ++a)
      for (int b = 0; b < d; ++b) {
        if (role.diagonal && a != b) continue;
        Scalar sum = 0;
        const Scalar* v = &tail_inverse_[(row_at + static_cast<std::size_t>(b)) * m + column_at];
        for (int k = 0; k < e; ++k) sum += half[a * e + k] * v[k];
        add_to_factor(role, d, a, b, Scalar(-sum), out.factor[row_block]);
      }
  };
  for (const std::size_t k : s.tail_blocks) {
    const auto& block = s.layout->blocks()[k];
    const int n = block.width(), d = static_cast<int>(s.width[k]);
    for (std::size_t j = 0; j < block.levels; ++j) {
      const std::size_t at = s.tail_at(k) + j * s.width[k];
      subtract({&sums.diagonal[k][j * block.columns * block.columns], n, n, false}, k, k, at, at);
      const Scalar* g = &out.coefficients[s.layout->offset(k) + j * block.columns];
      for (int a = 0; a < n; ++a)
        for (int b = 0; b < d; ++b)
          add_to_factor(s.roles.blocks[k], d, a, b, Scalar(g[a] * z[at + static_cast<std::size_t>(b)]), out.factor[k]);
    }
    for (const std::size_t l : s.tail_blocks) {
      if (l <= k) continue;
      const std::size_t p = s.layout->pattern(k, l);
      const moments::Pattern& pattern = s.layout->patterns()[p];
      const auto& other = s.layout->blocks()[l];
      for (std::size_t j = 0; j < block.levels; ++j)
        for (std::size_t t = pattern.start[j]; t < pattern.start[j + 1]; ++t) {
          const Scalar* values = &sums.pairs[p][t * block.columns * other.columns];
          const std::size_t here = s.tail_at(k) + j * s.width[k];
          const std::size_t there = s.tail_at(l) + static_cast<std::size_t>(pattern.level[t]) * s.width[l];
          subtract({values, n, other.width(), false}, k, l, here, there);
          subtract({values, other.width(), n, true}, l, k, there, here);
        }
    }
  }
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
