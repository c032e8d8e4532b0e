// Random mixed designs from a seed: one to four blocks, nested, crossed and unbalanced, with weights and flat priors;
// or designed experiments, in which levels are alike, and trees of nested levels, alike but for gaps.
#pragma once

#include <memory>
#include <vector>

#include <Eigen/Dense>

#include "woodbury/kernels/kernels.hpp"

namespace woodbury::test {

/// A design with roles, data and a point to evaluate at; everything that a kernel takes, and its dense matrices.
struct RandomDesign {
  std::vector<std::vector<std::int32_t>> codes;  ///< kept alive for the blocks
  std::unique_ptr<moments::Design> design;
  std::unique_ptr<moments::CrossProducts> products;
  kernels::Roles roles;
  kernels::Point point;
  std::vector<double> weights, response;
  moments::Sums sums;

  enum class Kind { haphazard, designed, trees };

  explicit RandomDesign(std::uint64_t seed, Kind kind = Kind::haphazard) : stream_(seed, 0, 0, base::Purpose::test) {
    const bool designed = kind != Kind::haphazard;
    if (kind == Kind::designed) lay_out_grid();
    if (kind == Kind::trees) lay_out_trees();
    const std::size_t rows = designed ? first_.size() : 8 + stream_.below(40);
    std::vector<moments::Block> blocks;
    const std::size_t grouped = kind == Kind::trees ? factors_.size() : 1 + stream_.below(designed ? 3 : 4);
    codes.reserve(grouped);
    for (std::size_t k = 0; k < grouped; ++k) blocks.push_back(designed ? designed_block(k) : grouped_block(rows));
    const bool border = stream_.below(4) != 0;
    if (border) blocks.push_back(designed ? designed_border() : dense_block(rows));
    design = std::make_unique<moments::Design>(rows, std::move(blocks));
    products = std::make_unique<moments::CrossProducts>(*design);
    choose_roles(border);
    weights.resize(rows);
    response.resize(rows);
    const bool weighted = stream_.below(2) == 0;
    point.log_weights = 0;
    for (std::size_t n = 0; n < rows; ++n) {
      weights[n] = !weighted  ? 1
                   : designed ? 1 + 0.5 * static_cast<double>(second_[n] % 2)
                              : 0.2 + 3 * stream_.uniform();
      response[n] = 2 * stream_.normal();
      point.log_weights += std::log(weights[n]);
    }
    sums = products->layout().zeros();
    products->accumulate(weights.data(), response.data(), sums);
  }

  /// Effects a level of block k.
  [[nodiscard]] std::size_t width(std::size_t k) const {
    return roles.blocks[k].effects > 0 ? roles.blocks[k].effects : design->blocks()[k].columns.size();
  }

  /// Covariance factor of block k, columns × effects.
  [[nodiscard]] Eigen::MatrixXd factor(std::size_t k) const {
    const int n = design->blocks()[k].width(), d = static_cast<int>(width(k));
    Eigen::MatrixXd c = Eigen::MatrixXd::Zero(n, d);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < d; ++j) {
        const auto at = static_cast<std::size_t>(roles.blocks[k].diagonal ? i : i * d + j);
        if (!roles.blocks[k].diagonal || i == j) c(i, j) = point.factor[k][at];
      }
    return c;
  }

  /// Columns of block k as a dense matrix, rows × (levels · d).
  [[nodiscard]] Eigen::MatrixXd columns(std::size_t k) const {
    const auto& block = design->blocks()[k];
    const auto rows = static_cast<Eigen::Index>(design->rows());
    Eigen::MatrixXd a = Eigen::MatrixXd::Zero(rows, static_cast<Eigen::Index>(block.size()));
    for (Eigen::Index n = 0; n < rows; ++n)
      for (int c = 0; c < block.width(); ++c) {
        const int level = block.codes ? block.codes[n] : 0;
        const auto& column = block.columns[static_cast<std::size_t>(c)];
        a(n, level * block.width() + c) = column ? (*column)[static_cast<std::size_t>(n)] : 1;
      }
    return a;
  }

  [[nodiscard]] bool flat(std::size_t k, std::size_t column) const {
    const auto& flags = roles.blocks[k].flat;
    return !flags.empty() && flags[column];
  }

 private:
  moments::ColumnPtr normals(std::size_t rows) {
    std::vector<double> values(rows);
    for (double& value : values) value = stream_.normal();
    return std::make_shared<const frame::Numbers>(std::move(values));
  }

