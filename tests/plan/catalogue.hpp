// Models and wishes whose plans are kept as texts: tests/data/explain, one file an entry.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/tables.hpp"
#include "woodbury/design/design.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::plan {

/// What a plan is made from; `heading` is the model as a reader would write it.
struct Subject {
  std::string heading;
  model::Model model;
  frame::Frame table;
};

struct Entry {
  std::string name;  ///< of the file, without .txt
  std::function<Subject()> make;
  Options options;
};

inline frame::Frame small_table() { return test::crossed_table(7, 60); }
/// 300 levels of g (10 rows each), 40 of h.
inline frame::Frame large_table() { return test::crossed_table(7, 3000, 300, 40); }

/// Plans of formulas, of programs, and of what `--integrate` and `--parametrisation` may say.
std::vector<Entry> formula_entries();
std::vector<Entry> program_entries();
std::vector<Entry> option_entries();

inline std::vector<Entry> catalogue() {
  std::vector<Entry> all = formula_entries();
  for (const auto& more : {program_entries(), option_entries()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

inline Subject of_formula(const std::string& formula, const design::Options& options, const frame::Frame& table,
                          const std::string& heading) {
  design::Bound bound = design::bind(formula, table, options);
  return {heading, std::move(bound.model), std::move(bound.data)};
}

inline Entry formula(const std::string& name, const std::string& text, Options options = {},
                     const design::Options& design = {}, const std::string& remark = {}) {
  return {name, [=] { return of_formula(text, design, small_table(), text + remark + "\n"); }, std::move(options)};
}

inline Entry program(const std::string& name, std::function<void(model::Builder&)> build, Options options = {}) {
  const auto make = [build = std::move(build)] {
    model::Builder m;
    build(m);
    return Subject{model::to_text(m.model()), m.model(), small_table()};
  };
  return {name, make, std::move(options)};
}

}  // namespace woodbury::plan
