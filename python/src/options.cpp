// Options of a fit as attributes, flat.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "core.hpp"

namespace woodbury::python {

namespace {

using Class = nb::class_<fit::Options>;

template <class Part, class Value>
void field(Class& options, const char* name, Part fit::Options::*part, Value Part::*member) {
  options.def_prop_rw(
      name, [=](const fit::Options& self) { return self.*part.*member; },
      [=](fit::Options& self, Value value) { self.*part.*member = std::move(value); }, nb::arg("value").none());
}

void register_enums(nb::module_& module) {
  nb::enum_<model::FamilyKind>(module, "Family")
      .value("gaussian", model::FamilyKind::gaussian)
      .value("lognormal", model::FamilyKind::lognormal);
  nb::enum_<design::DefaultPriors>(module, "Defaults")
      .value("woodbury", design::DefaultPriors::woodbury)
      .value("brms", design::DefaultPriors::brms);
  nb::enum_<nuts::Algorithm>(module, "Algorithm")
      .value("nuts", nuts::Algorithm::nuts)
      .value("hmc", nuts::Algorithm::hmc);
}

}  // namespace

void register_options(nb::module_& module) {
  register_enums(module);
  Class options(module, "Options");
  options.def(nb::init<>());
  options.def_rw("keep_hyper", &fit::Options::keep_hyper);
  const auto design = [&](const char* name, auto member) { field(options, name, &fit::Options::design, member); };
  design("family", &design::Options::family);
  design("sigma", &design::Options::sigma);
  design("weights", &design::Options::weights);
  design("se", &design::Options::se);
  design("drop_missing", &design::Options::drop_missing);
  design("factors", &design::Options::factors);
  design("numerics", &design::Options::numerics);
  design("contrasts", &design::Options::contrasts);
  design("priors", &design::Options::priors);
  design("defaults", &design::Options::defaults);
  const auto plan = [&](const char* name, auto member) { field(options, name, &fit::Options::plan, member); };
  plan("integrate", &plan::Options::integrate);
  plan("parametrisation", &plan::Options::parametrisation);
  plan("reduce", &plan::Options::reduce);
  const auto sampler = [&](const char* name, auto member) { field(options, name, &fit::Options::sampler, member); };
  sampler("algorithm", &nuts::Options::algorithm);
  sampler("chains", &nuts::Options::chains);
  sampler("warmup", &nuts::Options::warmup);
  sampler("draws", &nuts::Options::draws);
  sampler("seed", &nuts::Options::seed);
  sampler("threads", &nuts::Options::threads);
  sampler("target_accept", &nuts::Options::target_accept);
  sampler("max_depth", &nuts::Options::max_depth);
  sampler("init_radius", &nuts::Options::init_radius);
}

}  // namespace woodbury::python