  moments::ColumnPtr random_column(std::size_t rows) {
    if (stream_.below(3) == 0) return nullptr;
    return normals(rows);
  }

  moments::Block grouped_block(std::size_t rows) {
    const bool singletons = stream_.below(8) == 0;
    const std::size_t levels = singletons ? rows : 1 + stream_.below(8), width = 1 + stream_.below(5);
    // Nested in the block before it: its level decides the half from which ours comes.
    const bool nested = !codes.empty() && !singletons && stream_.below(3) == 0;
    std::vector<std::int32_t> code(rows);
    for (std::size_t n = 0; n < rows; ++n) {
      code[n] = static_cast<std::int32_t>(singletons ? n : stream_.below(levels));
      if (nested)
        code[n] = static_cast<std::int32_t>((2 * codes.back()[n] + code[n] % 2) % static_cast<std::int32_t>(levels));
    }
    codes.push_back(std::move(code));
    moments::Block block{.factor = "g", .levels = levels, .codes = codes.back().data(), .columns = {}};
    for (std::size_t c = 0; c < width; ++c) block.columns.push_back(another_column(rows, block.columns));
    // The columns of the block before it: the means of its effects, one level up.
    if (nested && stream_.below(2) == 0) block.columns = last_;
    last_ = block.columns;
    return block;
  }

  /// A random one; at times one that is there already, or a multiple of it.
  moments::ColumnPtr another_column(std::size_t rows, const std::vector<moments::ColumnPtr>& others) {
    if (others.empty() || stream_.below(8) != 0) return random_column(rows);
    const moments::ColumnPtr& other = others[stream_.below(others.size())];
    if (stream_.below(2) == 0) return other;
    std::vector<double> values(rows, -1.7);
    for (std::size_t n = 0; other && n < rows; ++n) values[n] = -1.7 * (*other)[n];
    return std::make_shared<const frame::Numbers>(std::move(values));
  }

  /// Rows of a two-way experiment: every pair of levels once or twice, at times with a few pairs missing.
  void lay_out_grid() {
    const std::size_t firsts = 2 + stream_.below(7), seconds = 2 + stream_.below(5), repeats = 1 + stream_.below(2);
    const bool gaps = stream_.below(3) == 0;
    for (std::size_t i = 0; i < firsts; ++i)
      for (std::size_t j = 0; j < seconds; ++j)
        for (std::size_t r = 0; r < repeats; ++r) {
          if (gaps && stream_.below(12) == 0) continue;
          first_.push_back(static_cast<std::int32_t>(i));
          second_.push_back(static_cast<std::int32_t>(j));
        }
    grid_ = {firsts, seconds, (firsts + 1) / 2};
    factors_ = {first_, second_, first_};
    for (std::int32_t& level : factors_[2]) level /= 2;
  }

  /// Rows of nested levels, two to four deep, with as many each, at times with a few rows missing and crossed by their
  /// numbers; the factors in any order.
  void lay_out_trees() {
    const std::size_t depth = 2 + stream_.below(3), repeats = 1 + stream_.below(3);
    const bool gaps = stream_.below(3) == 0, crossed = stream_.below(3) == 0;
    std::vector<std::size_t> within{2 + stream_.below(3)};
    for (std::size_t k = 1; k < depth; ++k) within.push_back(1 + stream_.below(depth > 3 ? 2 : 3));
    std::size_t leaves = 1;
    for (const std::size_t count : within) leaves *= count;
    for (std::size_t leaf = 0; leaf < leaves; ++leaf)
      for (std::size_t r = 0; r < repeats; ++r) {
        if (gaps && stream_.below(12) == 0) continue;
        first_.push_back(static_cast<std::int32_t>(leaf));
        second_.push_back(static_cast<std::int32_t>(r));
      }
    std::vector<std::int32_t> code = first_;
    for (std::size_t k = depth; k-- > 0; leaves /= within[k]) {
      factors_.push_back(code);
      grid_.push_back(leaves);
      for (std::int32_t& level : code) level /= static_cast<std::int32_t>(within[k]);
    }
    if (crossed) {
      factors_.push_back(second_);
      grid_.push_back(repeats);
    }
    for (std::size_t k = factors_.size(); k-- > 1;) {
      const std::size_t other = stream_.below(k + 1);
      std::swap(factors_[k], factors_[other]);
      std::swap(grid_[k], grid_[other]);
    }
  }

