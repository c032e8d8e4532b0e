#include "woodbury/reduce/composition.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace woodbury::reduce {

namespace {

/// Contrasts with less than this of an effect's variance are the rounding of a basis.
constexpr double kNothing = 1e-14;

/// Effects on the way through the rotations: coefficients of the block's levels as they stand after each.
class Tracker {
 public:
  Tracker(const Reduction& reduction, std::size_t block, std::size_t levels)
      : rotations_(reduction.rotations()), block_(block), place_(levels), turned_(levels) {
    const std::vector<std::size_t>& kept = reduction.kept(block);
    for (std::size_t i = 0; i < kept.size(); ++i) place_[kept[i]] = i;
    for (std::size_t r = 0; r < rotations_.size(); ++r)
      for (std::size_t p = 0; p < rotations_[r].parts.size(); ++p)
        if (const Rotation::Part& part = rotations_[r].parts[p]; part.block == block)
          for (std::size_t i = 0; i < part.levels.size(); ++i) turned_[part.levels[i]].push_back({r, p, i});
  }

  [[nodiscard]] Composition of(std::map<std::size_t, double> coefficients) const {
    Composition result;
    for (std::size_t r = next(coefficients, 0); r < rotations_.size(); r = next(coefficients, r + 1))
      rotate(r, coefficients, result);
    for (const auto& [level, weight] : coefficients)
      if (weight != 0)
        result.parts.push_back({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(place_[level]), weight});
    return result;
  }

 private:
  /// A level's part of a rotation and row in its basis.
  struct Turn {
    std::size_t rotation, part, row;
  };

  [[nodiscard]] const Turn* turn(std::size_t level, std::size_t from) const {
    const auto found = std::ranges::lower_bound(turned_[level], from, {}, &Turn::rotation);
    return found == turned_[level].end() ? nullptr : &*found;
  }

  /// The first rotation, not before `from`, of a level with a coefficient.
  [[nodiscard]] std::size_t next(const std::map<std::size_t, double>& coefficients, std::size_t from) const {
    std::size_t first = rotations_.size();
    for (const auto& [level, value] : coefficients)
      if (const Turn* found = turn(level, from)) first = std::min(first, found->rotation);
    return first;
  }

  /// What a rotation's part has of the coefficients: by rows of the basis, v, and U'v.
  struct Turned {
    std::size_t part;
    std::map<std::size_t, double> rows;
    std::vector<double> along;
  };

  /// v on the rotation's levels becomes U'v on its pseudo-levels, and of the contrasts' covariance, part by part,
  /// v'v − (U'v)'(U'v).
  void rotate(std::size_t r, std::map<std::size_t, double>& coefficients, Composition& result) const {
    const Rotation& rotation = rotations_[r];
    const std::vector<Turned> turned = take(r, coefficients);
    for (const Turned& one : turned) {
      for (std::size_t a = 0; a < rotation.rank; ++a) coefficients[rotation.parts[one.part].levels[a]] += one.along[a];
      for (const Turned& other : turned) {
        double product = 0, left = 0;
        for (const auto& [row, value] : one.rows)
          if (const auto met = other.rows.find(row); met != other.rows.end()) product += value * met->second;
        for (std::size_t a = 0; a < rotation.rank; ++a) left -= one.along[a] * other.along[a];
        left += product;
        if (std::abs(left) > kNothing * norm(one) * norm(other))
          result.shares.push_back({static_cast<std::uint32_t>(rotation.contrast), static_cast<std::uint32_t>(one.part),
                                   static_cast<std::uint32_t>(other.part), left});
      }
    }
  }

  /// Takes those of a rotation's levels out of the coefficients.
  [[nodiscard]] std::vector<Turned> take(std::size_t r, std::map<std::size_t, double>& coefficients) const {
    const Rotation& rotation = rotations_[r];
    std::vector<Turned> turned;
    for (auto each = coefficients.begin(); each != coefficients.end();) {
      const Turn* found = turn(each->first, r);
      if (found == nullptr || found->rotation != r) {
        ++each;
        continue;
      }
      auto at = std::ranges::find(turned, found->part, &Turned::part);
      if (at == turned.end()) at = turned.insert(at, {found->part, {}, std::vector<double>(rotation.rank, 0)});
      const double* row = rotation.basis.data() + found->row * rotation.rank;  // of rank 0 nothing
      for (std::size_t a = 0; a < rotation.rank; ++a) at->along[a] += each->second * row[a];
      at->rows[found->row] = each->second;
      each = coefficients.erase(each);
    }
    return turned;
  }

  static double norm(const Turned& turned) {
    double square = 0;
    for (const auto& [row, value] : turned.rows) square += value * value;
    return std::sqrt(square);
  }

  const std::vector<Rotation>& rotations_;
  std::size_t block_;
  std::vector<std::size_t> place_;         ///< a level that is left → its number in the reduced layout
  std::vector<std::vector<Turn>> turned_;  ///< by level, in the order of the rotations
};

}  // namespace

std::vector<Composition> compose(const Reduction& reduction, std::size_t block) {
  const auto& eigenbasis = reduction.eigenbasis();
  std::vector<Composition> result;
  if (eigenbasis && std::ranges::count(eigenbasis->blocks, block) > 0) {
    const Tracker tracker(reduction, reduction.layout().blocks().size() - 1, eigenbasis->size);
    const double* row = eigenbasis->basis.data();
    for (const std::size_t k : eigenbasis->blocks)
      for (std::size_t i = reduction.offset(k); i < reduction.offset(k + 1); ++i, row += eigenbasis->size) {
        if (k != block) continue;
        std::map<std::size_t, double> coefficients;
        for (std::size_t a = 0; a < eigenbasis->size; ++a) coefficients[a] = row[a];
        result.push_back(tracker.of(std::move(coefficients)));
      }
    return result;
  }
  const std::size_t levels =
      (reduction.offset(block + 1) - reduction.offset(block)) / reduction.layout().blocks()[block].columns;
  const Tracker tracker(reduction, block, levels);
  for (std::size_t j = 0; j < levels; ++j) result.push_back(tracker.of({{j, 1.0}}));
  return result;
}

}  // namespace woodbury::reduce
