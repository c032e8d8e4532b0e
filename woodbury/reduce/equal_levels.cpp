#include "woodbury/reduce/equal_levels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include <Eigen/QR>

namespace woodbury::reduce {

namespace {

using Indices = std::vector<std::size_t>;

/// Numbers this near are one: sums of the same terms in another order. Columns have norms of about one.
constexpr double kSame = 1e-12;
/// A row whose part outside the others' span is this small, relative to the largest row, is in it.
constexpr double kInSpan = 1e-11;
/// Floating-point operations above which the rank of a class is not looked for.
constexpr double kMostRankWork = 2e8;

bool same(std::span<const double> a, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= kSame)) return false;
  return a.size() == b.size();
}

bool same(const std::vector<Coupling>& a, const std::vector<Coupling>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].block != b[i].block || a[i].level != b[i].level || !same(a[i].values, b[i].values)) return false;
  return true;
}

/// A hash that numbers equal but for rounding share, unless they lie at a border of its grid (then a level is left out
/// of its class, and only speed is lost). The grid is off the round numbers that designs are made of.
struct GridHash {
  std::uint64_t value = 0x9E3779B97F4A7C15ULL;
  void add(std::uint64_t word) { value = (value ^ word) * 0xD6E8FEB86659FD93ULL ^ (value >> 29); }
  void add(std::span<const double> numbers) {
    for (const double x : numbers)
      add(static_cast<std::uint64_t>(static_cast<std::int64_t>(std::floor(x * 0x1p30 + 0.3679))));
  }
};

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

/// One block's levels, and what becomes of them.
class Rotator {
 public:
  Rotator(std::size_t block, Couplings& couplings, std::vector<moments::Contrast>& contrasts,
          std::vector<Rotation>& rotations)
      : block_(block),
        d_(couplings.shapes()[block].columns),
        levels_(couplings.levels(block)),
        pool_(couplings.pool()),
        contrasts_(contrasts),
        rotations_(rotations) {
    for (std::size_t i = 0; i < contrasts.size(); ++i)
      if (contrasts[i].block == block) places_.emplace(hash(contrasts[i].square), i);
  }

  bool run() {
    const std::size_t before = rotations_.size();
    Indices live;
    for (std::size_t j = 0; j < levels_.size(); ++j)
      if (levels_[j].live) live.push_back(j);
    for (const Indices& members : classes(live)) {
      if (members.size() < 2) continue;
      Indices distinct;
      for (const Indices& alike : alikes(members)) {
        if (alike.size() > 1)
          rotate(alike, 1, std::vector(alike.size(), 1 / std::sqrt(static_cast<double>(alike.size()))));
        distinct.push_back(alike[0]);
      }
      rotate_to_rank(peeled(std::move(distinct)));
    }
    return rotations_.size() > before;
  }

 private:
  static std::uint64_t hash(const std::vector<double>& square) {
    GridHash hash;
    hash.add(square);
    return hash.value;
  }

  /// Levels with equal T.
  std::vector<Indices> classes(const Indices& live) const {
    return grouped(
        live, [&](std::size_t j) { return hash(levels_[j].square); },
        [&](std::size_t a, std::size_t b) { return same(levels_[a].square, levels_[b].square); });
  }

  /// Levels with equal couplings.
  std::vector<Indices> alikes(const Indices& members) const {
    return grouped(
        members,
        [&](std::size_t j) {
          GridHash hash;
          for (const Coupling& c : levels_[j].couplings) {
            hash.add(std::uint64_t{c.block} << 32 | c.level);
            hash.add(c.values);
          }
          return hash.value;
        },
        [&](std::size_t a, std::size_t b) { return same(levels_[a].couplings, levels_[b].couplings); });
  }

