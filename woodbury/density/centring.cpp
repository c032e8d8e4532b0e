#include "woodbury/density/centring.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::density {

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
  const double grid = std::exp2(std::floor(std::log2(sd)));
  return std::round(mean / grid) * grid;
}

}  // namespace

std::vector<Shift> find_shifts(const moments::Design& design, const std::vector<bool>& may) {
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

moments::Design shifted(const moments::Design& design, const std::vector<Shift>& shifts) {
  std::vector<moments::Block> blocks = design.blocks();
  for (const Shift& shift : shifts) {
    auto& column = blocks[shift.block].columns[shift.column];
    std::vector<double> moved = column->copy();
    for (double& x : moved) x -= shift.by;
    column = std::make_shared<const frame::Numbers>(std::move(moved));
  }
  return {design.rows(), std::move(blocks)};
}

void make_lower(std::size_t d, std::span<double> c, std::span<double> q) {
  std::ranges::fill(q, 0.0);
  for (std::size_t i = 0; i < d; ++i) q[i * d + i] = 1;
  const auto turn = [d](std::span<double> a, std::size_t i, std::size_t j, double cosine, double sine) {
    for (std::size_t row = 0; row < d; ++row) {
      const double x = a[row * d + i], y = a[row * d + j];
      a[row * d + i] = cosine * x + sine * y;
      a[row * d + j] = cosine * y - sine * x;
    }
  };
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = i + 1; j < d; ++j) {
      const double x = c[i * d + i], y = c[i * d + j], length = std::hypot(x, y);
      if (y == 0) continue;
      turn(c, i, j, x / length, y / length);
      turn(q, i, j, x / length, y / length);
      c[i * d + j] = 0;
    }
}

void rotate(std::size_t d, std::span<double> a, std::span<const double> q, bool transposed, std::span<double> row) {
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      row[j] = 0;
      for (std::size_t k = 0; k < d; ++k) row[j] += a[i * d + k] * q[transposed ? j * d + k : k * d + j];
    }
    std::copy_n(row.begin(), d, &a[i * d]);
  }
}

}  // namespace woodbury::density
