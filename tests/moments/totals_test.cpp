// Totals in twice the digits: against sums in quadruple precision, over shards, with origins taken afterwards.
#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/random_design.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::moments {
namespace {

using test::RandomDesign;
__extension__ typedef __float128 Quad;

Quad quad(const Compensated& x) { return static_cast<Quad>(x.high) + x.low; }

/// Rows of A and Y and their sums, in quadruple precision; entries by coefficient, response after all.
struct Reference {
  std::vector<std::vector<std::pair<std::size_t, double>>> rows;
  std::size_t size;
  std::vector<Quad> products, absolute;

  Reference(const Design& design, const std::vector<double>& weights, const std::vector<std::vector<double>>& y)
      : size(design.size() + y.size()), products(size * size), absolute(size * size) {
    for (std::size_t n = 0; n < design.rows(); ++n) {
      auto& row = rows.emplace_back();
      for (std::size_t k = 0; k < design.blocks().size(); ++k) {
        const Block& block = design.blocks()[k];
        const std::size_t level = block.codes ? static_cast<std::size_t>(block.codes[n]) : 0;
        for (std::size_t c = 0; c < block.columns.size(); ++c)
          row.emplace_back(design.offset(k) + level * block.columns.size() + c,
                           block.columns[c] ? (*block.columns[c])[n] : 1);
      }
      for (std::size_t i = 0; i < y.size(); ++i) row.emplace_back(design.size() + i, y[i][n]);
      for (const auto& [a, left] : row)
        for (const auto& [b, right] : row) {
          const Quad term = static_cast<Quad>(weights.empty() ? 1 : weights[n]) * left * right;
          products[a * size + b] += term;
          absolute[a * size + b] += term < 0 ? -term : term;
        }
    }
  }

  void expect(std::size_t a, std::size_t b, const Compensated& found, const std::string& what) const {
    const Quad error = quad(found) - products[a * size + b];
    EXPECT_LE(static_cast<double>(error < 0 ? -error : error), 1e-28 * static_cast<double>(absolute[a * size + b]))
        << what;
  }

  void expect(const Totals& totals, const std::string& what) const {
    const Layout& layout = totals.layout();
    for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
      const std::size_t d = layout.blocks()[k].columns, begin = layout.offset(k);
      for (std::size_t j = 0; j < layout.blocks()[k].levels; ++j)
        for (std::size_t a = 0; a < d; ++a)
          for (std::size_t b = 0; b < d; ++b)
            expect(begin + j * d + a, begin + j * d + b, totals.diagonal()[k][(j * d + a) * d + b], what);
    }
    for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
      const Pattern& pattern = layout.patterns()[p];
      const std::size_t d = layout.blocks()[pattern.first].columns, e = layout.blocks()[pattern.second].columns;
      for (std::size_t j = 0; j + 1 < pattern.start.size(); ++j)
        for (std::size_t s = pattern.start[j]; s < pattern.start[j + 1]; ++s)
          for (std::size_t a = 0; a < d; ++a)
            for (std::size_t b = 0; b < e; ++b)
              expect(layout.offset(pattern.first) + j * d + a,
                     layout.offset(pattern.second) + static_cast<std::size_t>(pattern.level[s]) * e + b,
                     totals.pairs()[p][(s * d + a) * e + b], what);
    }
    for (std::size_t i = 0; i < totals.responses(); ++i) {
      for (std::size_t a = 0; a < layout.size(); ++a) expect(layout.size() + i, a, totals.rhs(i)[a], what);
      for (std::size_t j = 0; j < totals.responses(); ++j)
        expect(layout.size() + i, layout.size() + j, totals.square(i, j), what);
    }
  }
};

/// A random design with three responses far from zero, and its columns too.
struct FarFromZero {
  RandomDesign random;
  std::vector<std::vector<double>> y;
  std::vector<Block> blocks;

