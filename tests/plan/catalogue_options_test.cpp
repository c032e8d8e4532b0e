// The catalogue's wishes: --integrate and --parametrisation, and what is said against some of them.
#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {

using model::Builder;
using model::Expr;
using model::over;

namespace {

const char* const kCrossed = "y ~ x + (x | g) + (1 | h)";

Entry integrate(const std::string& name, const std::string& wish, const design::Options& design = {}) {
  return formula("integrate_" + name, kCrossed, {wish, {}}, design, "  --integrate '" + wish + "'");
}

Entry parametrise(const std::string& name, const std::string& effect, const std::string& value) {
  return formula("parametrisation_" + name, kCrossed, {"none", {{effect, value}}}, {},
                 "  --integrate none --parametrisation " + effect + "=" + value);
}

/// A program with a loading, a hierarchical mean, and an effect that sets the scale.
void difficult(Builder& m) {
  const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", mu, m.half_normal("tau", 1), over("g"));
  const Expr loading = m.normal("loading", 1, 1), v = m.normal("v", 0, 1, over("h"));
  const Expr s = m.normal("s", 0, 1, over("i"));
  const Expr c = m.cauchy("c", 0, 1);
  m.observe_normal("y", u["g"] + v["h"] * loading + c, exp(s["i"]));
}

Entry hard(const std::string& name, const std::string& wish) {
  Entry entry = program("integrate_" + name, difficult, {wish, {}});
  entry.make = [make = entry.make, wish] {
    Subject subject = make();
    subject.heading += "--integrate '" + wish + "'\n";
    return subject;
  };
  return entry;
}

}  // namespace

std::vector<Entry> option_entries() {
  std::vector<Entry> list;
  list.push_back(integrate("all", "all"));
  list.push_back(integrate("none", "none"));
  list.push_back(integrate("factor", "g"));
  list.push_back(integrate("factor_and_fixed", "h, fixed"));
  list.push_back(integrate("fixed", "fixed"));
  list.push_back(integrate("variable", "r_h"));
  list.push_back(integrate("one_coefficient", "b_x"));
  list.push_back(integrate("term", "(x | g)"));
  list.push_back(integrate("terms", "(1 | h), (x | g), fixed"));
  list.push_back(integrate("term_with_commas", "(poly(x, 2) | g), fixed"));
  list.push_back(integrate("twice", "g, g"));
  list.push_back(integrate("unknown_later", "b_x, x"));
  list.push_back(integrate("unknown", "fixd, h"));
  list.push_back(integrate("unknown_term", "(1 | gg)"));
  list.push_back(integrate("column", "x"));
  list.push_back(integrate("empty_item", "g,"));
  list.push_back(integrate("unknown_variable", "b_xx"));
  list.push_back(integrate("blank", ""));
  list.push_back(integrate("not_gaussian", "sigma"));
  list.push_back(hard("impossible_scale", "s"));
  list.push_back(hard("loaded_effect", "h"));
  list.push_back(hard("loading", "loading"));
  list.push_back(hard("impossible_product", "h, loading"));
  list.push_back(hard("impossible_mean_without_child", "mu"));
  list.push_back(hard("child_without_mean", "u"));
  list.push_back(hard("impossible_cauchy", "c"));
  list.push_back(hard("all_that_can_be", "all"));
  list.push_back(parametrise("centred", "g", "centred"));
  list.push_back(parametrise("noncentred", "g", "noncentred"));
  list.push_back(parametrise("of_a_variable", "r_h", "noncentred"));
  list.push_back(parametrise("auto", "g", "auto"));
  list.push_back(parametrise("unknown", "gh", "centred"));
  list.push_back(parametrise("no_such", "g", "partial"));
  return list;
}

}  // namespace woodbury::plan
