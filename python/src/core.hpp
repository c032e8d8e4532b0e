// The parts of the module woodbury._core, each registered by a function of its own.
#pragma once

#include <nanobind/nanobind.h>

#include "woodbury/fit/fit.hpp"

namespace woodbury::python {

namespace nb = nanobind;

void register_errors();
void register_tables(nb::module_& module);
void register_options(nb::module_& module);
void register_fits(nb::module_& module);

/// Runs the sampler on a thread of its own, without the interpreter's lock. Some times a second `progress`, unless
/// None, is called with a list of (iteration, total, warming_up, divergences), one a chain. The first interrupt ends
/// sampling and gives the draws so far; a second one, or an error of `progress`, is raised once the sampler has
/// stopped.
[[nodiscard]] store::Record run(const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress);

}  // namespace woodbury::python