  explicit FarFromZero(std::uint64_t seed) : random(seed), blocks(random.design->blocks()) {
    base::Stream stream(seed, 9, 0, base::Purpose::test);
    for (Block& block : blocks)
      for (ColumnPtr& column : block.columns) {
        if (!column) continue;
        std::vector<double> moved = column->copy();
        for (double& value : moved) value = 1995 + std::round(value);
        column = std::make_shared<const frame::Numbers>(std::move(moved));
      }
    for (const double origin : {1e6, -3e8, 0.0}) {
      y.emplace_back(random.response);
      for (double& value : y.back()) value += origin + stream.normal();
    }
  }
  [[nodiscard]] std::size_t rows() const { return random.design->rows(); }
  [[nodiscard]] Design design() const { return {rows(), blocks}; }
  [[nodiscard]] static std::vector<const double*> pointers(const std::vector<std::vector<double>>& columns) {
    std::vector<const double*> result;
    for (const auto& column : columns) result.push_back(column.data());
    return result;
  }
};

TEST(Totals, AreThoseOfQuadruplePrecision) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const FarFromZero data(seed);
    const bool weighted = seed % 2 == 0;
    const auto y = FarFromZero::pointers(data.y);
    const Totals totals(data.design(), weighted ? data.random.weights.data() : nullptr, y);
    EXPECT_EQ(totals.layout().rows(), data.rows());
    Reference(data.design(), weighted ? data.random.weights : std::vector<double>(), data.y)
        .expect(totals, "seed " + std::to_string(seed));
  }
}

TEST(Totals, RoundedAreTheSumsOfOneResponse) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomDesign random(seed);
    std::vector<double> other(random.response);
    for (double& value : other) value = 3 - value;
    const std::vector<const double*> y{other.data(), random.response.data()};
    const Totals totals(*random.design, random.weights.data(), y);
    const Sums sums = totals.sums(1);
    const auto expect_near = [&](const std::vector<double>& ours, const std::vector<double>& theirs) {
      ASSERT_EQ(ours.size(), theirs.size());
      for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], 1e-11 * (1 + std::abs(theirs[i])));
    };
    for (std::size_t k = 0; k < sums.diagonal.size(); ++k) expect_near(sums.diagonal[k], random.sums.diagonal[k]);
    for (std::size_t p = 0; p < sums.pairs.size(); ++p) expect_near(sums.pairs[p], random.sums.pairs[p]);
    expect_near(sums.rhs, random.sums.rhs);
    EXPECT_NEAR(sums.square, random.sums.square, 1e-11 * random.sums.square);
  }
}

/// Sorted as their numbers are.
std::string label(std::size_t block, std::int32_t level) {
  return "b" + std::to_string(block) + "." + std::to_string(1000 + level);
}

/// Some rows of a design as a table of its own, with a dictionary of the levels that it has.
struct Shard {
  std::vector<std::vector<std::int32_t>> codes;
  std::vector<std::vector<std::string>> labels;
  std::vector<std::vector<double>> y;
  std::vector<double> weights;
  std::vector<Block> blocks;

  Shard(const FarFromZero& data, const std::vector<std::size_t>& rows) : codes(data.blocks.size()) {
    for (std::size_t k = 0; k < data.blocks.size(); ++k) {
      Block block = data.blocks[k];
      auto& names = labels.emplace_back();
      if (block.codes) {
        std::set<std::int32_t> seen;
        for (const std::size_t n : rows) seen.insert(block.codes[n]);
        const std::vector<std::int32_t> order(seen.begin(), seen.end());
        for (const std::int32_t level : order) names.push_back(label(k, level));
        for (const std::size_t n : rows)
          codes[k].push_back(
              static_cast<std::int32_t>(std::find(order.begin(), order.end(), block.codes[n]) - order.begin()));
        block.codes = codes[k].data();
        block.levels = names.size();
      }
      for (ColumnPtr& column : block.columns)
        if (column) column = std::make_shared<const frame::Numbers>(taken(column->copy(), rows));
      blocks.push_back(std::move(block));
    }
    for (const auto& column : data.y) y.push_back(taken(column, rows));
    weights = taken(data.random.weights, rows);
  }
  [[nodiscard]] Totals totals() const {
    return Totals({weights.size(), blocks}, weights.data(), FarFromZero::pointers(y), labels);
  }

