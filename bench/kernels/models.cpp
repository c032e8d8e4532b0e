// Published models on their own tables (tests/paper/README.md says which and where from): with everything integrated,
// with each factor alone, and as the planner chooses; with and without reductions.
#include "bench/kernels/subject.hpp"
#include "tests/paper/catalogue.hpp"

namespace woodbury::bench {
namespace {

/// Sets of effects to integrate, as --integrate takes them: all, the planner's choice, and each factor alone.
std::vector<std::string> sets_of(const paper::Entry& entry) {
  std::vector<std::string> sets{"all", "auto"};
  if (entry.build) return sets;
  for (std::size_t i = 0; i < entry.factors.size(); ++i) sets.push_back(entry.effects(i) + ",fixed");
  return sets;
}

int add_all() {
  for (const paper::Entry& entry : paper::catalogue()) {
    if (!paper::table_of(entry)) continue;
    const auto prepare = [&entry](const std::string& set, bool reduce) {
      return [&entry, set, reduce] { return paper::prepare(entry, {.integrate = set, .reduce = reduce}); };
    };
    const bool by_rows = !entry.options.sigma.empty() || entry.name == "electric";  // which has a residual sd a grade
    for (const std::string& set : sets_of(entry))
      for (const bool reduce : {true, false})
        add("models/" + entry.name + "/" + set + (reduce ? "" : "/unreduced"), prepare(set, reduce), !by_rows);
    if (entry.name != "InstEval") continue;
    const std::string name = "models/InstEval/d,dept,fixed";
    add(name, prepare("d,dept,fixed", true));
    add(name, prepare("d,dept,fixed", true), "reading", reading);
  }
  return 0;
}

const int kAdded = add_all();

}  // namespace
}  // namespace woodbury::bench
