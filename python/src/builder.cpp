// The model builder: expressions and random variables of the graph, by the C++ builder's names.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::python {

namespace {

using model::Builder;
using model::Expr;
using Texts = std::vector<std::string>;

Expr random(Builder& self, const std::string& name, const std::string& distribution, const std::vector<Expr>& args,
            const std::string& dim, const Texts& labels, bool positive) {
  return self.random(name, model::find_distribution(distribution), args, {dim, labels, positive});
}

Expr effects(Builder& self, const std::string& name, const std::vector<Expr>& sds, const std::string& over,
             const std::optional<Expr>& cor, const Texts& columns, const std::vector<Expr>& means,
             const std::string& dim) {
  return self.effects(name, sds, {over, cor, columns, means, dim});
}

void register_expressions(nb::module_& module) {
  nb::class_<Expr>(module, "Expr")
      .def(nb::init<double>())
      .def("add", [](const Expr& a, const Expr& b) { return a + b; })
      .def("subtract", [](const Expr& a, const Expr& b) { return a - b; })
      .def("multiply", [](const Expr& a, const Expr& b) { return a * b; })
      .def("divide", [](const Expr& a, const Expr& b) { return a / b; })
      .def("negate", [](const Expr& a) { return -a; })
      .def("power", [](const Expr& a, double power) { return pow(a, power); })
      .def("read", [](const Expr& a, const std::string& factor) { return a[factor]; })
      .def("at", &Expr::at)
      .def("component", nb::overload_cast<int>(&Expr::component, nb::const_))
      .def("component", nb::overload_cast<const std::string&>(&Expr::component, nb::const_))
      .def("function", [](const Expr& a, const std::string& name) { return model::call(name, a); })
      .def("cumsum", [](const Expr& a) { return cumsum(a); })
      .def("ar1", [](const Expr& a, const Expr& rho) { return ar1(a, rho); });
}

}  // namespace

void register_builder(nb::module_& module) {
  register_expressions(module);
  nb::class_<Builder>(module, "Builder")
      .def(nb::init<>())
      .def("__init__",
           [](Builder* self, const std::string& json) {
             new (self) Builder(model::from_json(nlohmann::json::parse(json)));
           })
      .def("random", random)
      .def("lkj", &Builder::lkj)
      .def("effects", effects)
      .def("col", &Builder::col)
      .def("product", [](Builder& self, const std::vector<Expr>& columns,
                         const Expr& coefficients) { return self.cols(columns) * coefficients; })
      .def("variable", [](Builder& self, const std::string& name) { return self[name]; })
      .def("observe_normal", &Builder::observe_normal)
      .def("observe_lognormal", &Builder::observe_lognormal)
      .def("derive", &Builder::derive)
      .def("dims", [](Builder& self, const Expr& e) { return self.model().node(self.node(e)).dims; })
      .def("labels", [](const Builder& self, const std::string& dim) { return self.model().dim_labels.at(dim); })
      .def("text", [](Builder& self, const Expr& e) { return model::to_text(self.model(), self.node(e)); })
      .def("model_text", [](const Builder& self) { return model::to_text(self.model()); })
      .def("latex", [](const Builder& self) { return model::to_latex(self.model()); })
      .def("json", [](const Builder& self) { return model::to_json(self.model()).dump(2); })
      .def("columns_used",
           [](const Builder& self, const Texts& available) { return fit::columns_used(self.model(), available); })
      .def("prepare", [](const Builder& self, const frame::Frame& table,
                         const fit::Options& options) { return fit::prepare(self.model(), table, options); })
      .def("prepare_file", [](const Builder& self, const std::string& path, const fit::Options& options) {
        const nb::gil_scoped_release unlocked;
        return fit::prepare(self.model(), path, options);
      });
}

}  // namespace woodbury::python
