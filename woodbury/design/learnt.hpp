// What a coding has learnt of the first table: how each variable is coded, and what each design column is a product of.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/design/contrasts.hpp"
#include "woodbury/design/evaluate.hpp"
#include "woodbury/design/poly.hpp"

namespace woodbury::design {

enum class VariableKind {
  plain,       ///< a numeric column as it is
  expression,  ///< a function of numeric columns
  polynomial,  ///< poly(x, k)
  factor,      ///< a factor column, or factor(x)
};

/// A variable of the formula.
struct LearntVariable {
  VariableKind kind{};
  std::vector<std::string> levels;  ///< of a factor
  Contrast contrast;                ///< of a factor with two levels or more
  OrthogonalPolynomial polynomial;
};

/// One factor of the product that is a design column.
struct Piece {
  std::string variable;
  bool indicator = false;  ///< of a factor: level `column`, else column `column` of its contrast
  std::size_t column = 0;  ///< also of a polynomial
};

/// A grouping factor: the levels learnt, and of which labels of its columns each is made.
struct LearntGroup {
  std::vector<std::string> columns;
  std::vector<std::string> levels;
  std::vector<std::vector<std::string>> parts;  ///< parts[c][l]: label of column c at level l; empty for one column
};

struct Learnt {
  std::map<std::string, bool> is_factor;            ///< a table's column → whether it counts as a factor
  std::map<std::string, LearntVariable> variables;  ///< by deparsed name
  Standards standards;
  std::map<std::string, std::vector<Piece>> products;  ///< a coded column → its pieces
  std::vector<std::string> order;                      ///< coded columns in the order in which they were learnt
  std::map<std::string, LearntGroup> groups;
};

[[nodiscard]] nlohmann::json to_json(const Learnt& learnt);
[[nodiscard]] Learnt learnt_from_json(const nlohmann::json& json);

}  // namespace woodbury::design
