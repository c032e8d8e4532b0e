// The derivatives, by Fisher's identity: from the conditional mean and the blocks of the inverse that the data touch.
#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

namespace {

/// out ← start + a bᵀ, with a and b of d × columns, d × d all else.
template <int D, class Scalar>
void add_products(const Scalar* __restrict a, const Scalar* __restrict b, std::size_t columns, const Scalar* start,
                  int dynamic, Scalar* __restrict out) {
  const int d = linalg::size<D>(dynamic);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      Scalar sum = 0;
      const Scalar *left = a + static_cast<std::size_t>(i) * columns,
                   *right = b + static_cast<std::size_t>(j) * columns;
      for (std::size_t c = 0; c < columns; ++c) sum += left[c] * right[c];
      out[i * d + j] = start[i * d + j] + sum;
    }
}

/// What a node has for the derivative by its own block's factor; shapes n × d, d × d, n × count, d × count, n and d.
template <class Scalar>
struct Own {
  const Scalar *left, *variance, *half, *cross, *g, *z;
};

/// change ← change + g ẑᵀ − (T_jj C) V_jj + (T_jc C_c)(X_j V_cc)ᵀ.
template <int D, class Scalar>
void add_own(const Own<Scalar>& own, int n, int dynamic, std::size_t count, Scalar* __restrict change) {
  const int d = linalg::size<D>(dynamic);
  for (int a = 0; a < n; ++a)
    for (int k = 0; k < d; ++k) {
      Scalar sum = own.g[a] * own.z[k];
      for (int i = 0; i < d; ++i) sum -= own.left[a * d + i] * own.variance[i * d + k];
      const Scalar* half = own.half + static_cast<std::size_t>(a) * count;
      const Scalar* cross = own.cross + static_cast<std::size_t>(k) * count;
      for (std::size_t c = 0; c < count; ++c) sum += half[c] * cross[c];
      change[a * d + k] += sum;
    }
}

/// out ← scale · C X, of X d × columns; out is n × columns.
template <int D, class Scalar>
void apply_factor_to_columns(const BlockRole& role, const double* c, const Scalar* __restrict x, int n, int dynamic,
                             std::size_t columns, double scale, Scalar* __restrict out) {
  const int d = linalg::size<D>(dynamic);
  for (int i = 0; i < n; ++i, out += columns)
    for (std::size_t b = 0; b < columns; ++b) {
      Scalar sum = 0;
      if (role.diagonal)
        sum = c[i] * x[static_cast<std::size_t>(i) * columns + b];
      else
        for (int k = 0; k < d; ++k) sum += c[i * d + k] * x[static_cast<std::size_t>(k) * columns + b];
      out[b] = scale * sum;
    }
}

constexpr std::size_t kShort = 12;

/// cross ← cross + X V of D × columns, with V symmetric and its columns m apart: few columns, so that X stays in
/// registers.
template <int D, class Scalar>
void add_short_product(const Scalar* __restrict x, const Scalar* __restrict v, std::size_t m, std::size_t columns,
                       std::size_t stride, Scalar* __restrict cross) {
  for (std::size_t t = 0; t < columns; ++t, v += m, ++cross) {
    Scalar sums[D > 0 ? D : 1] = {};
    for (std::size_t a = 0; a < columns; ++a)
      for (std::size_t i = 0; i < D; ++i) sums[i] += x[i * stride + a] * v[a];
    for (std::size_t i = 0; i < D; ++i) cross[i * stride] += sums[i];
  }
}

/// Derivative of a later block's factor, columns × effects or its diagonal: + Tᵀ X for T of n × that block's columns,
/// stored transposed or not, and X the first of `stride` columns of n rows.
template <int N, class Scalar>
void add_later(const BlockView<Scalar>& t, const BlockRole& later, const Scalar* x, std::size_t stride,
               Scalar* __restrict out) {
  const int effects = effects_of(later, t.columns), down = t.transposed ? 1 : t.columns,
            across = t.transposed ? t.rows : 1;
  for (int a = 0; a < t.columns; ++a)
    for (int b = later.diagonal ? a : 0; b < (later.diagonal ? a + 1 : effects); ++b) {
      Scalar sum = 0;
      for (int i = 0; i < linalg::size<N>(t.rows); ++i)
        sum += t.values[i * down + a * across] * x[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(b)];
      *(later.diagonal ? out + a : out + a * effects + b) += sum;
    }
}

}  // namespace

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
  inverted_ = true;
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
    else if (D > 0 && node.runs == 1 && count - node.tail_column <= kShort)
      add_short_product<D>(solved + node.tail_column, &tail_inverse_[s.runs_of(node)[0].tail * (dense_.stride() + 1)],
                           dense_.stride(), count - node.tail_column, count, cross + node.tail_column);
    else
      add_tail_products(node, width, cross);
    add_products<D>(cross, solved, count, &inverse_[node.square], d, &variance_[node.square]);
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
  Scalar* change = work_.data();  // of this block's factor, all of it
  std::fill(change, change + columns * width, Scalar(0));
  Scalar* back = change + columns * width;
  for (std::size_t i = stage.first; i < stage.last; ++i, left += columns * width) {
    const Node& node = s.nodes[i];
    const std::size_t count = node.columns;
    const Scalar* cross = cross_.data() + node.values;
    // g ẑᵀ − (T C V)_jj, of which the earlier nodes add their part: here − T_jj C V_jj + (T_jc C_c)(X_j V_cc)ᵀ.
    add_own<D>({left, &variance_[node.square], half_.data() + node.half, cross,
                &out.coefficients[s.layout->offset(stage.block) + node.level * columns], &whitened_[node.coordinate]},
               n, d, count, change);
    // The node's part of the later blocks': − T_lj C V_jl = + T_lj (C X_j V_cc).
    if (count == 0) continue;
    apply_factor_to_columns<D>(role, c, cross, n, d, count, point.precision, back);
    for (const Meeting& meeting : s.meetings_of(node)) {
      const auto& other = s.layout->blocks()[meeting.block];
      const BlockView<Scalar> t{&sums.pairs[meeting.pair][meeting.slot * columns * other.columns], n, other.width(),
                                meeting.transposed};
      const auto add = n == d ? add_later<D, Scalar> : add_later<0, Scalar>;
      add(t, s.roles.blocks[meeting.block], back + meeting.column, count, out.factor[meeting.block].data());
    }
  }
  for (int a = 0; a < n; ++a)
    for (int k = 0; k < d; ++k) add_to_factor(role, d, a, k, change[a * d + k], out.factor[stage.block]);
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
