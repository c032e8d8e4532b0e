#include "woodbury/density/row_columns.hpp"

#include <algorithm>
#include <utility>

namespace woodbury::density {

RowColumns::RowColumns(const plan::LinearModel& linear, const moments::Design& design, const Tape& tape) {
  std::size_t at = 0;
  for (std::size_t k = 0; k < linear.blocks.size(); ++k)
    for (std::size_t c = 0; c < linear.blocks[k].columns.size(); ++c, ++at)
      if (const model::NodeId row = linear.blocks[k].columns[c].row; row != model::kNone)
        columns_.push_back({k, c, at, tape.offset(row), std::make_shared<std::vector<double>>(design.rows())});
  if (columns_.empty()) return;
  design_ = std::make_shared<const moments::Design>(design);
  own();
}

RowColumns::RowColumns(const RowColumns& other) : columns_(other.columns_), design_(other.design_) {
  if (columns_.empty()) return;
  for (Column& column : columns_) column.values = std::make_shared<std::vector<double>>(*column.values);
  own();
}

RowColumns& RowColumns::operator=(RowColumns other) noexcept {
  std::swap(columns_, other.columns_);
  std::swap(design_, other.design_);
  return *this;
}

/// A design that reads the columns' own values.
void RowColumns::own() {
  std::vector<moments::Block> blocks = design_->blocks();
  for (const Column& column : columns_)
    blocks[column.block].columns[column.column] =
        std::make_shared<const frame::Numbers>(std::span<const double>(*column.values), column.values);
  design_ = std::make_shared<const moments::Design>(design_->rows(), std::move(blocks));
}

void RowColumns::fill(std::span<const double> values) {
  for (const Column& column : columns_)
    std::copy_n(&values[column.place], column.values->size(), column.values->begin());
}

void RowColumns::backward(std::size_t n, const Row& row, std::span<const double> means,
                          std::span<double> adjoints) const {
  for (const Column& column : columns_) {
    const moments::Block& block = design_->blocks()[column.block];
    const double mean = means[design_->offset(column.block) + block.level(n) * block.columns.size() + column.column];
    adjoints[column.place + n] += row.weight * (mean * row.residual - row.covariances[column.at]);
  }
}

}  // namespace woodbury::density