 private:
  static std::vector<double> taken(const std::vector<double>& from, const std::vector<std::size_t>& rows) {
    std::vector<double> result;
    for (const std::size_t n : rows) result.push_back(from[n]);
    return result;
  }
};

TEST(Totals, OfShardsMergeToThoseOfTheTable) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const FarFromZero data(seed);
    base::Stream stream(seed, 2, 0, base::Purpose::test);
    std::vector<std::vector<std::size_t>> parts(1 + stream.below(4));
    for (std::size_t n = 0; n < data.rows(); ++n) parts[stream.below(parts.size())].push_back(n);
    std::vector<std::size_t> all(data.rows());
    std::iota(all.begin(), all.end(), std::size_t{0});
    Totals merged = Shard(data, parts[0]).totals();
    for (std::size_t i = 1; i < parts.size(); ++i) merged.merge(Shard(data, parts[i]).totals());
    const Shard whole(data, all);
    const Totals expected = whole.totals();
    for (std::size_t k = 0; k < whole.labels.size(); ++k)
      EXPECT_EQ(merged.labels(k), whole.labels[k]) << "seed " << seed;
    EXPECT_EQ(merged.layout().rows(), data.rows());
    for (std::size_t p = 0; p < expected.layout().patterns().size(); ++p) {
      EXPECT_EQ(merged.layout().patterns()[p].start, expected.layout().patterns()[p].start) << "seed " << seed;
      EXPECT_EQ(merged.layout().patterns()[p].level, expected.layout().patterns()[p].level) << "seed " << seed;
    }
    Reference({data.rows(), whole.blocks}, whole.weights, whole.y).expect(merged, "seed " + std::to_string(seed));
  }
}

/// Many rows are summed in shards: as by hand, in any number of pieces.
TEST(Totals, OfManyRowsAreThoseOfPiecesMerged) {
  constexpr std::size_t kRows = 300000, kPieces = 5;
  base::Stream stream(1, 3, 0, base::Purpose::test);
  std::vector<std::int32_t> g(kRows), h(kRows);
  std::vector<double> x(kRows), y(kRows), weights(kRows);
  for (std::size_t n = 0; n < kRows; ++n) {
    g[n] = static_cast<std::int32_t>(n < 150000 ? stream.below(20) : 10 + stream.below(20));
    h[n] = static_cast<std::int32_t>(stream.below(7));
    x[n] = 1995 + stream.uniform();
    y[n] = 1e6 + stream.normal();
    weights[n] = 0.5 + stream.uniform();
  }
  const auto totals = [&](std::size_t begin, std::size_t end) {
    const auto column = std::make_shared<const frame::Numbers>(std::vector<double>(
        x.begin() + static_cast<std::ptrdiff_t>(begin), x.begin() + static_cast<std::ptrdiff_t>(end)));
    const std::vector<const double*> response{y.data() + begin};
    const Design design(end - begin, {{"g", 30, g.data() + begin, {nullptr, column}},
                                      {"h", 7, h.data() + begin, {column}},
                                      {"", 1, nullptr, {nullptr, column}}});
    return Totals(design, weights.data() + begin, response);
  };
  const Totals whole = totals(0, kRows);
  Totals merged = totals(0, kRows / kPieces);
  for (std::size_t i = 1; i < kPieces; ++i) merged.merge(totals(i * kRows / kPieces, (i + 1) * kRows / kPieces));
  EXPECT_EQ(whole.layout().rows(), kRows);
  const auto expect_equal = [](const std::vector<Compensated>& ours, const std::vector<Compensated>& expected) {
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR((ours[i].high - expected[i].high) + (ours[i].low - expected[i].low), 0,
                  1e-24 * std::abs(ours[i].high));
  };
  for (std::size_t p = 0; p < whole.pairs().size(); ++p) {
    EXPECT_EQ(whole.layout().patterns()[p].start, merged.layout().patterns()[p].start);
    EXPECT_EQ(whole.layout().patterns()[p].level, merged.layout().patterns()[p].level);
    expect_equal(whole.pairs()[p], merged.pairs()[p]);
  }
  for (std::size_t k = 0; k < whole.diagonal().size(); ++k) expect_equal(whole.diagonal()[k], merged.diagonal()[k]);
  expect_equal(whole.rhs(0), merged.rhs(0));
  expect_equal({whole.square(0, 0)}, {merged.square(0, 0)});
}

