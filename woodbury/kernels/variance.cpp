// Conditional variances: of single levels from the inverse's blocks, of any linear combination by forward elimination.
#include <algorithm>
#include <functional>
#include <numeric>

#include "woodbury/kernels/blocks.hpp"
#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

template <class Scalar>
void BasicElimination<Scalar>::level_variances(const Point& point, std::size_t block, std::size_t level,
                                               std::span<double> out) const {
  const Structure& s = *structure_;
  const std::size_t d = s.width[block];
  const std::vector<double>& c = point.factor[block];
  const std::size_t first = s.coordinate[block] + level * d;
  const bool in_tail = first >= s.node_coordinates;
  const std::size_t at = first - s.node_coordinates, stride = in_tail ? dense_.stride() : d;
  const Scalar* v = in_tail ? &tail_inverse_[at * stride + at] : &variance_[s.nodes[s.owner(first)].square];
  for (std::size_t i = 0; i < out.size(); ++i) {
    Scalar sum = 0;
    if (s.roles.blocks[block].diagonal)
      sum = c[i] * v[i * stride + i] * c[i];
    else
      for (std::size_t k = 0; k < d; ++k)
        for (std::size_t l = 0; l < d; ++l) sum += c[i * d + k] * v[k * stride + l] * c[i * d + l];
    out[i] = static_cast<double>(sum);
  }
}

template <class Scalar>
void BasicElimination<Scalar>::wait_for(std::size_t coordinate) {
  const Structure& s = *structure_;
  if (coordinate >= s.node_coordinates) return;
  waiting_.push_back(static_cast<std::uint32_t>(s.owner(coordinate)));
  std::push_heap(waiting_.begin(), waiting_.end(), std::greater<>());
}

/// form_ ← Cᵀa.
template <class Scalar>
void BasicElimination<Scalar>::spread(const Point& point, std::span<const Coefficient> a) {
  const Structure& s = *structure_;
  form_.resize(s.node_coordinates + dense_.stride());
  for (const Coefficient& entry : a) {
    const std::size_t d = s.width[entry.block];
    const BlockRole& role = s.roles.blocks[entry.block];
    const double* c = point.factor[entry.block].data();
    Scalar* out = &form_[s.coordinate[entry.block] + entry.level * d];
    if (role.diagonal)
      out[entry.column] += c[entry.column] * entry.value;
    else
      for (std::size_t i = 0; i < d; ++i) out[i] += c[entry.column * d + i] * entry.value;
    wait_for(s.coordinate[entry.block] + entry.level * d);
  }
}

/// form_ ← L⁻¹ form_, and its squared norm. The levels that wait are taken in the order of elimination; each adds to
/// its columns, all of which its first ancestor has, too.
template <class Scalar>
Scalar BasicElimination<Scalar>::eliminate_forward() {
  const Structure& s = *structure_;
  Scalar square = 0;
  while (!waiting_.empty()) {
    const std::uint32_t n = waiting_.front();
    while (!waiting_.empty() && waiting_.front() == n) {
      std::pop_heap(waiting_.begin(), waiting_.end(), std::greater<>());
      waiting_.pop_back();
    }
    done_.push_back(n);
    const Node& node = s.nodes[n];
    const std::size_t end = n + 1 < s.nodes.size() ? s.nodes[n + 1].coordinate : s.node_coordinates;
    const std::size_t d = end - node.coordinate;
    Scalar* own = &form_[node.coordinate];
    const std::span<const std::uint32_t> at = s.coupled_of(node);
    for (std::size_t i = 0; i < d; ++i) {
      const Scalar* x = solved_.data() + node.values + i * node.columns;
      for (std::size_t t = 0; t < at.size(); ++t) form_[at[t]] -= x[t] * own[i];
    }
    linalg::solve_lower<0>(&factor_[node.square], own, static_cast<int>(d), 1);
    for (std::size_t i = 0; i < d; ++i) square += own[i] * own[i];
    if (!at.empty()) wait_for(at.front());
  }
  Scalar* tail = form_.data() + s.node_coordinates;
  dense_.solve(tail_.data(), tail);
  for (std::size_t i = 0; i < s.tail_size; ++i) square += tail[i] * tail[i];
  return square;
}

template <class Scalar>
void BasicElimination<Scalar>::clear_form() {
  const Structure& s = *structure_;
  for (const std::uint32_t n : done_) {
    const std::size_t end = n + 1 < s.nodes.size() ? s.nodes[n + 1].coordinate : s.node_coordinates;
    std::fill(&form_[s.nodes[n].coordinate], form_.data() + end, Scalar(0));
  }
  done_.clear();
  std::fill(form_.begin() + static_cast<std::ptrdiff_t>(s.node_coordinates), form_.end(), Scalar(0));
}

template <class Scalar>
Scalar BasicElimination<Scalar>::square(const Point& point, std::span<const Coefficient> a) {
  spread(point, a);
  const Scalar result = eliminate_forward();
  clear_form();
  return result;
}

