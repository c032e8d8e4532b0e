// Prepared models and fits: texts, JSON, and arrays over the engine's memory.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/frame/arrow_abi.hpp"

namespace woodbury::python {

namespace {

using Columns = std::shared_ptr<const std::vector<double>>;

const Columns& columns_of(Fit& fit) {
  if (!fit.columns) fit.columns = std::make_shared<const std::vector<double>>(fit.record.draws.by_column());
  return fit.columns;
}

/// (column, chain, draw), read only.
nb::ndarray<nb::numpy, const double> draws(Fit& fit) {
  const auto& all = fit.record.draws;
  const Columns& columns = columns_of(fit);
  return view({*columns, columns}, {all.width(), all.chains.size(), all.common_draws()});
}

/// Arrays (chain, draw) of doubles by ArviZ's names.
nb::dict statistics(const Fit& fit) {
  const draws::Draws& draws = fit.record.draws;
  nb::dict result;
  for (store::Statistic& of : store::sampler_statistics(fit.record))
    result[of.name.c_str()] = owned(std::move(of.values), {draws.chains.size(), draws.common_draws()});
  return result;
}

/// The table of the draws, which stay where they are, as a capsule that holds Arrow's stream.
nb::capsule arrow_stream(Fit& fit) {
  auto* stream = new ArrowArrayStream;
  frame::to_arrow(store::draws_table(fit.record.draws, columns_of(fit)), *stream);
  return {stream, "arrow_array_stream", [](void* held) noexcept {
            auto* self = static_cast<ArrowArrayStream*>(held);
            if (self->release != nullptr) self->release(self);
            delete self;
          }};
}

/// The rows used, by column: numbers where they are, or codes and levels.
nb::dict data(const Fit& fit) {
  const frame::Frame& table = fit.record.data;
  nb::dict result;
  for (const std::string& name : table.names()) {
    if (table.is_numeric(name)) {
      result[name.c_str()] = view(table.numeric(name), {table.rows()});
    } else {
      const frame::Factor& factor = table.factor(name);
      result[name.c_str()] = nb::make_tuple(owned(factor.codes), factor.levels);
    }
  }
  return result;
}

void register_prepared(nb::module_& module) {
  using Texts = std::vector<std::string>;
  using Formula = const std::string&;
  using Options = const fit::Options&;
  nb::class_<fit::Prepared>(module, "Prepared")
      .def_ro("warnings", &fit::Prepared::warnings)
      .def("priors", [](const fit::Prepared& self) { return fit::priors_json(self).dump(); })
      .def("explain", [](const fit::Prepared& self) { return plan::to_text(self.plan); })
      .def("explain_json", [](const fit::Prepared& self) { return plan::to_json(self.plan).dump(); });
  const nb::call_guard<nb::gil_scoped_release> unlocked;
  module.def("columns_used", nb::overload_cast<Formula, const Texts&, Options>(&fit::columns_used));
  module.def("factor_columns",
             [](Formula formula, Options options) { return design::factor_columns(formula, options.design); });
  module.def("prepare", nb::overload_cast<Formula, const frame::Frame&, Options>(&fit::prepare), unlocked);
  module.def("prepare_file", nb::overload_cast<Formula, const std::string&, Options>(&fit::prepare), unlocked);
}

}  // namespace

void register_fits(nb::module_& module) {
  register_prepared(module);
  nb::class_<Fit>(module, "Record")
      .def("json", [](const Fit& self, const std::string& file) { return store::json_text(self.record, file); })
      .def("text", [](const Fit& self) { return fit::summary_text(self.record); })
      .def("draws", draws)
      .def("statistics", statistics)
      .def("data", data)
      .def("arrow_stream", arrow_stream);
  module.def("netcdf_name", store::netcdf_name);
  module.def(
      "run",
      [](const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress) {
        return Fit{run(prepared, options, progress), nullptr};
      },
      nb::arg("prepared"), nb::arg("options"), nb::arg("progress").none());
  module.def("load", [](const std::string& folder) {
    const nb::gil_scoped_release unlocked;
    return Fit{store::read(folder), nullptr};
  });
  module.def("save", [](const Fit& fit, const std::string& folder, bool overwrite) {
    const nb::gil_scoped_release unlocked;
    store::write(folder, fit.record, overwrite);
  });
}

}  // namespace woodbury::python
