// Cells of rows: the partition, and what is left of the responses in each.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "woodbury/base/base.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::moments {
namespace {

TEST(Cells, AgreeInEveryCodeAndColumn) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Stream stream(seed, 0, 0, base::Purpose::test);
    const std::size_t rows = stream.below(60);
    std::vector<std::int32_t> g(rows), h(rows);
    std::vector<double> x(rows);
    for (std::size_t n = 0; n < rows; ++n) {
      g[n] = static_cast<std::int32_t>(stream.below(4));
      h[n] = static_cast<std::int32_t>(stream.below(3));
      x[n] = std::vector{0.0, -0.0, 0.1, 1e300}[stream.below(4)];
    }
    const Cells cells = find_cells(rows, {g, h}, {x});
    std::map<std::tuple<int, int, double>, std::int32_t> expected;  // 0 and −0 are one
    std::vector<std::size_t> first;
    for (std::size_t n = 0; n < rows; ++n) {
      const auto [at, inserted] = expected.try_emplace({g[n], h[n], x[n]}, static_cast<std::int32_t>(first.size()));
      if (inserted) first.push_back(n);
      EXPECT_EQ(cells.of_row[n], at->second) << "seed " << seed;
    }
    EXPECT_EQ(cells.first, first) << "seed " << seed;
  }
}

TEST(Cells, WithoutKeysAreOne) {
  const Cells cells = find_cells(3, {}, {});
  EXPECT_EQ(cells.of_row, (std::vector<std::int32_t>{0, 0, 0}));
  EXPECT_EQ(cells.first, std::vector<std::size_t>{0});
  EXPECT_EQ(find_cells(0, {}, {}).size(), 0U);
}

TEST(Cells, KeepTheSumsOfSquaresAboutAnyMean) {
  base::Stream stream(7, 0, 0, base::Purpose::test);
  std::vector<std::int32_t> g(200);
  std::vector<double> y(200), weights(200);
  for (std::size_t n = 0; n < y.size(); ++n) {
    g[n] = static_cast<std::int32_t>(stream.below(9));
    y[n] = 1e6 + stream.normal();
    weights[n] = 0.2 + stream.uniform();
  }
  const Cells cells = find_cells(y.size(), {g}, {});
  for (const bool weighted : {false, true}) {
    const CellResponses found =
        summarise(cells, weighted ? std::span<const double>(weights) : std::span<const double>(), y);
    for (const long double m : {1e6L, 1e6L + 3, 0.0L}) {
      std::vector<long double> expected(cells.size());
      std::vector<double> rows(cells.size());
      for (std::size_t n = 0; n < y.size(); ++n) {
        const auto c = static_cast<std::size_t>(cells.of_row[n]);
        rows[c] += 1;
        expected[c] += (weighted ? weights[n] : 1) * (y[n] - m) * (y[n] - m);
      }
      for (std::size_t c = 0; c < cells.size(); ++c) {
        const long double off = found.mean[c] - m;
        const double ours = static_cast<double>(found.weight[c] * off * off + found.within[c]);
        EXPECT_EQ(found.rows[c], rows[c]);
        EXPECT_NEAR(ours / static_cast<double>(expected[c]), 1, 1e-9);
      }
    }
  }
}

}  // namespace
}  // namespace woodbury::moments
