// Cost against levels and against how densely two factors cross; by d it is in structures.cpp, by rows in rows.cpp.
#include <string>

#include <fmt/format.h>

#include "bench/kernels/subject.hpp"
#include "bench/kernels/tables.hpp"

namespace woodbury::bench {
namespace {

int add_all() {
  for (std::size_t levels = 10; levels <= 1000000; levels *= 10) {
    add(fmt::format("levels/one_factor/{}", levels),
        [=] { return prepare("y ~ x1 + (x1 | a)", simulate(one_factor(levels), 1)); });
    add(fmt::format("levels/nested/{}", levels), [=] {
      return prepare("y ~ x1 + (1 | a) + (1 | b)", simulate(nested({levels, levels / 5}), 1));
    });
  }
  // Levels stay as they are, but may be eliminated in another order.
  const plan::Options order_only{.integrate = "all", .without = {"equal-levels", "fixed-scales"}};
  for (const double density : {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0})
    add(fmt::format("density/1000x1000/{:g}", density),
        [=] { return prepare("y ~ x1 + (1 | g) + (1 | h)", simulate(crossed(1000, 1000, density), 1), order_only); });
  return 0;
}

const int kAdded = add_all();

}  // namespace
}  // namespace woodbury::bench
