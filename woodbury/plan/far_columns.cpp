#include "woodbury/plan/far_columns.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::plan {

namespace {

using moments::Compensated;
using Values = std::vector<Compensated>;

/// Of the n × m blocks in `values`, row `to` ← row `to` − by · row `from`, or the columns.
void subtract_row(Values& values, std::size_t n, std::size_t m, const FarColumn& far) {
  for (std::size_t at = 0; at < values.size(); at += n * m)
    for (std::size_t j = 0; j < m; ++j)
      values[at + far.column * m + j] += product(values[at + far.ones * m + j], -far.by);
}

void subtract_column(Values& values, std::size_t n, std::size_t m, const FarColumn& far) {
  for (std::size_t at = 0; at < values.size(); at += n * m)
    for (std::size_t i = 0; i < n; ++i)
      values[at + i * m + far.column] += product(values[at + i * m + far.ones], -far.by);
}

std::vector<double> rounded(const Values& values) {
  std::vector<double> result;
  for (const Compensated& value : values) result.push_back(value.value());
  return result;
}

}  // namespace

std::vector<FarColumn> far_columns(const Products& products, const std::vector<std::ptrdiff_t>& ones) {
  constexpr double kFar = 10;
  std::vector<FarColumn> result;
  for (std::size_t k = 0; k < ones.size(); ++k) {
    if (ones[k] < 0) continue;
    const auto one = static_cast<std::size_t>(ones[k]);
    const std::size_t d = products.layout.blocks()[k].columns;
    for (std::size_t c = 0; c < d; ++c) {
      double rows = 0, sum = 0, square = 0;
      for (std::size_t at = 0; at < products.sums.diagonal[k].size(); at += d * d) {
        rows += products.sums.diagonal[k][at + one * d + one];
        sum += products.sums.diagonal[k][at + one * d + c];
        square += products.sums.diagonal[k][at + c * d + c];
      }
      const double mean = sum / rows;
      if (c != one && square / rows < mean * mean * (1 + 1 / (kFar * kFar))) result.push_back({k, one, c, mean});
    }
  }
  return result;
}

Products moved(const moments::Totals& totals, const std::vector<FarColumn>& far) {
  const moments::Layout& layout = totals.layout();
  const auto& blocks = layout.blocks();
  std::vector<Values> diagonal = totals.diagonal(), pairs = totals.pairs();
  Values rhs = totals.rhs(0);
  for (const FarColumn& column : far) {
    const std::size_t d = blocks[column.block].columns;
    subtract_row(diagonal[column.block], d, d, column);
    subtract_column(diagonal[column.block], d, d, column);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const moments::Pattern& pattern = layout.patterns()[p];
      const std::size_t n = blocks[pattern.first].columns, m = blocks[pattern.second].columns;
      if (pattern.first == column.block) subtract_row(pairs[p], n, m, column);
      if (pattern.second == column.block) subtract_column(pairs[p], n, m, column);
    }
    for (std::size_t j = 0; j < blocks[column.block].levels; ++j) {
      Compensated* level = &rhs[layout.offset(column.block) + j * d];
      level[column.column] += product(level[column.ones], -column.by);
    }
  }
  Products result{layout, {}};
  for (const Values& values : diagonal) result.sums.diagonal.push_back(rounded(values));
  for (const Values& values : pairs) result.sums.pairs.push_back(rounded(values));
  result.sums.rhs = rounded(rhs);
  result.sums.square = totals.square(0, 0).value();
  return result;
}

}  // namespace woodbury::plan
