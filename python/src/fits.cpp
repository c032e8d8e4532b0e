// Prepared models and fits as Python sees them: texts, JSON, and arrays over the engine's memory.
#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/frame/arrow_abi.hpp"

namespace woodbury::python {

namespace {

using Texts = std::vector<std::string>;

template <class T>
using Array = nb::ndarray<nb::numpy, const T>;

const std::vector<double>& columns_of(Fit& fit) {
  if (!fit.columns) fit.columns = std::make_shared<const std::vector<double>>(fit.record.draws.by_column());
  return *fit.columns;
}

/// (column, chain, draw), read only.
Array<double> draws(Fit& fit) {
  const auto& all = fit.record.draws;
  const double* values = columns_of(fit).data();
  using Kept = std::shared_ptr<const std::vector<double>>;
  nb::capsule owner(new Kept(fit.columns), [](void* p) noexcept { delete static_cast<Kept*>(p); });
  const std::size_t shape[] = {all.width(), all.chains.size(), all.common_draws()};
  return {values, 3, shape, owner};
}

template <class T>
nb::ndarray<nb::numpy, T> statistic(const draws::Draws& draws, std::vector<T> draws::SamplerStats::*member) {
  std::vector<T> values;
  const std::size_t length = draws.common_draws();
  for (const draws::Chain& chain : draws.chains) {
    const auto& of_chain = chain.stats.*member;
    values.insert(values.end(), of_chain.begin(), of_chain.begin() + static_cast<std::ptrdiff_t>(length));
  }
  return owned(std::move(values), {draws.chains.size(), length});
}

nb::dict statistics(const Fit& fit) {
  using Stats = draws::SamplerStats;
  const draws::Draws& draws = fit.record.draws;
  nb::dict result;
  result["lp"] = statistic(draws, &Stats::lp);
  result["acceptance_rate"] = statistic(draws, &Stats::accept_stat);
  result["step_size"] = statistic(draws, &Stats::step_size);
  result["energy"] = statistic(draws, &Stats::energy);
  result["tree_depth"] = statistic(draws, &Stats::tree_depth);
  result["n_steps"] = statistic(draws, &Stats::n_leapfrog);
  result["diverging"] = statistic(draws, &Stats::divergent);
  return result;
}

nb::list described(const std::vector<draws::Variable>& variables) {
  nb::list result;
  for (const draws::Variable& v : variables) result.append(nb::make_tuple(v.name.c_str(), v.dims, v.coords));
  return result;
}

/// Of the slowest chain.
double sampling_seconds(const Fit& fit) {
  double most = 0;
  for (const draws::Chain& chain : fit.record.draws.chains) most = std::max(most, chain.sampling_seconds);
  return most;
}

/// `chain`, `draw`, then the columns of the draws where they are, as a capsule that holds Arrow's stream.
nb::capsule arrow_stream(Fit& fit) {
  const auto& all = fit.record.draws;
  const std::size_t chains = all.chains.size(), draws = all.common_draws(), length = chains * draws;
  static_cast<void>(columns_of(fit));
  std::vector<double> chain(length), draw(length);
  for (std::size_t i = 0; i < length; ++i) {
    chain[i] = static_cast<double>(i / draws);
    draw[i] = static_cast<double>(i % draws);
  }
  frame::Frame table;
  table.add("chain", frame::Numeric{std::move(chain)});
  table.add("draw", frame::Numeric{std::move(draw)});
  const auto names = all.column_names();
  for (std::size_t c = 0; c < names.size(); ++c)
    table.add(names[c], frame::Numeric{{{fit.columns->data() + c * length, length}, fit.columns}});
  auto* stream = new ArrowArrayStream;
  frame::to_arrow(table, *stream);
  return {stream, "arrow_array_stream", [](void* held) noexcept {
            auto* self = static_cast<ArrowArrayStream*>(held);
            if (self->release != nullptr) self->release(self);
            delete self;
          }};
}

/// A row a column of the draws: mean median sd mad q5 q95 mcse_mean rhat ess_bulk ess_tail.
nb::ndarray<nb::numpy, double> summary(const Fit& fit) {
  std::vector<double> values;
  for (const diagnose::Row& row : fit.record.summary.parameters)
    values.insert(values.end(), {row.mean, row.median, row.sd, row.mad, row.q5, row.q95, row.mcse_mean, row.rhat,
                                 row.ess_bulk, row.ess_tail});
  return owned(std::move(values), {fit.record.summary.parameters.size(), 10});
}

/// The rows used of a column: numbers, or codes and levels.
nb::object data_column(const Fit& fit, const std::string& name) {
  const frame::Frame& data = fit.record.data;
  if (data.is_numeric(name)) {
    const auto& values = data.numeric(name);
    return nb::cast(owned(std::vector<double>(values.begin(), values.end()), {values.size()}));
  }
  const frame::Factor& factor = data.factor(name);
  return nb::make_tuple(owned(factor.codes, {factor.codes.size()}), factor.levels);
}

std::vector<std::tuple<std::string, std::string, std::string, std::string>> priors(const fit::Prepared& prepared) {
  std::vector<std::tuple<std::string, std::string, std::string, std::string>> rows;
  for (const design::PriorRow& row : prepared.priors)
    rows.emplace_back(row.parameter, row.prior, row.target, row.source);
  return rows;
}

void save(const Fit& fit, const std::string& folder, bool overwrite) {
  const nb::gil_scoped_release unlocked;
  store::write(folder, fit.record, overwrite);
}

void register_prepared(nb::module_& module) {
  nb::class_<fit::Prepared>(module, "Prepared")
      .def_ro("formula", &fit::Prepared::formula)
      .def_ro("family", &fit::Prepared::family)
      .def_ro("warnings", &fit::Prepared::warnings)
      .def_ro("dropped_rows", &fit::Prepared::dropped_rows)
      .def_prop_ro("rows", [](const fit::Prepared& self) { return self.data.rows(); })
      .def_prop_ro("priors", priors)
      .def("explain", [](const fit::Prepared& self) { return plan::to_text(self.plan); })
      .def("explain_json", [](const fit::Prepared& self) { return plan::to_json(self.plan).dump(); });
  module.def("columns_used",
             nb::overload_cast<const std::string&, const Texts&, const fit::Options&>(&fit::columns_used),
             nb::arg("formula"), nb::arg("available"), nb::arg("options"));
  module.def("prepare", nb::overload_cast<const std::string&, const frame::Frame&, const fit::Options&>(&fit::prepare),
             nb::arg("formula"), nb::arg("table"), nb::arg("options"));
  module.def("factor_columns", [](const std::string& formula, const fit::Options& options) {
    return design::factor_columns(formula, options.design);
  });
  module.def("netcdf_name", store::netcdf_name, nb::arg("name"));
  module.def("prepare_file",
             nb::overload_cast<const std::string&, const std::string&, const fit::Options&>(&fit::prepare),
             nb::arg("formula"), nb::arg("path"), nb::arg("options"), nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace

void register_fits(nb::module_& module) {
  register_prepared(module);
  const auto of = [](auto member) { return [member](const Fit& self) { return self.record.*member; }; };
  nb::class_<Fit> record(module, "Record");
  record.def_prop_ro("variables", [](const Fit& self) { return described(self.record.draws.variables()); })
      .def_prop_ro("netcdf_variables",
                   [](const Fit& self) { return described(store::netcdf_variables(self.record.draws.variables())); })
      .def_prop_ro("sampling_seconds", sampling_seconds)
      .def("arrow_stream", arrow_stream)
      .def_prop_ro("columns", [](const Fit& self) { return self.record.draws.column_names(); })
      .def_prop_ro("statistics", statistics)
      .def_prop_ro("warnings", [](const Fit& self) { return self.record.summary.warnings; })
      .def_prop_ro("divergences", [](const Fit& self) { return self.record.summary.divergences; })
      .def_prop_ro("seed", of(&store::Record::seed))
      .def_prop_ro("warmup", of(&store::Record::warmup))
      .def_prop_ro("max_depth", of(&store::Record::max_depth))
      .def_prop_ro("interrupted", of(&store::Record::interrupted))
      .def_prop_ro("created_at", of(&store::Record::created_at))
      .def_prop_ro("version", of(&store::Record::version))
      .def_prop_ro("seconds", of(&store::Record::seconds))
      .def_prop_ro("responses", of(&store::Record::responses))
      .def_prop_ro("data_names", [](const Fit& self) { return self.record.data.names(); })
      .def("data", data_column, nb::arg("name"))
      .def("draws", draws)
      .def("summary", summary)
      .def("text", [](const Fit& self) { return fit::summary_text(self.record); })
      .def("model_json", [](const Fit& self) { return self.record.model.dump(); })
      .def("plan_json", [](const Fit& self) { return self.record.plan.dump(); })
      .def("run_json", [](const Fit& self) { return self.record.run.dump(); })
      .def("save", save, nb::arg("folder"), nb::arg("overwrite"));
  register_answers(module, record);
  module.def(
      "run",
      [](const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress) {
        return Fit{run(prepared, options, progress), nullptr};
      },
      nb::arg("prepared"), nb::arg("options"), nb::arg("progress").none());
  module.def(
      "load",
      [](const std::string& folder) {
        return Fit{store::read(folder), nullptr};
      },
      nb::arg("folder"), nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace woodbury::python
