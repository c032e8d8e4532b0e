// A gradient and its kernel on a design of each structure, everything integrated unless the name says otherwise.
#include <string>

#include "bench/kernels/subject.hpp"
#include "bench/kernels/tables.hpp"

namespace woodbury::bench {
namespace {

/// "1", "x1", "x2", … joined: d of them.
std::string terms(std::size_t d) {
  std::string text = "1";
  for (std::size_t k = 1; k < d; ++k) text += " + x" + std::to_string(k);
  return text;
}

/// Levels stay as they are, but may be eliminated in another order.
const plan::Options kOrderOnly{.integrate = "all", .without = {"equal-levels", "fixed-scales"}};

plan::Options integrate(const std::string& set) { return {.integrate = set, .reduce = false}; }

/// Scales of the effects that are known numbers: eigenvectors once.
fit::Prepared fixed_scales() {
  design::Options known;
  known.priors = {"sd ~ constant(0.7)"};
  return prepare("y ~ x1 + (1 | g) + (1 | h)", simulate(crossed(40, 48, 0.3), 1), {.integrate = "all"}, known);
}

/// A residual sd for either condition: strata or cells.
fit::Prepared varying_sigma(bool reduce) {
  design::Options sigma;
  sigma.sigma = "~ c";
  return prepare("y ~ c + (c | g)", simulate(rows_over(3000, 50), 0), {.integrate = "all", .reduce = reduce}, sigma);
}

fit::Prepared weighted_by_rows() {
  design::Options sigma;
  sigma.sigma = "~ x1";
  return prepare("y ~ x1 + (1 | g)", simulate(rows_over(400, 30), 1), {.integrate = "all"}, sigma);
}

int add_all() {
  for (std::size_t d = 1; d <= 8; ++d)
    add("one_factor/d:" + std::to_string(d),
        [=] { return prepare("y ~ x1 + (" + terms(d) + " | a)", simulate(one_factor(1000), 8)); });
  add("balanced/18x10", [] { return prepare("y ~ 1 + (1 | g)", simulate(balanced(18, 10), 0), {.integrate = "all"}); });
  add("nested/2", [] { return prepare("y ~ x1 + (1 | a) + (1 | b)", simulate(nested({1000, 100}), 1)); });
  add("nested/3", [] { return prepare("y ~ x1 + (1 | a) + (1 | b) + (1 | d)", simulate(nested({1000, 100, 10}), 1)); });
  add("nested/4", [] {
    return prepare("y ~ x1 + (1 | a) + (1 | b) + (1 | d) + (1 | e)", simulate(nested({1000, 200, 40, 8}), 1));
  });
  add("nested/slopes", [] { return prepare("y ~ x1 + (x1 | a) + (x1 | b)", simulate(nested({1000, 100}), 1)); });
  add("crossed/40x48/full", [] { return prepare("y ~ x1 + (1 | g) + (1 | h)", simulate(crossed(40, 48, 1), 1)); });
  add("crossed/40x48/slopes",
      [] { return prepare("y ~ x1 + (x1 | g) + (x1 | h)", simulate(crossed(40, 48, 0.25), 1)); });
  add("crossed/2000x2000/sparse",
      [] { return prepare("y ~ x1 + (1 | g) + (1 | h)", simulate(crossed(2000, 2000, 0.0001), 1), kOrderOnly); });
  add("fixed_scales/88", fixed_scales);
  add(
      "sigma_by_condition/strata", [] { return varying_sigma(true); }, false);
  add(
      "sigma_by_condition/rows", [] { return varying_sigma(false); }, false);
  add("sigma_by_rows/400", weighted_by_rows, false);
  add("border_only/8",
      [] { return prepare("y ~ " + terms(8) + " + (1 | g)", simulate(rows_over(3000, 50), 7), integrate("fixed")); });
  add("all_sampled/50x2",
      [] { return prepare("y ~ x1 + (x1 | g)", simulate(rows_over(3000, 50), 1), integrate("none")); });
  return 0;
}

const int kAdded = add_all();

}  // namespace
}  // namespace woodbury::bench
