// Tables from Python's memory: columns of numbers and of labels, or an Arrow stream.
#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"

namespace woodbury::python {

namespace {

template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

void add(frame::Frame& table, const std::string& name, std::size_t rows, frame::Column column) {
  if (!table.names().empty() && rows != table.rows())
    throw base::Error(fmt::format("column `{}` has {} rows where the others have {}", name, rows, table.rows()));
  table.add(name, std::move(column));
}

void add_numeric(frame::Frame& table, const std::string& name, const Vector<double>& values) {
  add(table, name, values.size(), frame::Numeric{{values.data(), values.data() + values.size()}});
}

void add_factor(frame::Frame& table, const std::string& name, const Vector<std::int32_t>& codes,
                std::vector<std::string> levels, bool ordered) {
  add(table, name, codes.size(),
      frame::make_factor({codes.data(), codes.data() + codes.size()}, std::move(levels), ordered));
}

}  // namespace

void register_tables(nb::module_& module) {
  nb::class_<frame::Frame>(module, "Table")
      .def(nb::init<>())
      .def("add_numeric", add_numeric, nb::arg("name"), nb::arg("values"))
      .def("add_factor", add_factor, nb::arg("name"), nb::arg("codes"), nb::arg("levels"), nb::arg("ordered"))
      .def_prop_ro("names", &frame::Frame::names)
      .def_prop_ro("rows", &frame::Frame::rows);
}

}  // namespace woodbury::python
