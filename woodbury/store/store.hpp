// Front door of store: fit folders, written whole or not at all, and read back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/draws/draws.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::store {

/// Everything a fit folder holds; the façade fills it.
struct Record {
  draws::Draws draws;  ///< constrained, the integrated effects included
  diagnose::Summary summary;
  nlohmann::json model;                ///< model.json: graph, coding, priors, data {path, rows, sha256}
  nlohmann::json plan;                 ///< plan.json
  nlohmann::json run;                  ///< run.json: options given and used, seed, versions, machine, timings
  frame::Frame data;                   ///< the rows used: responses, design columns, grouping factors
  std::vector<std::string> responses;  ///< their columns in `data`
  std::size_t declared_dims = 0, sampled_dims = 0;
  std::size_t warmup = 0, thin = 1;
  std::uint64_t seed = 0;
  std::string algorithm = "nuts";  ///< "nuts" or "hmc"
  int max_depth = 10;
  double target_accept = 0.8;
  std::string version;
  std::string created_at;                 ///< ISO 8601, UTC
  std::map<std::string, double> seconds;  ///< by stage, and "total"
  bool interrupted = false;
  bool csv_arrays = true;  ///< whether the chains' CSV hold arrays, too, and not scalars alone
};

/// Bytes a folder will take: doubles in posterior.nc and their shortest text in the chains' CSV. What `--keep all` is
/// held against before the draws are made.
[[nodiscard]] std::uint64_t stored_bytes(const std::vector<draws::Variable>& variables, std::size_t chains,
                                         std::size_t draws);
/// Checks before a fit that the variables can be told apart in every file: base::Error naming the two that cannot.
void check_names(const std::vector<draws::Variable>& variables);

/// A name netCDF accepts: no `/`, no control characters, no space at its end, no punctuation first.
[[nodiscard]] std::string netcdf_name(const std::string& name);
/// The variables under their names in posterior.nc, dims too: those of one name have the same labels.
[[nodiscard]] std::vector<draws::Variable> netcdf_variables(std::vector<draws::Variable> variables);

/// Writes the folder beside `folder` and renames it into place. Throws base::Error where it exists (unless
/// `overwrite`) or cannot be written; then nothing is left behind, and a folder to be overwritten stays as it was.
/// Only an empty folder or an earlier fit is ever overwritten. Not limited to complete fits: chains may differ in
/// length.
void write(const std::string& folder, const Record& record, bool overwrite);
/// Checks before a fit that `write` will be able to: base::Error where the folder exists or its parent is not writable.
void check_writable(const std::string& folder, bool overwrite);
/// Reads a folder back from posterior.nc and the JSON files; after an interrupt, as many draws as the shortest chain
/// has. Grouping factors come back with all their levels. Throws base::Error naming the file that is missing or broken.
[[nodiscard]] Record read(const std::string& folder);

/// summary.json of a record, as the contract has it.
[[nodiscard]] nlohmann::json summary_json(const Record& record);
/// The text of a JSON file of the folder: `file` is run, summary, plan, model or names.
[[nodiscard]] std::string json_text(const Record& record, const std::string& file);

/// What the sampler says of each draw, under ArviZ's names; chains × draws of the shortest chain.
struct Statistic {
  enum class Kind { real, integer, boolean };
  std::string name;
  Kind kind = Kind::real;
  std::vector<double> values;
};
[[nodiscard]] std::vector<Statistic> sampler_statistics(const Record& record);

/// The draws as a table, a row a draw: `chain` and `draw`, counted from 0, and every column of the draws, which is lent
/// by `by_column` (`Draws::by_column`) and not copied.
[[nodiscard]] frame::Frame draws_table(const draws::Draws& draws,
                                       const std::shared_ptr<const std::vector<double>>& by_column);

}  // namespace woodbury::store
