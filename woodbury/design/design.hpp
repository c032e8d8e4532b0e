// Lowers a formula and a table to a model, and keeps the coding so that new data are coded the same way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/base/base.hpp"
#include "woodbury/design/coding.hpp"
#include "woodbury/design/names.hpp"
#include "woodbury/design/priors.hpp"
#include "woodbury/formula/formula.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::design {

struct Options {
  model::FamilyKind family = model::FamilyKind::gaussian;
  std::string sigma;                   ///< a one-sided formula for log sigma; empty: ~ 1
  std::string weights;                 ///< a column; empty: none
  std::string se;                      ///< a column of known residual sds; empty: sigma is a parameter
  bool drop_missing = true;            ///< --na drop; else an incomplete row is an error
  std::vector<std::string> factors;    ///< --factor
  std::vector<std::string> numerics;   ///< --numeric
  std::vector<std::string> contrasts;  ///< --contrasts, as written
  std::vector<std::string> priors;     ///< --prior, as written
  DefaultPriors defaults = DefaultPriors::woodbury;
};

/// A formula bound to a table.
struct Bound {
  model::Model model;
  Coding coding;
  /// Of --sigma's formula, where that says more than ~ 1. Where a column of it bears the name of another one of the
  /// mean's, the model's data have it with an apostrophe added.
  std::optional<Coding> sigma_coding;
  /// The columns and factors the model names, rows used only.
  frame::Frame data;
  std::vector<PriorRow> priors;  ///< every parameter's prior as `woodbury priors` prints it
  std::size_t dropped_rows = 0;
  std::vector<std::string> warnings;  ///< said to the user, as of a slope whose column is far from zero
};

/// Columns a fit needs: of the formula, of sigma's, weights and se.
[[nodiscard]] std::vector<std::string> columns_used(const std::string& formula, const Options& options);
/// Of these, those that are always factors.
[[nodiscard]] std::vector<std::string> factor_columns(const std::string& formula, const Options& options);

/// Throws base::Error for whatever is wrong with the formula, the table or the options.
[[nodiscard]] Bound bind(const std::string& formula, frame::Frame table, const Options& options);

}  // namespace woodbury::design
