// A model's log density for samplers of the user's own.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"

namespace woodbury::python {

namespace {

using fit::Evaluator;
using Point = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::span<const double> point(const Evaluator& self, const Point& q) {
  if (q.size() != self.dimension())
    throw base::Error("a point has " + std::to_string(self.dimension()) + " coordinates, not " +
                      std::to_string(q.size()));
  return {q.data(), q.size()};
}

nb::list described(const std::vector<draws::Variable>& variables) {
  nb::list result;
  for (const draws::Variable& v : variables) result.append(nb::make_tuple(v.name, v.dims, v.coords));
  return result;
}

template <double (Evaluator::*Function)(const fit::Values&, fit::Values&)>
nb::tuple with_gradient(Evaluator& self, const fit::Values& values) {
  fit::Values gradient;
  const double value = (self.*Function)(values, gradient);
  return nb::make_tuple(value, std::move(gradient));
}

}  // namespace

void register_evaluator(nb::module_& module) {
  nb::class_<Evaluator>(module, "Evaluator")
      .def(nb::init<const fit::Prepared&>(), nb::keep_alive<1, 2>())
      .def_prop_ro("dimension", &Evaluator::dimension)
      .def_prop_ro("parameters", [](const Evaluator& self) { return described(self.parameters()); })
      .def_prop_ro("variables", [](const Evaluator& self) { return described(self.variables()); })
      .def_prop_ro("coordinate_names", &Evaluator::coordinate_names)
      .def_prop_ro("failure", &Evaluator::failure)
      .def("log_density_gradient",
           [](Evaluator& self, const Point& q) {
             std::vector<double> gradient(self.dimension());
             const double value = self.log_density(point(self, q), gradient);
             return nb::make_tuple(value, owned(std::move(gradient)));
           })
      .def("log_density_gradient", with_gradient<&Evaluator::log_density>)
      .def("log_density", nb::overload_cast<const fit::Values&>(&Evaluator::log_density))
      .def("log_marginal_likelihood", nb::overload_cast<const fit::Values&>(&Evaluator::log_marginal_likelihood))
      .def("log_marginal_likelihood_gradient", with_gradient<&Evaluator::log_marginal_likelihood>)
      .def("constrain", [](Evaluator& self, const Point& q) { return self.constrain(point(self, q)); })
      .def("unconstrain", [](Evaluator& self, const fit::Values& values) { return owned(self.unconstrain(values)); })
      .def("draw", [](Evaluator& self, const Point& q, std::uint64_t seed, std::uint64_t index) {
        return owned(self.draw(point(self, q), seed, index));
      });
}

}  // namespace woodbury::python
