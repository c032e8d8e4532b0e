// The engine's errors as the exceptions of woodbury._errors.
#include <typeinfo>

#include "core.hpp"

namespace woodbury::python {

namespace {

const char* class_of(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::usage:
      return "UsageError";
    case base::ErrorKind::sampling:
      return "SamplingError";
    case base::ErrorKind::interrupted:
      return "Interrupted";
    case base::ErrorKind::input:
      break;
  }
  return "InputError";
}

void raise(const char* name, const nb::object& error) {
  PyErr_SetObject(nb::module_::import_("woodbury._errors").attr(name).ptr(), error.ptr());
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const base::Error& error) {
    nb::object place = nb::none();
    if (const auto& p = error.place()) place = nb::make_tuple(p->text.c_str(), p->begin, p->end);
    raise(class_of(error.kind()),
          nb::make_tuple(error.what(), place, error.suggestion().c_str(), error.describe().c_str()));
  } catch (const std::logic_error& error) {
    if (typeid(error) != typeid(std::logic_error)) throw;  // nanobind's own, as std::out_of_range
    raise("InternalError", nb::make_tuple(error.what()));
  }
}

}  // namespace

void register_errors() { nb::register_exception_translator(translate); }

}  // namespace woodbury::python