  /// Without those that alone meet some other level, again and again: they are outside the others' span.
  [[nodiscard]] Indices peeled(Indices members) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> met;
    for (const std::size_t j : members)
      for (const Coupling& c : levels_[j].couplings) ++met[{c.block, c.level}];
    for (std::size_t before = members.size() + 1; members.size() < before;) {
      before = members.size();
      std::erase_if(members, [&](std::size_t j) {
        const auto& couplings = levels_[j].couplings;
        const bool alone = std::any_of(couplings.begin(), couplings.end(), [&](const Coupling& c) {
          return met[{c.block, c.level}] == 1;
        });
        if (alone)
          for (const Coupling& c : couplings) --met[{c.block, c.level}];
        return alone;
      });
    }
    return members;
  }

  /// To as many pseudo-levels as the couplings of these levels have dimensions, if that makes them fewer.
  void rotate_to_rank(const Indices& members) {
    if (members.empty()) return;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> place;
    std::size_t width = 0, held = 0;
    for (const std::size_t j : members)
      for (const Coupling& c : levels_[j].couplings) {
        held += c.values.size();
        if (place.emplace(std::pair(c.block, c.level), width).second) width += c.values.size();
      }
    const std::size_t count = members.size();
    if (width == 0) return rotate(members, 0, {});
    if (count < 2 || static_cast<double>(count * width) * static_cast<double>(std::min(count, width)) > kMostRankWork)
      return;
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(width));
    for (std::size_t i = 0; i < count; ++i)
      for (const Coupling& c : levels_[members[i]].couplings)
        for (std::size_t v = 0; v < c.values.size(); ++v)
          rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(place[{c.block, c.level}] + v)) = c.values[v];
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
    Rotation rotation{.block = block_,
                      .contrast = contrast_of(levels_[members[0]].square),
                      .levels = members,
                      .rank = rank,
                      .basis = std::move(basis),
                      .residuals = {}};
    std::vector<Level> pseudo(rank);
    for (std::size_t a = 0; a < rank; ++a) {
      pseudo[a].square = levels_[members[0]].square;
      pseudo[a].rhs.assign(d_, 0);
      for (std::size_t i = 0; i < members.size(); ++i) {
        add_scaled(pseudo[a].rhs, levels_[members[i]].rhs, rotation.basis[i * rank + a]);
        add_scaled(pseudo[a].couplings, levels_[members[i]].couplings, rotation.basis[i * rank + a], pool_);
      }
      std::erase_if(pseudo[a].couplings, [&](const Coupling& c) {
        return std::all_of(c.values.begin(), c.values.end(), [&](double v) { return std::abs(v) <= kSame; });
      });
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      std::vector<double> residual = levels_[members[i]].rhs;
      for (std::size_t a = 0; a < rank; ++a) add_scaled(residual, pseudo[a].rhs, -rotation.basis[i * rank + a]);
      rotation.residuals.insert(rotation.residuals.end(), residual.begin(), residual.end());
    }
    count_contrasts(rotation);
    for (std::size_t i = 0; i < members.size(); ++i)
      levels_[members[i]] =
          i < rank ? std::move(pseudo[i]) : Level{.live = false, .square = {}, .rhs = {}, .couplings = {}};
    rotations_.push_back(std::move(rotation));
  }

  std::size_t contrast_of(const std::vector<double>& square) {
    const std::uint64_t key = hash(square);
    const auto [begin, end] = places_.equal_range(key);
    for (auto at = begin; at != end; ++at)
      if (same(contrasts_[at->second].square, square)) return at->second;
    places_.emplace(key, contrasts_.size());
    contrasts_.push_back({block_, 0, square, std::vector<double>(d_ * d_)});
    return contrasts_.size() - 1;
  }

  void count_contrasts(const Rotation& rotation) {
    moments::Contrast& contrast = contrasts_[rotation.contrast];
    contrast.count += rotation.levels.size() - rotation.rank;
    for (const double* b = rotation.residuals.data(); b != rotation.residuals.data() + rotation.residuals.size();
         b += d_)
      for (std::size_t i = 0; i < d_; ++i)
        for (std::size_t j = 0; j < d_; ++j) contrast.products[i * d_ + j] += b[i] * b[j];
  }

  std::size_t block_, d_;
  std::vector<Level>& levels_;
  Pool& pool_;
  std::vector<moments::Contrast>& contrasts_;
  std::vector<Rotation>& rotations_;
  std::unordered_multimap<std::uint64_t, std::size_t> places_;  ///< the block's contrasts by hash of their T
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

bool rotate_equal_levels(std::size_t block, Couplings& couplings, std::vector<moments::Contrast>& contrasts,
                         std::vector<Rotation>& rotations) {
  if (!Rotator(block, couplings, contrasts, rotations).run()) return false;
  couplings.mirror(block);
  return true;
}

}  // namespace woodbury::reduce
