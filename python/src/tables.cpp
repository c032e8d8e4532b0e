// Tables from Python's memory: columns of numbers and of labels, or an Arrow stream.
#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"
#include "woodbury/frame/arrow_abi.hpp"

namespace woodbury::python {

namespace {

template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

void add(frame::Frame& table, const std::string& name, std::size_t rows, frame::Column column) {
  if (!table.names().empty() && rows != table.rows())
    throw base::Error(fmt::format("column `{}` has {} rows where the others have {}", name, rows, table.rows()));
  table.add(name, std::move(column));
}

/// Doubles where they are; `owner`, which keeps them alive in Python, is let go with the last column over them.
void add_numeric(frame::Frame& table, const std::string& name, const Vector<double>& values, nb::object owner) {
  const std::shared_ptr<void> kept(owner.release().ptr(), [](void* object) noexcept {
    const nb::gil_scoped_acquire locked;
    if (nb::is_alive()) Py_DECREF(static_cast<PyObject*>(object));
  });
  add(table, name, values.size(), frame::Numeric{{{values.data(), values.size()}, kept}});
}

void add_factor(frame::Frame& table, const std::string& name, const Vector<std::int32_t>& codes,
                std::vector<std::string> levels, bool ordered) {
  add(table, name, codes.size(),
      frame::make_factor({codes.data(), codes.data() + codes.size()}, std::move(levels), ordered));
}

template <class Struct>
Struct& held(const nb::capsule& capsule, const char* name) {
  auto* found = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (found == nullptr) throw nb::python_error();
  return *found;
}

frame::ArrowTable arrow_stream(const nb::capsule& stream) {
  return frame::ArrowTable(held<ArrowArrayStream>(stream, "arrow_array_stream"));
}

frame::ArrowTable arrow_array(const nb::capsule& schema, const nb::capsule& array) {
  return {held<ArrowSchema>(schema, "arrow_schema"), held<ArrowArray>(array, "arrow_array")};
}

/// A column that comes alone, whatever it calls itself.
void add_arrow(frame::Frame& table, const std::string& name, frame::ArrowTable& column, bool as_factor) {
  if (column.names().size() != 1) throw base::Error(fmt::format("column `{}` is a table of its own", name));
  const std::string own = column.names().front();
  const frame::Frame read = column.read({own}, as_factor ? column.names() : std::vector<std::string>{});
  add(table, name, read.rows(), read.column(own));
}

}  // namespace

void register_tables(nb::module_& module) {
  nb::class_<frame::ArrowTable>(module, "ArrowTable")
      .def_prop_ro("names", &frame::ArrowTable::names)
      .def("read", &frame::ArrowTable::read, nb::arg("columns"), nb::arg("factors"),
           nb::call_guard<nb::gil_scoped_release>());
  module.def("arrow_stream", arrow_stream, nb::arg("stream"));
  module.def("arrow_array", arrow_array, nb::arg("schema"), nb::arg("array"));
  nb::class_<frame::Frame>(module, "Table")
      .def(nb::init<>())
      .def("add_numeric", add_numeric, nb::arg("name"), nb::arg("values").noconvert(), nb::arg("owner"))
      .def("add_arrow", add_arrow, nb::arg("name"), nb::arg("column"), nb::arg("as_factor"))
      .def("add_factor", add_factor, nb::arg("name"), nb::arg("codes"), nb::arg("levels"), nb::arg("ordered"))
      .def_prop_ro("names", &frame::Frame::names)
      .def_prop_ro("rows", &frame::Frame::rows);
}

}  // namespace woodbury::python
