// Answers as tables of text and numbers, printed as text, CSV, Markdown, LaTeX or JSON.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace woodbury::answers {

/// A number that is NaN is one that is undefined: NA, or null.
using Cell = std::variant<std::string, double>;

struct Table {
  std::string title;                 ///< may be empty
  std::vector<std::string> columns;  ///< headers
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> notes;  ///< sentences below
};

enum class Format { text, csv, md, latex, json };

/// Several tables one after another; JSON is an object with a list a title (or "rows" where there is one untitled).
/// Text has two decimals, more where numbers are small; CSV and JSON all digits.
[[nodiscard]] std::string print(const std::vector<Table>& tables, Format format);
[[nodiscard]] nlohmann::json to_json(const std::vector<Table>& tables);
/// For languages with data frames: a list of {title, columns, rows, notes}, rows being lists in the columns' order.
[[nodiscard]] nlohmann::json to_columns(const std::vector<Table>& tables);

}  // namespace woodbury::answers
