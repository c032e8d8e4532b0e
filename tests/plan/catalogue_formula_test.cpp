// The catalogue's formulas, on small and larger tables.
#include <fmt/format.h>

#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {

namespace {

Entry large(const std::string& name, const std::string& text) {
  return {name,
          [=] { return of_formula(text, {}, large_table(), text + "  (3000 rows, 300 levels of g, 40 of h)\n"); },
          {}};
}

Entry designed(const std::string& name, const std::string& text, std::size_t missing = 0, const Options& options = {}) {
  const std::string rows = missing ? fmt::format(" less {} rows", missing) : "";
  const std::string remark = options.reduce ? "" : "  --reduce none";
  return {name,
          [=] {
            return of_formula(text, {}, test::designed_table(7, missing),
                              text + remark + "  (12 levels of g × 8 of h" + rows + ")\n");
          },
          options};
}

design::Options with_priors(std::vector<std::string> priors) {
  design::Options options;
  options.priors = std::move(priors);
  return options;
}

design::Options with(std::string design::Options::*member, const std::string& value) {
  design::Options options;
  options.*member = value;
  return options;
}

}  // namespace

std::vector<Entry> formula_entries() {
  std::vector<Entry> list;
  list.push_back(formula("intercept_only", "y ~ 1"));
  list.push_back(formula("fixed_effects", "y ~ x + w"));
  list.push_back(formula("one_factor", "y ~ x + (1 | g)"));
  list.push_back(formula("slopes", "y ~ x + (x | g)"));
  list.push_back(formula("independent_slopes", "y ~ x + (x || g)"));
  list.push_back(formula("crossed", "y ~ x + (1 | g) + (1 | h)"));
  list.push_back(formula("crossed_slopes", "y ~ x + (x | g) + (x | h)"));
  list.push_back(formula("nested", "y ~ x + (1 | i/g)"));
  list.push_back(formula("three_factors", "y ~ 1 + (1 | g) + (1 | h) + (1 | i)"));
  list.push_back(large("large_one_factor", "y ~ x + (x | g)"));
  list.push_back(large("large_crossed", "y ~ x + (1 | g) + (1 | h)"));
  list.push_back(large("large_crossed_slopes", "y ~ x + (x | g) + (x | h)"));
  list.push_back(designed("designed_one_factor", "y ~ x + (x | g)"));
  list.push_back(designed("designed_crossed", "y ~ x + (x | g) + (x | h)"));
  list.push_back(designed("designed_crossed_unreduced", "y ~ x + (x | g) + (x | h)", 0, {.reduce = false}));
  list.push_back(designed("designed_gaps", "y ~ x + (x | g) + (x | h)", 3));
  list.push_back(designed("designed_nested", "y ~ x + (1 | i/g)"));
  list.push_back(formula("weights", "y ~ x + (1 | g)", {}, with(&design::Options::weights, "w"), "  --weights w"));
  list.push_back(formula("known_sds", "y ~ x + (1 | g)", {}, with(&design::Options::se, "w"), "  --se w"));
  list.push_back(formula("sigma_by_x", "y ~ x + (1 | g)", {}, with(&design::Options::sigma, "~ x"), "  --sigma '~ x'"));
  list.push_back(formula("sigma_effects", "y ~ x + (1 | g)", {}, with(&design::Options::sigma, "~ (1 | h)"),
                         "  --sigma '~ (1 | h)'"));
  design::Options lognormal;
  lognormal.family = model::FamilyKind::lognormal;
  list.push_back(formula("lognormal", "z ~ x + (1 | g)", {}, lognormal, "  --family lognormal"));
  list.push_back(formula("student_t_prior", "y ~ x + (1 | g)", {}, with_priors({"b(x) ~ student_t(3, 0, 1)"}),
                         "  --prior 'b(x) ~ student_t(3, 0, 1)'"));
  list.push_back(formula("flat_priors", "y ~ x + (1 | g)", {}, with_priors({"b ~ flat()", "Intercept ~ flat()"}),
                         "  --prior 'b ~ flat()' --prior 'Intercept ~ flat()'"));
  list.push_back(formula("constant_sd", "y ~ x + (1 | g)", {}, with_priors({"sd ~ constant(0.5)"}),
                         "  --prior 'sd ~ constant(0.5)'"));
  design::Options brms;
  brms.defaults = design::DefaultPriors::brms;
  list.push_back(formula("brms_defaults", "y ~ x + (1 | g)", {}, brms, "  --defaults brms"));
  return list;
}

}  // namespace woodbury::plan
