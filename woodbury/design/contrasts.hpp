// Contrasts of a factor: which k − 1 columns stand for its k levels.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"

namespace woodbury::design {

/// Columns of codes for the levels of a factor; `codes[c][l]` is column c at level l.
struct Contrast {
  std::vector<std::string> names;  ///< what R appends to the factor's name: "b", "1", ".L"
  std::vector<std::vector<double>> codes;
};

/// A --contrasts option, `COL=treatment|treatment(ref)|sum|helmert|poly|{low:-0.5,high:0.5}`, read but not yet
/// resolved.
struct ContrastOption {
  std::string text;  ///< as written
  std::string column;
  std::string kind;                                              ///< treatment, sum, helmert, poly or map
  std::string reference;                                         ///< of treatment(ref); empty: the first level
  std::vector<std::pair<std::string, std::vector<double>>> map;  ///< level → codes
};

/// Throws base::Error with a caret in the option's text.
[[nodiscard]] ContrastOption parse_contrast(const std::string& text);

/// The codes for these levels, of which there are at least two. Throws base::Error where the option does not fit them.
[[nodiscard]] Contrast make_contrast(const ContrastOption& option, const std::vector<std::string>& levels);

/// contr.treatment with the first level as reference.
[[nodiscard]] Contrast treatment(const std::vector<std::string>& levels, std::size_t reference = 0);

/// A column for each level.
[[nodiscard]] Contrast indicators(const std::vector<std::string>& levels);

}  // namespace woodbury::design
