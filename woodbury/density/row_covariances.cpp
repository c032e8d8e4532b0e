#include "woodbury/density/row_covariances.hpp"

#include <algorithm>

namespace woodbury::density {

namespace {

double entry(const moments::ColumnPtr& column, std::size_t row) { return column ? (*column)[row] : 1; }

/// out ← out + V x of a block's entries x in the row; V_cb stands at c · stride + b · step.
void add_product(const double* v, std::size_t stride, std::size_t step, const moments::Block& block, std::size_t row,
                 std::span<double> out) {
  for (std::size_t b = 0; b < block.columns.size(); ++b) {
    const double x = entry(block.columns[b], row);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] += v[c * stride + b * step] * x;
  }
}

}  // namespace

RowCovariances::RowCovariances(const moments::Design& design) {
  for (const moments::Block& block : design.blocks()) {
    first_.push_back(values_.size());
    values_.resize(values_.size() + block.columns.size());
  }
}

double RowCovariances::at(std::size_t row, const moments::Design& design, const moments::CrossProducts& products,
                          const moments::Sums& covariance) {
  const auto& blocks = design.blocks();
  const auto own = [&](std::size_t k) { return std::span(values_).subspan(first_[k], blocks[k].columns.size()); };
  std::ranges::fill(values_, 0.0);
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const std::size_t d = blocks[k].columns.size();
    add_product(&covariance.diagonal[k][blocks[k].level(row) * d * d], d, 1, blocks[k], row, own(k));
  }
  const auto& patterns = products.layout().patterns();
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    const std::size_t k = patterns[p].first, l = patterns[p].second, e = blocks[l].columns.size();
    const double* v = &covariance.pairs[p][products.slot(p, row) * blocks[k].columns.size() * e];
    add_product(v, e, 1, blocks[l], row, own(k));
    add_product(v, 1, e, blocks[k], row, own(l));
  }
  double variance = 0;
  for (std::size_t k = 0; k < blocks.size(); ++k)
    for (std::size_t c = 0; c < blocks[k].columns.size(); ++c) variance += own(k)[c] * entry(blocks[k].columns[c], row);
  return variance;
}

}  // namespace woodbury::density
