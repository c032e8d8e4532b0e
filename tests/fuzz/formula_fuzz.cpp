// Any bytes as a formula: terms whose names parse back to themselves, or an error of the user's with a place in the
// text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "woodbury/formula/formula.hpp"

namespace {

using namespace woodbury;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_span(const formula::Formula& formula, formula::Span span) {
  require(span.begin < span.end && span.end <= formula.text.size());
}

void check_variable(const formula::Formula& formula, const formula::Variable& variable) {
  check_span(formula, variable.node->span);
  require(!formula::column_nodes(*variable.node).empty());
}

void check_terms(const formula::Formula& formula, const formula::Terms& terms) {
  require(!(terms.intercept && terms.raw_intercept));
  std::size_t degree = 0;
  for (const auto& term : terms.terms) {
    check_span(formula, term.span);
    require(term.variables.size() >= degree && !term.variables.empty());
    degree = term.variables.size();
    for (const auto& variable : term.variables) {
      check_variable(formula, variable);
      require(formula::parse("~ " + variable.name).fixed.terms.at(0).variables.at(0) == variable);
    }
  }
  for (const auto& offset : terms.offsets) {
    check_variable(formula, offset);
    require(formula::parse("~ offset(" + offset.name + ")").fixed.offsets.at(0) == offset);
  }
}

void check(const formula::Formula& formula) {
  if (formula.response) {
    check_variable(formula, *formula.response_variable);
    require(formula::parse(formula.response_variable->name + " ~ 1").response_variable == formula.response_variable);
  }
  check_terms(formula, formula.fixed);
  for (const auto& group : formula.groups) {
    check_span(formula, group.span);
    check_terms(formula, group.terms);
    require(!group.factors.empty() && !group.factor_name().empty());
    require(group.terms.intercept || !group.terms.terms.empty());
  }
  require(formula::grouping_columns(formula).size() <= formula::columns(formula).size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  formula::Formula formula;
  try {
    formula = formula::parse(text);
  } catch (const base::Error& error) {
    require(error.place().has_value());
    const base::Place& place = *error.place();
    require(place.begin <= place.end && place.end <= place.text.size());
    require(!error.describe().empty());
    return 0;
  }
  check(formula);
  return 0;
}