/// sum ← sum + zᵀVz' of two levels' coordinates, or of one level's with themselves; false where they are not paired.
template <class Scalar>
bool BasicElimination<Scalar>::add_pair(const Part& low, const Part& high, Scalar& sum) const {
  const Structure& s = *structure_;
  const bool same = low.coordinate == high.coordinate;
  const Scalar* v = nullptr;
  std::size_t stride = dense_.stride();
  double sign = 1;
  if (low.coordinate >= s.node_coordinates) {
    v = &tail_inverse_[(low.coordinate - s.node_coordinates) * stride + (high.coordinate - s.node_coordinates)];
  } else {
    const Node& node = s.nodes[s.owner(low.coordinate)];
    stride = same ? low.width : node.columns;
    v = &variance_[node.square];
    if (!same) {
      const std::span<const std::uint32_t> at = s.coupled_of(node);
      const auto column = std::lower_bound(at.begin(), at.end(), high.coordinate);
      if (column == at.end() || *column != high.coordinate) return false;
      v = cross_.data() + node.values + (column - at.begin());
      sign = -1;
    }
  }
  for (std::size_t i = 0; i < low.width; ++i)
    for (std::size_t j = same ? i : 0; j < high.width; ++j)
      sum += row_[low.first + i].value * row_[high.first + j].value * v[i * stride + j] * (same && i < j ? 2 : sign);
  return true;
}

/// Of what `parts_` and `row_` hold; false where some of it is not paired.
template <class Scalar>
bool BasicElimination<Scalar>::look_up(Scalar& variance) const {
  Scalar own = 0, between = 0;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    static_cast<void>(add_pair(parts_[p], parts_[p], own));
    for (std::size_t q = 0; q < p; ++q) {
      const bool ordered = parts_[q].coordinate < parts_[p].coordinate;
      if (!add_pair(parts_[ordered ? q : p], parts_[ordered ? p : q], between)) return false;
    }
  }
  variance = own + 2 * between;
  return true;
}

template <class Scalar>
double BasicElimination<Scalar>::row_variance(const moments::Design& design, const Point& point, std::size_t row) {
  whitened_row(design, point, row);
  Scalar variance = 0;
  const bool paired = look_up(variance);
  WOODBURY_ASSERT(paired);
  return static_cast<double>(variance);
}

template <class Scalar>
double BasicElimination<Scalar>::variance(const Point& point, std::span<const Coefficient> a) {
  if (!inverted_) return static_cast<double>(square(point, a));
  const Structure& s = *structure_;
  row_.clear();
  parts_.clear();
  for (const Coefficient& entry : a) {
    const std::size_t d = s.width[entry.block], first = s.coordinate[entry.block] + entry.level * d;
    auto part = std::ranges::find(parts_, first, &Part::coordinate);
    if (part == parts_.end()) {
      part = parts_.insert(part, {first, d, row_.size()});
      for (std::size_t i = 0; i < d; ++i) row_.push_back({first + i, 0});
    }
    const double* c = point.factor[entry.block].data();
    Entry* out = &row_[part->first];
    if (s.roles.blocks[entry.block].diagonal)
      out[entry.column].value += c[entry.column] * entry.value;
    else
      for (std::size_t i = 0; i < d; ++i) out[i].value += c[entry.column * d + i] * entry.value;
  }
  Scalar variance = 0;
  return static_cast<double>(look_up(variance) ? variance : square(point, a));
}

template <class Scalar>
void BasicElimination<Scalar>::half_solve(const Point& point, std::span<const Coefficient> a, std::span<Scalar> out) {
  spread(point, a);
  eliminate_forward();
  std::copy_n(form_.begin(), coordinates(), out.begin());
  clear_form();
}

/// Whether V is known at a pair of coordinates, low ≤ high, from the pattern of Q and its fill.
template <class Scalar>
bool BasicElimination<Scalar>::paired(std::size_t low, std::size_t high) const {
  const Structure& s = *structure_;
  if (low >= s.node_coordinates) return true;
  const std::size_t n = s.owner(low);
  const std::size_t end = n + 1 < s.nodes.size() ? s.nodes[n + 1].coordinate : s.node_coordinates;
  return high < end || std::ranges::binary_search(s.coupled_of(s.nodes[n]), high);
}

template <class Scalar>
void BasicElimination<Scalar>::covariance_of(std::span<const std::size_t> coordinates, std::span<double> out) {
  const std::size_t size = coordinates.size();
  bool all = true;
  for (std::size_t i = 0; i < size && all; ++i)
    for (std::size_t j = i; j < size && all; ++j) {
      all = paired(coordinates[i], coordinates[j]);
      if (all) out[i * size + j] = out[j * size + i] = static_cast<double>(covariance(coordinates[i], coordinates[j]));
    }
  if (all) return;
  // A half-solved coordinate is zero before its own.
  const std::size_t from = coordinates.front(), length = this->coordinates() - from;
  std::vector<Scalar> halves(size * length);
  form_.resize(structure_->node_coordinates + dense_.stride());
  for (std::size_t i = 0; i < size; ++i) {
    form_[coordinates[i]] = 1;
    wait_for(coordinates[i]);
    eliminate_forward();
    Scalar* half = &halves[i * length];
    std::copy_n(form_.begin() + static_cast<std::ptrdiff_t>(from), length, half);
    clear_form();
    for (std::size_t j = 0; j <= i; ++j)
      out[i * size + j] = out[j * size + i] =
          static_cast<double>(std::inner_product(half, half + length, &halves[j * length], Scalar(0)));
  }
}

template <class Scalar>
auto BasicElimination<Scalar>::first_level(std::size_t n) const -> Level {
  const Structure& s = *structure_;
  const Node& node = s.nodes[n];
  const auto d = static_cast<std::size_t>(s.stages.front().width);
  return {node.coordinate, d, &factor_[node.square], solved_.data() + node.values, s.coupled_of(node)};
}

template class BasicElimination<double>;
template class BasicElimination<Twice>;
template class BasicElimination<Wide>;

}  // namespace woodbury::kernels
