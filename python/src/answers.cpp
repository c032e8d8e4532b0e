// Answers of a fit as Python sees them: tables as titles, columns and rows; the engine does the work.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/answers/answers.hpp"
#include "woodbury/report/report.hpp"

namespace woodbury::python {

namespace {

/// (title, columns, rows) of each; undefined numbers are NaN.
nb::list tables(const std::vector<answers::Table>& from) {
  nb::list result;
  for (const answers::Table& table : from) {
    nb::list rows;
    for (const auto& row : table.rows) {
      nb::list cells;
      for (const answers::Cell& cell : row)
        std::holds_alternative<double>(cell) ? cells.append(std::get<double>(cell))
                                             : cells.append(nb::str(std::get<std::string>(cell).c_str()));
      rows.append(cells);
    }
    result.append(nb::make_tuple(table.title.c_str(), table.columns, rows));
  }
  return result;
}

answers::PredictOptions options_of(int quantity, const std::string& effects, double prob) {
  answers::PredictOptions options;
  options.quantity = static_cast<answers::Quantity>(quantity);
  options.prob = prob;
  using Kind = answers::GroupEffects::Kind;
  if (effects == "none") options.effects.kind = Kind::none;
  if (effects.starts_with("new:")) options.effects = {Kind::fresh, effects.substr(4)};
  return options;
}

/// Runs without the interpreter's lock.
template <class Work>
nb::list tables_of(Work&& work) {
  std::vector<answers::Table> result;
  {
    const nb::gil_scoped_release unlocked;
    result = work();
  }
  return tables(result);
}

nb::list predict(const Fit& fit, const frame::Frame& data, int quantity, const std::string& effects, double prob,
                 const std::optional<frame::Frame>& given) {
  return tables_of([&]() {
    const answers::Bound bound(fit.record);
    auto options = options_of(quantity, effects, prob);
    options.given = given;
    return std::vector{answers::predict_table(bound, data, options)};
  });
}

nb::list fitted(const Fit& fit, bool residuals, int quantity, const std::string& effects, double prob) {
  return tables_of([&]() {
    const answers::Bound bound(fit.record);
    const auto options = options_of(quantity, effects, prob);
    return std::vector{residuals ? answers::residuals_table(bound, options) : answers::fitted_table(bound, options)};
  });
}

/// (draw, row); the memory is handed over.
nb::ndarray<nb::numpy, double> matrix(std::vector<double> values, std::size_t rows) {
  auto* kept = new std::vector<double>(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  const std::size_t shape[] = {kept->size() / rows, rows};
  return {kept->data(), 2, shape, owner};
}

/// Of new rows or, without a table, of the fitted ones.
nb::ndarray<nb::numpy, double> predict_draws(const Fit& fit, const std::optional<frame::Frame>& data, int quantity,
                                             const std::string& effects, const std::optional<frame::Frame>& given,
                                             std::size_t draws, std::uint64_t seed) {
  std::vector<double> values;
  std::size_t rows = 0;
  {
    const nb::gil_scoped_release unlocked;
    const answers::Bound bound(fit.record);
    auto options = options_of(quantity, effects, 0.95);
    options.given = given;
    const answers::DrawOptions wanted{.draws = draws, .seed = seed};
    const auto drawn = data ? answers::PredictionDraws(bound, *data, options, wanted)
                            : answers::PredictionDraws::of_fit(bound, options, wanted, false);
    rows = drawn.rows();
    values.resize(drawn.draws() * rows);
    drawn.fill(0, values);
  }
  return matrix(std::move(values), rows);
}

void register_loo(nb::module_& module) {
  nb::class_<answers::Loo>(module, "Loo")
      .def_ro("by", &answers::Loo::by)
      .def_prop_ro("elpd", &answers::Loo::elpd)
      .def_prop_ro("se", &answers::Loo::standard_error)
      .def_prop_ro("p", &answers::Loo::parameters)
      .def_prop_ro("bad", &answers::Loo::bad)
      .def("tables", [](const answers::Loo& self) { return tables(answers::loo_tables(self, true)); })
      .def("text", [](const answers::Loo& self) {
        return answers::print(answers::loo_tables(self, false), answers::Format::text);
      });
  module.def(
      "loo",
      [](const Fit& fit, const std::string& by, std::size_t refits) {
        return answers::loo(fit.record, {.by = by, .refits = refits});
      },
      nb::arg("record"), nb::arg("by"), nb::arg("refits"), nb::call_guard<nb::gil_scoped_release>());
  module.def(
      "compare",
      [](const std::vector<std::string>& names, const std::vector<const answers::Loo*>& loos) {
        std::vector<answers::Loo> all;
        for (const answers::Loo* loo : loos) all.push_back(*loo);
        return tables({answers::compare(names, all)});
      },
      nb::arg("names"), nb::arg("loos"));
}

}  // namespace

void register_answers(nb::module_& module, nb::class_<Fit>& record) {
  record
      .def(
          "hypotheses",
          [](const Fit& self, const std::vector<std::string>& written, double prob) {
            return tables({answers::hypotheses(self.record, written, prob)});
          },
          nb::arg("written"), nb::arg("prob"))
      .def("predict", predict, nb::arg("data"), nb::arg("quantity"), nb::arg("effects"), nb::arg("prob"),
           nb::arg("given").none())
      .def("fitted", fitted, nb::arg("residuals"), nb::arg("quantity"), nb::arg("effects"), nb::arg("prob"))
      .def("predict_draws", predict_draws, nb::arg("data").none(), nb::arg("quantity"), nb::arg("effects"),
           nb::arg("given").none(), nb::arg("draws"), nb::arg("seed"))
      .def(
          "report",
          [](const Fit& self, const std::string& path, bool overwrite, double prob) {
            report::write(path, report::html(self.record, {.prob = prob}), overwrite);
          },
          nb::arg("path"), nb::arg("overwrite"), nb::arg("prob"), nb::call_guard<nb::gil_scoped_release>());
  register_loo(module);
}

}  // namespace woodbury::python
