#include "woodbury/reduce/equal_levels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include <Eigen/QR>

#include "woodbury/reduce/grid_hash.hpp"
#include "woodbury/reduce/trees.hpp"

namespace woodbury::reduce {

namespace {

using Indices = std::vector<std::size_t>;

/// Numbers this near are one: sums of the same terms in another order. Columns have norms of about one.
constexpr double kSame = 1e-12;
/// A row whose part outside the others' span is this small, relative to the largest row, is in it.
constexpr double kInSpan = 1e-11;
/// Floating-point operations above which the rank of a class is not looked for.
constexpr double kMostRankWork = 2e8;
/// Columns of a level with those nested in it above which they stay as they are: contrasts are worked as dense
/// matrices, trees level by level.
constexpr std::size_t kMostColumns = 12;

bool same(std::span<const double> a, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= kSame)) return false;
  return a.size() == b.size();
}

/// Members in groups of equals, in order of their first.
template <class Hash, class Same>
std::vector<Indices> grouped(const Indices& members, Hash&& hash, Same&& equal) {
  std::vector<Indices> groups;
  std::unordered_multimap<std::uint64_t, std::size_t> found;
  for (const std::size_t j : members) {
    const std::uint64_t key = hash(j);
    auto [at, end] = found.equal_range(key);
    while (at != end && !equal(groups[at->second].front(), j)) ++at;
    if (at != end) {
      groups[at->second].push_back(j);
    } else {
      found.emplace(key, groups.size());
      groups.push_back({j});
    }
  }
  return groups;
}

void add_scaled(std::span<double> to, std::span<const double> from, double scale) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

/// to ← to + scale · from, as sparse rows; the numbers of `to` are its own.
void add_scaled(std::vector<Coupling>& to, const std::vector<Coupling>& from, double scale, Pool& pool) {
  const auto key = [](const Coupling& c) { return std::pair(c.block, c.level); };
  std::vector<Coupling> fresh;
  std::size_t i = 0;
  for (const Coupling& c : from) {
    while (i < to.size() && key(to[i]) < key(c)) ++i;
    if (i < to.size() && key(to[i]) == key(c)) {
      add_scaled(to[i].values, c.values, scale);
      continue;
    }
    fresh.push_back({c.block, c.level, pool.copy(c.values)});
    for (double& v : fresh.back().values) v *= scale;
  }
  if (fresh.empty()) return;
  std::vector<Coupling> merged;
  merged.reserve(to.size() + fresh.size());
  std::ranges::merge(to, fresh, std::back_inserter(merged), {}, key, key);
  to = std::move(merged);
}

/// One block's levels with those nested in them, and what becomes of them. A member is a tree, its rank that of its
/// couplings with all outside.
class Rotator {
 public:
  Rotator(std::size_t block, Couplings& couplings, const std::vector<bool>& rotatable,
          std::vector<moments::Contrast>& contrasts, std::vector<Rotation>& rotations)
      : trees_(block, couplings, rotatable), couplings_(couplings), contrasts_(contrasts), rotations_(rotations) {
    for (const moments::Shape& shape : couplings.shapes()) first_.push_back(first_.back() + shape.levels);
    for (std::size_t i = 0; i < contrasts.size(); ++i)
      if (contrasts[i].blocks[0] == block) places_.emplace(hash(contrasts[i].square), i);
  }

  /// The blocks that it changed, if any.
  std::vector<std::size_t> run() {
    const std::size_t before = rotations_.size();
    for (const Indices& members : classes()) {
      if (members.size() < 2) continue;
      Indices distinct;
      for (const Indices& alike : alikes(members)) {
        if (alike.size() > 1)
          rotate(alike, 1, std::vector(alike.size(), 1 / std::sqrt(static_cast<double>(alike.size()))));
        distinct.push_back(alike[0]);
      }
      rotate_to_rank(peeled(std::move(distinct)));
    }
    return rotations_.size() > before ? trees_.blocks() : std::vector<std::size_t>();
  }

