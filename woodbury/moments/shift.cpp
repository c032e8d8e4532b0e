#include "woodbury/moments/shift.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace woodbury::moments {

namespace {

/// The mean, of so few digits that differences from it are exact, or zero where the column is near enough to zero.
double worthwhile(const frame::Numbers& column) {
  constexpr double kFar = 10;
  const auto rows = static_cast<double>(column.size());
  double mean = 0, square = 0;
  for (const double x : column) mean += x / rows;
  for (const double x : column) square += (x - mean) * (x - mean) / rows;
  const double sd = std::sqrt(square);
  if (!(std::abs(mean) > kFar * sd) || !(sd > 0)) return 0;
  const double grid = std::exp2(std::floor(std::log2(sd)) - 10);
  return std::round(mean / grid) * grid;
}

}  // namespace

std::vector<Shift> find_shifts(const Design& design, const std::vector<bool>& may) {
  std::vector<Shift> shifts;
  for (std::size_t k = 0; k < design.blocks().size(); ++k) {
    const auto& columns = design.blocks()[k].columns;
    const auto ones = std::find(columns.begin(), columns.end(), nullptr);
    if (!may[k] || ones == columns.end()) continue;
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (const double by = columns[c] ? worthwhile(*columns[c]) : 0; by != 0)
        shifts.push_back({k, static_cast<std::size_t>(ones - columns.begin()), c, by});
  }
  return shifts;
}

Design shifted(const Design& design, const std::vector<Shift>& shifts) {
  std::vector<Block> blocks = design.blocks();
  for (const Shift& shift : shifts) {
    auto& column = blocks[shift.block].columns[shift.column];
    std::vector<double> moved = column->copy();
    for (double& x : moved) x -= shift.by;
    column = std::make_shared<const frame::Numbers>(std::move(moved));
  }
  return {design.rows(), std::move(blocks)};
}

}  // namespace woodbury::moments
