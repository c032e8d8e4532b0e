// The parts of the module woodbury._core, each registered by a function of its own.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "woodbury/fit/fit.hpp"

namespace woodbury::python {

namespace nb = nanobind;

/// A record, and its draws column by column once they were asked for.
struct Fit {
  store::Record record;
  std::shared_ptr<const std::vector<double>> columns;
};

void register_errors();
void register_tables(nb::module_& module);
void register_options(nb::module_& module);
void register_fits(nb::module_& module);
void register_answers(nb::module_& module);
void register_builder(nb::module_& module);
void register_evaluator(nb::module_& module);

/// An array that owns a copy, of one dim without a shape; what Python may change is its own.
template <class T>
nb::ndarray<nb::numpy, T> owned(std::vector<T> values, std::vector<std::size_t> shape = {}) {
  if (shape.empty()) shape = {values.size()};
  auto* kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {kept->data(), shape.size(), shape.data(), owner};
}

/// An array over numbers where they are, read only.
inline nb::ndarray<nb::numpy, const double> view(const frame::Numbers& numbers, std::vector<std::size_t> shape) {
  nb::capsule owner(new frame::Numbers(numbers), [](void* p) noexcept { delete static_cast<frame::Numbers*>(p); });
  return {numbers.data(), shape.size(), shape.data(), owner};
}

/// Runs the sampler on a thread of its own, without the interpreter's lock. Some times a second `progress`, unless
/// None, is called with a list of (iteration, total, warming_up, divergences), one a chain. The first interrupt ends
/// sampling and gives the draws so far; a second one, or an error of `progress`, is raised once the sampler has
/// stopped.
[[nodiscard]] store::Record run(const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress);

}  // namespace woodbury::python