 private:
  /// A coupling of a tree with the outside.
  struct Met {
    std::size_t position;
    const Coupling* coupling;
  };

  static std::uint64_t hash(const std::vector<double>& square) {
    GridHash hash;
    hash.add(square);
    return hash.value;
  }

  [[nodiscard]] Level& level(Trees::Place place) const { return couplings_.levels(place.block)[place.level]; }
  [[nodiscard]] std::size_t columns(Trees::Place place) const { return couplings_.shapes()[place.block].columns; }
  [[nodiscard]] std::size_t columns(std::size_t tree) const {
    std::size_t sum = 0;
    for (const Trees::Place place : trees_.of(tree)) sum += columns(place);
    return sum;
  }
  /// A number for every column block of the trees' couplings: by place in the tree and level outside.
  [[nodiscard]] std::size_t number(const Met& met) const {
    return met.position * first_.back() + first_[met.coupling->block] + met.coupling->level;
  }

  template <class Body>
  void each_met(std::size_t tree, Body&& body) const {
    const auto places = trees_.of(tree);
    for (std::size_t p = 0; p < places.size(); ++p)
      for (const Coupling& c : level(places[p]).couplings)
        if (!trees_.inside(c)) body(Met{p, &c});
  }

  /// T of all its levels together; in `room`, unless a level's own is all.
  const std::vector<double>& square(std::size_t tree, std::vector<double>& room) const {
    const auto places = trees_.of(tree);
    if (places.size() == 1) return level(places[0]).square;
    Indices at{0};
    for (const Trees::Place place : places) at.push_back(at.back() + columns(place));
    const std::size_t n = at.back();
    room.assign(n * n, 0);
    const auto put = [&](std::size_t p, std::size_t q, std::span<const double> values) {
      const std::size_t d = at[q + 1] - at[q];
      for (std::size_t i = 0; i < values.size(); ++i) room[(at[p] + i / d) * n + at[q] + i % d] = values[i];
    };
    for (std::size_t p = 0; p < places.size(); ++p) {
      put(p, p, level(places[p]).square);
      for (const Coupling& c : level(places[p]).couplings)
        if (trees_.inside(c)) put(p, trees_.position(c), c.values);
    }
    return room;
  }

  [[nodiscard]] bool same_blocks(std::size_t a, std::size_t b) const {
    return std::ranges::equal(trees_.of(a), trees_.of(b), {}, &Trees::Place::block, &Trees::Place::block);
  }

  /// Trees with equal T, but for those so large that their contrasts would cost more than they do.
  std::vector<Indices> classes() {
    Indices members;
    for (std::size_t t = 0; t < trees_.size(); ++t)
      if (trees_.of(t).size() == 1 || columns(t) <= kMostColumns) members.push_back(t);
    return grouped(
        members, [&](std::size_t t) { return hash(square(t, room_)); },
        [&](std::size_t a, std::size_t b) {
          return same_blocks(a, b) && same(square(a, room_), square(b, other_room_));
        });
  }

  /// Trees with equal couplings.
  std::vector<Indices> alikes(const Indices& members) const {
    std::vector<Met> left, right;
    const auto collect = [&](std::size_t tree, std::vector<Met>& met) {
      met.clear();
      each_met(tree, [&](const Met& each) { met.push_back(each); });
    };
    return grouped(
        members,
        [&](std::size_t t) {
          GridHash hash;
          each_met(t, [&](const Met& met) {
            hash.add(std::uint64_t{number(met)});
            hash.add(met.coupling->values);
          });
          return hash.value;
        },
        [&](std::size_t a, std::size_t b) {
          collect(a, left);
          collect(b, right);
          return std::ranges::equal(left, right, [&](const Met& x, const Met& y) {
            return number(x) == number(y) && same(x.coupling->values, y.coupling->values);
          });
        });
  }

