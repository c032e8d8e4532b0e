// The published models as programs: what a user of a probabilistic language would write, without a word on integration.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/paper/catalogue.hpp"

namespace woodbury::paper {

struct Program {
  std::string name;  ///< of the catalogue's entry; "fibrosis" is none of it
  std::function<void(model::Builder&)> build;
  std::vector<std::string> effects;                           ///< u_1, u_2, …
  std::string coded;                                          ///< factor to be coded as column `t`; empty: none
  std::map<std::string, double> codes = {};                   ///< its labels
  fit::Values point;                                          ///< where check values are; effects left out are 0
  std::vector<std::pair<std::string, double>> expected = {};  ///< what is integrated, and log p(y | point)
};

/// Every model of the paper, in the order of its tables; fibrosis, whose table cannot be had, last.
[[nodiscard]] const std::vector<Program>& programs();

/// Its table, numbers of codes added; fibrosis's is simulated: 176 patients, 1549 visits.
[[nodiscard]] frame::Frame table_of(const Program& program);

}  // namespace woodbury::paper