/// What a kernel makes of merged totals is what it makes of the table's: log density, gradient and conditional mean.
TEST(Totals, KernelsSeeNoShards) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const RandomDesign random(seed);
    const std::size_t rows = random.design->rows(), half = rows / 2;
    const auto shard = [&](std::size_t begin, std::size_t end) {
      std::vector<Block> blocks = random.design->blocks();
      for (Block& block : blocks) {
        if (block.codes) block.codes += begin;
        for (ColumnPtr& column : block.columns)
          if (column)
            column = std::make_shared<const frame::Numbers>(
                std::vector<double>(column->begin() + static_cast<std::ptrdiff_t>(begin),
                                    column->begin() + static_cast<std::ptrdiff_t>(end)));
      }
      const std::vector<const double*> y{random.response.data() + begin};
      return Totals({end - begin, blocks}, random.weights.data() + begin, y);
    };
    Totals totals = shard(half, rows);
    totals.merge(shard(0, half));
    const auto evaluate = [&](const Layout& layout, const Sums& sums, kernels::Gradient& gradient,
                              std::vector<double>& mean) {
      kernels::Elimination kernel(std::make_shared<const kernels::Structure>(layout, random.roles));
      const double value = kernel.integrate(sums, random.point);
      gradient = kernel.zero();
      kernel.gradient(sums, random.point, gradient);
      mean.resize(layout.size());
      kernel.conditional_mean(random.point, mean);
      return value;
    };
    kernels::Gradient ours, theirs;
    std::vector<double> our_mean, their_mean;
    const double value = evaluate(totals.layout(), totals.sums(), ours, our_mean);
    const double expected = evaluate(random.products->layout(), random.sums, theirs, their_mean);
    EXPECT_NEAR(value, expected, 1e-9 * std::abs(expected)) << "seed " << seed;
    const auto expect_near = [&](const std::vector<double>& a, const std::vector<double>& b) {
      double scale = 1;
      for (const double each : b) scale = std::max(scale, std::abs(each));
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-8 * scale) << "seed " << seed;
    };
    for (std::size_t k = 0; k < ours.factor.size(); ++k) expect_near(ours.factor[k], theirs.factor[k]);
    expect_near(ours.coefficients, theirs.coefficients);
    expect_near(our_mean, their_mean);
  }
}

TEST(Totals, KeepADeclaredOrderOfLevels) {
  const std::vector<std::int32_t> codes{0, 1};
  const std::vector<double> y{1, 2};
  const std::vector<const double*> responses{y.data()};
  const Design design(2, {{"g", 2, codes.data(), {nullptr}}});
  Totals totals(design, nullptr, responses, {{"low", "high"}});
  totals.merge(Totals(design, nullptr, responses, {{"low", "high"}}));
  EXPECT_EQ(totals.labels(0), (std::vector<std::string>{"low", "high"}));
  EXPECT_EQ(totals.sums().rhs, (std::vector<double>{2, 4}));
  totals.merge(Totals(design, nullptr, responses, {{"low", "mid"}}));
  EXPECT_EQ(totals.labels(0), (std::vector<std::string>{"high", "low", "mid"}));
  EXPECT_EQ(totals.sums().rhs, (std::vector<double>{4, 3, 2}));
  EXPECT_EQ(totals.sums().diagonal[0], (std::vector<double>{2, 3, 1}));
}