  /// Without those that alone meet some other level, again and again: they are outside the others' span.
  [[nodiscard]] Indices peeled(Indices members) {
    met_.resize(std::max(met_.size(), first_.back() * trees_.of(members[0]).size()));
    const Indices all = members;
    for (const std::size_t t : all) each_met(t, [&](const Met& met) { ++met_[number(met)]; });
    for (std::size_t before = members.size() + 1; members.size() < before;) {
      before = members.size();
      std::erase_if(members, [&](std::size_t t) {
        bool alone = false;
        each_met(t, [&](const Met& met) { alone = alone || met_[number(met)] == 1; });
        if (alone) each_met(t, [&](const Met& met) { --met_[number(met)]; });
        return alone;
      });
    }
    for (const std::size_t t : all) each_met(t, [&](const Met& met) { met_[number(met)] = 0; });
    return members;
  }

  /// To as many pseudo-levels as the couplings of these members have dimensions, if that makes them fewer.
  void rotate_to_rank(const Indices& members) {
    if (members.empty()) return;
    std::unordered_map<std::size_t, std::size_t> place;
    std::size_t width = 0, held = 0;
    for (const std::size_t t : members)
      each_met(t, [&](const Met& met) {
        held += met.coupling->values.size();
        if (place.emplace(number(met), width).second) width += met.coupling->values.size();
      });
    const std::size_t count = members.size();
    if (width == 0) return rotate(members, 0, {});
    if (count < 2 || static_cast<double>(count * width) * static_cast<double>(std::min(count, width)) > kMostRankWork)
      return;
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(width));
    for (std::size_t i = 0; i < count; ++i)
      each_met(members[i], [&](const Met& met) {
        auto column = static_cast<Eigen::Index>(place[number(met)]);
        for (const double value : met.coupling->values) rows(static_cast<Eigen::Index>(i), column++) = value;
      });
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(rows);
    qr.setThreshold(kInSpan);
    const auto rank = static_cast<std::size_t>(qr.rank());
    if (rank == count || rank * width > held) return;
    const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(static_cast<Eigen::Index>(count),
                                                                                static_cast<Eigen::Index>(rank));
    std::vector<double> row_major;
    for (Eigen::Index i = 0; i < basis.rows(); ++i)
      for (Eigen::Index a = 0; a < basis.cols(); ++a) row_major.push_back(basis(i, a));
    rotate(members, rank, std::move(row_major));
  }

  void rotate(const Indices& members, std::size_t rank, std::vector<double> basis) {
    const auto places = trees_.of(members[0]);
    const std::size_t stride = columns(members[0]);
    Rotation rotation{.contrast = contrast_of(members[0]),
                      .parts = {},
                      .rank = rank,
                      .basis = std::move(basis),
                      .residuals = std::vector<double>(members.size() * stride)};
    std::size_t at = 0;
    for (std::size_t p = 0; p < places.size(); ++p) {
      const std::size_t width = columns(places[p]);
      rotation.parts.push_back({places[p].block, {}});
      for (const std::size_t t : members) rotation.parts[p].levels.push_back(trees_.of(t)[p].level);
      rotate_part(members, p, rotation, {rotation.residuals, stride, at, width});
      at += width;
    }
    count_contrasts(rotation, stride);
    rotations_.push_back(std::move(rotation));
  }

  /// The members' p-th levels become pseudo-levels and what is left of their right-hand sides.
  void rotate_part(const Indices& members, std::size_t p, const Rotation& rotation,
                   const Rotation::Columns& residuals) {
    const std::size_t rank = rotation.rank;
    const auto member = [&](std::size_t i) -> Level& { return level(trees_.of(members[i])[p]); };
    std::vector<Level> pseudo;
    for (std::size_t a = 0; a < rank; ++a) {
      pseudo.push_back({.live = true, .square = member(0).square, .rhs = {}, .couplings = {}});
      pseudo[a].rhs.assign(residuals.count, 0);
      for (std::size_t i = 0; i < members.size(); ++i) {
        add_scaled(pseudo[a].rhs, member(i).rhs, rotation.basis[i * rank + a]);
        add_scaled(pseudo[a].couplings, outside(member(i)), rotation.basis[i * rank + a], couplings_.pool());
      }
      std::erase_if(pseudo[a].couplings, [&](const Coupling& c) {
        return std::all_of(c.values.begin(), c.values.end(), [&](double v) { return std::abs(v) <= kSame; });
      });
      for (const Coupling& c : member(a).couplings)
        if (trees_.inside(c)) pseudo[a].couplings.push_back(c);
      std::ranges::sort(pseudo[a].couplings, {}, [](const Coupling& c) { return std::pair(c.block, c.level); });
    }
    for (std::size_t i = 0; i < members.size(); ++i)
      for (std::size_t c = 0; c < residuals.count; ++c) {
        double left = member(i).rhs[c];
        for (std::size_t a = 0; a < rank; ++a) left -= rotation.basis[i * rank + a] * pseudo[a].rhs[c];
        residuals.at(i, c) = left;
      }
    for (std::size_t i = 0; i < members.size(); ++i)
      member(i) = i < rank ? std::move(pseudo[i]) : Level{.live = false, .square = {}, .rhs = {}, .couplings = {}};
  }

  /// A level's couplings with what is not in its tree.
  const std::vector<Coupling>& outside(const Level& level) {
    if (trees_.plain()) return level.couplings;
    outside_.clear();
    for (const Coupling& c : level.couplings)
      if (!trees_.inside(c)) outside_.push_back(c);
    return outside_;
  }

  std::size_t contrast_of(std::size_t tree) {
    const std::vector<double>& square = this->square(tree, room_);
    std::vector<std::size_t> blocks;
    for (const Trees::Place place : trees_.of(tree)) blocks.push_back(place.block);
    const std::uint64_t key = hash(square);
    const auto [begin, end] = places_.equal_range(key);
    for (auto at = begin; at != end; ++at)
      if (contrasts_[at->second].blocks == blocks && same(contrasts_[at->second].square, square)) return at->second;
    places_.emplace(key, contrasts_.size());
    contrasts_.push_back({std::move(blocks), 0, square, std::vector<double>(square.size())});
    return contrasts_.size() - 1;
  }

  void count_contrasts(const Rotation& rotation, std::size_t n) {
    moments::Contrast& contrast = contrasts_[rotation.contrast];
    contrast.count += rotation.size() - rotation.rank;
    for (const double* b = rotation.residuals.data(); b != rotation.residuals.data() + rotation.residuals.size();
         b += n)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) contrast.products[i * n + j] += b[i] * b[j];
  }

  Trees trees_;
  Couplings& couplings_;
  std::vector<moments::Contrast>& contrasts_;
  std::vector<Rotation>& rotations_;
  std::unordered_multimap<std::uint64_t, std::size_t> places_;  ///< contrasts of these roots by hash of their T
  Indices first_{0};                                            ///< numbers of the blocks' first levels
  std::vector<std::uint32_t> met_;                              ///< by how many, by number; zeros between uses
  std::vector<double> room_, other_room_;
  std::vector<Coupling> outside_;
};

}  // namespace

bool may_rotate(const std::vector<double>& squares, std::size_t d) {
  const std::vector<double> scales = powers_near_norms(squares, d);
  std::vector<std::uint64_t> hashes;
  std::vector<double> scaled(d * d);
  for (std::size_t at = 0; at < squares.size(); at += d * d) {
    for (std::size_t i = 0; i < d * d; ++i) scaled[i] = squares[at + i] * (1 / (scales[i / d] * scales[i % d]));
    GridHash hash;
    hash.add(scaled);
    hashes.push_back(hash.value);
  }
  std::ranges::sort(hashes);
  return std::ranges::adjacent_find(hashes) != hashes.end();
}

bool rotate_equal_levels(std::size_t block, Couplings& couplings, const std::vector<bool>& rotatable,
                         std::vector<moments::Contrast>& contrasts, std::vector<Rotation>& rotations) {
  const std::vector<std::size_t> changed = Rotator(block, couplings, rotatable, contrasts, rotations).run();
  if (changed.empty()) return false;
  couplings.mirror(changed);
  return true;
}

}  // namespace woodbury::reduce
