// Names of variables, dims and columns in the formats of a fit folder, and names.json, which maps them back.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/store/store.hpp"

namespace woodbury::store {

/// What one variable is called in the files.
struct FileNames {
  std::string csv;     ///< ASCII letters, digits and `_`, with a letter first: safe in R and CmdStan's readers
  std::string netcdf;  ///< the name itself, less what netCDF forbids
  std::vector<std::string> dims;  ///< in netCDF, one a dim of the variable
};

/// Names of all variables. A dim that would bear a variable's name, or has other labels than the first dim so called,
/// gets a name of its own. Throws base::Error where two variables would share a name in one of the files.
[[nodiscard]] std::vector<FileNames> file_names(const std::vector<draws::Variable>& variables);

/// Storage indices (row-major) of a variable's elements in the order of CmdStan's columns (column-major).
[[nodiscard]] std::vector<std::size_t> column_major(const draws::Variable& variable);

/// A variable's CSV columns in CmdStan's order: `sigma`, or `r_g.1.1`, `r_g.2.1`, …, counted from 1.
[[nodiscard]] std::vector<std::string> csv_columns(const draws::Variable& variable, const std::string& csv);

/// The text of names.json: `columns` (CSV column → name, dims, labels), one a line, and `variables` in order. Without
/// `arrays`, scalars alone are columns.
[[nodiscard]] std::string names_text(const std::vector<draws::Variable>& variables, bool arrays = true);

/// A variable of names.json with its name in posterior.nc.
struct NamedVariable {
  draws::Variable variable;
  std::string netcdf;
};
[[nodiscard]] std::vector<NamedVariable> variables_of_names(const nlohmann::json& names);

}  // namespace woodbury::store
