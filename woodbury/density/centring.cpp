#include "woodbury/density/centring.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::density {

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
