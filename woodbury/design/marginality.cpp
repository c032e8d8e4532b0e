// R's rules of marginality.
#include "woodbury/design/marginality.hpp"

#include <algorithm>

namespace woodbury::design {

using formula::Term;
using formula::Variable;

namespace {

bool holds(const Term& term, const Variable& variable) {
  return std::find(term.variables.begin(), term.variables.end(), variable) != term.variables.end();
}

// Whether `other` holds every variable of `term` but the one at `without`.
bool holds_rest(const Term& other, const Term& term, std::size_t without) {
  for (std::size_t v = 0; v < term.variables.size(); ++v) {
    if (v != without && !holds(other, term.variables[v])) return false;
  }
  return true;
}

}  // namespace

std::vector<std::vector<bool>> full_indicators(const formula::Terms& terms,
                                               const std::function<bool(const Variable&)>& is_factor) {
  std::vector<std::vector<bool>> full;
  for (std::size_t t = 0; t < terms.terms.size(); ++t) {
    const Term& term = terms.terms[t];
    std::vector<bool>& codes = full.emplace_back(term.variables.size(), false);
    for (std::size_t v = 0; v < codes.size() && codes.size() > 1; ++v) {
      codes[v] = std::none_of(terms.terms.begin(), terms.terms.begin() + static_cast<std::ptrdiff_t>(t),
                              [&](const Term& earlier) { return holds_rest(earlier, term, v); });
    }
  }
  if (terms.intercept || terms.raw_intercept) return full;
  for (std::size_t t = 0; t < terms.terms.size(); ++t) {
    for (std::size_t v = 0; v < full[t].size(); ++v) {
      if (!is_factor(terms.terms[t].variables[v])) continue;
      full[t][v] = true;
      return full;
    }
  }
  return full;
}

}  // namespace woodbury::design
