// Options of a fit: from texts by name, as the command line's are read.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"

namespace woodbury::python {

void register_options(nb::module_& module) {
  nb::class_<fit::Options>(module, "Options")
      .def("__init__",
           [](fit::Options* self, const fit::Written& written) { new (self) fit::Options(fit::read_options(written)); })
      .def("replay",
           [](fit::Options& self, const std::string& plan) { self.plan.replay = nlohmann::json::parse(plan); })
      .def_prop_ro("chains", [](const fit::Options& self) { return self.sampler.chains; });
}

}  // namespace woodbury::python