TEST(Totals, AnOriginTakenAfterwardsIsOneTakenFromTheRows) {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; found < 100; ++seed) {
    FarFromZero data(seed);
    if (data.blocks.back().codes) continue;  // no border
    ++found;
    const Design design = data.design();
    Totals totals(design, data.random.weights.data(), FarFromZero::pointers(data.y));
    const std::size_t border = data.blocks.size() - 1;
    // Numbers of few bits, so that the rows' differences are exact.
    const std::vector<double> origin{1e6, 12.5};
    for (std::size_t c = 0; c < std::min<std::size_t>(2, data.blocks[border].columns.size()); ++c) {
      totals.subtract(0, border, c, origin[c]);
      const ColumnPtr& column = data.blocks[border].columns[c];
      for (std::size_t n = 0; n < data.rows(); ++n) data.y[0][n] -= origin[c] * (column ? (*column)[n] : 1);
    }
    const Totals expected(design, data.random.weights.data(), FarFromZero::pointers(data.y));
    const Sums ours = totals.sums(0), theirs = expected.sums(0);
    double scale = 0;
    for (const double each : theirs.rhs) scale = std::max(scale, std::abs(each));
    for (std::size_t i = 0; i < ours.rhs.size(); ++i) EXPECT_NEAR(ours.rhs[i], theirs.rhs[i], 1e-14 * scale);
    EXPECT_NEAR(ours.square, theirs.square, 1e-14 * theirs.square) << "seed " << seed;
    EXPECT_NEAR(totals.square(0, 1).value(), expected.square(0, 1).value(),
                1e-14 * std::abs(expected.square(0, 1).value()));
    EXPECT_EQ(totals.square(1, 0).value(), totals.square(0, 1).value());
  }
}

/// Responses at 1e6 ± 1 over the years 1995 and 1996: after their means the squares keep all digits, where a plain sum
/// keeps four.
TEST(Totals, KeepTheDigitsOfYearsAndLargeResponses) {
  base::Stream stream(11, 0, 0, base::Purpose::test);
  constexpr std::size_t kRows = 1000;
  std::vector<double> year(kRows);
  std::vector<double> y(kRows);
  long double sum = 0, year_sum = 0;
  for (std::size_t n = 0; n < kRows; ++n) {
    year[n] = stream.below(2) == 0 ? 1995 : 1996;
    y[n] = 1e6 + stream.normal();
    sum += y[n];
    year_sum += year[n];
  }
  Quad squares = 0, with_year = 0;
  const Quad mean = static_cast<Quad>(static_cast<double>(sum / kRows)), middle = year_sum / kRows;
  for (std::size_t n = 0; n < kRows; ++n) {
    squares += (y[n] - mean) * (y[n] - mean);
    with_year += (y[n] - mean) * (year[n] - middle);
  }
  const std::vector<const double*> responses{y.data()};
  Totals totals({kRows, {{"", 1, nullptr, {nullptr, std::make_shared<const frame::Numbers>(year)}}}}, nullptr,
                responses);
  totals.subtract(0, 0, 0, static_cast<double>(mean));
  EXPECT_NEAR(totals.sums().square / static_cast<double>(squares), 1, 1e-15);
  const Quad coupled = quad(totals.rhs(0)[1]) - middle * quad(totals.rhs(0)[0]);
  EXPECT_NEAR(static_cast<double>(coupled / with_year), 1, 1e-14);
  double plain = 0;
  for (const double value : y) plain += value * value;
  const double lost = std::abs((plain - static_cast<double>(sum * sum / kRows)) / static_cast<double>(squares) - 1);
  EXPECT_GT(lost, 1e-9) << "a plain sum would do";
}

}  // namespace
}  // namespace woodbury::moments
