// Answers of a fit: questions in words, tables as JSON; the engine does the work.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/answers/answers.hpp"
#include "woodbury/report/report.hpp"

namespace woodbury::python {

namespace {

std::string json_of(const std::vector<answers::Table>& tables) { return answers::to_columns(tables).dump(); }

answers::Question question_of(const std::string& what, const fit::Written& options,
                              const std::optional<frame::Frame>& given) {
  auto question = answers::read_question(what, options);
  question.options.given = given;
  return question;
}

std::string ask(const Fit& fit, const std::string& what, const fit::Written& options,
                const std::optional<frame::Frame>& data, const std::optional<frame::Frame>& given) {
  return json_of(answers::ask(fit.record, question_of(what, options, given), data.value_or(frame::Frame{})));
}

/// (draw, row).
nb::ndarray<nb::numpy, double> ask_draws(const Fit& fit, const std::string& what, const fit::Written& options,
                                         const std::optional<frame::Frame>& data,
                                         const std::optional<frame::Frame>& given) {
  std::vector<double> values;
  std::size_t draws = 0, rows = 0;
  {
    const nb::gil_scoped_release unlocked;
    const answers::Bound bound(fit.record);
    const auto drawn = answers::ask_draws(bound, question_of(what, options, given), data.value_or(frame::Frame{}));
    draws = drawn.draws();
    rows = drawn.rows();
    values.resize(draws * rows);
    drawn.fill(0, values);
  }
  return owned(std::move(values), {draws, rows});
}

answers::Loo loo(const Fit& fit, const std::string& by, const fit::Written& written) {
  answers::LooOptions options{.by = by};
  fit::Reader(written).whole("refit", options.refits, 0, 1'000'000);
  return answers::loo(fit.record, options);
}

std::string compare(const std::vector<std::string>& names, const std::vector<answers::Loo*>& loos) {
  std::vector<answers::Loo> all;
  for (const answers::Loo* loo : loos) all.push_back(*loo);
  return json_of({answers::compare(names, all)});
}

Fit with_effects(const Fit& fit, bool levels) { return {answers::with_effects(fit.record, 0, levels), nullptr}; }

void report(const Fit& fit, const std::string& path, bool overwrite, double prob) {
  report::write(path, report::html(fit.record, {.prob = prob}), overwrite);
}

}  // namespace

void register_answers(nb::module_& module) {
  nb::class_<answers::Loo>(module, "Loo")
      .def_ro("by", &answers::Loo::by)
      .def_prop_ro("elpd", &answers::Loo::elpd)
      .def_prop_ro("se", &answers::Loo::standard_error)
      .def_prop_ro("p", &answers::Loo::parameters)
      .def_prop_ro("bad", &answers::Loo::bad)
      .def_ro("monte_carlo_error", &answers::Loo::monte_carlo_error)
      .def("tables", [](const answers::Loo& self) { return json_of(answers::loo_tables(self, true)); })
      .def("text", [](const answers::Loo& self) {
        return answers::print(answers::loo_tables(self, false), answers::Format::text);
      });
  module.def("ask", ask, nb::arg("record"), nb::arg("what"), nb::arg("options"), nb::arg("data").none(),
             nb::arg("given").none(), nb::call_guard<nb::gil_scoped_release>());
  module.def("ask_draws", ask_draws, nb::arg("record"), nb::arg("what"), nb::arg("options"), nb::arg("data").none(),
             nb::arg("given").none());
  module.def("with_effects", with_effects, nb::call_guard<nb::gil_scoped_release>());
  module.def("loo", loo, nb::call_guard<nb::gil_scoped_release>());
  module.def("compare", compare);
  module.def("report", report, nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace woodbury::python