  /// A condition: by Latin square, or of one of the factors; ±0.5, or 3 and 4.
  moments::ColumnPtr designed_column() {
    const std::size_t which = stream_.below(4);
    if (which == 0) return nullptr;
    const double low = stream_.below(4) == 0 ? 3 : -0.5;
    std::vector<double> values;
    for (std::size_t n = 0; n < first_.size(); ++n) {
      const auto i = static_cast<std::size_t>(first_[n]), j = static_cast<std::size_t>(second_[n]);
      values.push_back(low + static_cast<double>((which == 1 ? i + j : which == 2 ? j : i) % 2));
    }
    return std::make_shared<const frame::Numbers>(std::move(values));
  }

  /// The rows' factor, the columns', or one that the rows' is nested in; or one of the trees'.
  moments::Block designed_block(std::size_t k) {
    codes.push_back(factors_[k]);
    moments::Block block{.factor = "g", .levels = grid_[k], .codes = codes.back().data(), .columns = {nullptr}};
    const std::size_t width = 1 + stream_.below(3);
    while (block.columns.size() < width) block.columns.push_back(designed_column());
    return block;
  }

  moments::Block designed_border() {
    moments::Block block{.factor = "", .levels = 1, .codes = nullptr, .columns = {nullptr}};
    if (stream_.below(3) != 0) {
      std::vector<double> values;
      for (std::size_t n = 0; n < first_.size(); ++n) values.push_back((first_[n] + second_[n]) % 2 ? 0.5 : -0.5);
      block.columns.push_back(std::make_shared<const frame::Numbers>(std::move(values)));
    }
    return block;
  }

  moments::Block dense_block(std::size_t rows) {
    moments::Block block{.factor = "", .levels = 1, .codes = nullptr, .columns = {nullptr}};
    const std::size_t width = 1 + stream_.below(3);
    for (std::size_t c = 1; c < width; ++c) {
      block.columns.push_back(normals(rows));
    }
    return block;
  }

  void choose_roles(bool border) {
    const std::size_t count = design->blocks().size();
    std::vector<std::size_t> candidates;
    for (std::size_t k = 0; k < count; ++k) {
      const auto& block = design->blocks()[k];
      const bool is_border = border && k + 1 == count;
      kernels::BlockRole role;
      role.integrated = k == 0 || stream_.below(3) != 0;
      role.diagonal = is_border || stream_.below(4) == 0;
      if (is_border && role.integrated && stream_.below(2) == 0) {
        role.flat.assign(block.columns.size(), false);
        role.flat[stream_.below(block.columns.size())] = true;
      }
      if (role.integrated && role.flat.empty() && stream_.below(4) == 0) {  // loadings
        role.effects = 1 + stream_.below(5);
        role.diagonal = false;
      }
      if (role.integrated && !is_border) candidates.push_back(k);
      roles.blocks.push_back(role);
    }
    // None, some or all of the factors, in any order: with fill, where they cross.
    while (!candidates.empty() && stream_.below(4) != 0) {
      const std::size_t i = stream_.below(candidates.size());
      roles.order.push_back(candidates[i]);
      candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(i));
    }
    choose_point();
  }

  void choose_point() {
    const auto& blocks = design->blocks();
    point.coefficients.assign(design->size(), 0);
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t n = blocks[k].columns.size(), d = width(k);
      const bool loaded = roles.blocks[k].effects > 0;
      std::vector<double> c;
      if (roles.blocks[k].integrated) {
        const double scale = std::exp(1.5 * stream_.normal());
        c.assign(roles.blocks[k].diagonal ? d : n * d, 0);
        for (std::size_t i = 0; i < n; ++i)
          for (std::size_t j = 0; j < (loaded ? d : i + 1); ++j) {
            const double value = i == j ? scale * (0.3 + stream_.uniform()) : 0.5 * scale * stream_.normal();
            if (!roles.blocks[k].diagonal)
              c[i * d + j] = value;
            else if (i == j)
              c[i] = flat(k, i) ? 1 : value;
          }
      } else {
        for (std::size_t i = 0; i < blocks[k].size(); ++i) point.coefficients[design->offset(k) + i] = stream_.normal();
      }
      point.factor.push_back(std::move(c));
    }
    point.precision = std::exp(stream_.normal());
  }

  base::Stream stream_;
  std::vector<moments::ColumnPtr> last_;            ///< of the grouped block before
  std::vector<std::int32_t> first_, second_;        ///< a designed row's levels
  std::vector<std::vector<std::int32_t>> factors_;  ///< codes of the designed ones
  std::vector<std::size_t> grid_;                   ///< their levels
};

}  // namespace woodbury::test
