// The module woodbury._core: what the pure Python of the package needs of the engine, and no more.
#include "core.hpp"

NB_MODULE(_core, module) {
  using namespace woodbury::python;
  register_errors();
  register_tables(module);
  register_options(module);
  register_fits(module);
  register_answers(module);
  register_builder(module);
  register_evaluator(module);
  module.attr("__version__") = nanobind::str(woodbury::fit::version().c_str());
}
