// From terms to columns: contrasts, transformations and centring, by R's rules, kept for new data.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/design/learnt.hpp"
#include "woodbury/formula/formula.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::design {

/// A design column: its name as R and brms write it ("Intercept", "x:fb", "poly(x, 2)1") and the data column that
/// holds it (`name` of the coded frame; empty for the intercept's ones).
struct DesignColumn {
  std::string name;         ///< R's: "(Intercept)" is "Intercept" here; "poly(x, 2)1"
  std::string data;         ///< column of the coded frame; empty: all ones
  double mean = 0, sd = 0;  ///< over the rows of the fit
  bool indicator = false;   ///< of factors alone, each by an indicator of every level: `0 + f`, `0 + f:h`
};

/// Columns of a fixed or a group-level part.
struct DesignPart {
  std::vector<DesignColumn> columns;
  bool intercept = false;            ///< the first column is the implicit 1
  bool raw_intercept = false;        ///< `0 + Intercept`
  std::vector<std::string> offsets;  ///< columns of the coded frame to add
};

struct GroupPart {
  DesignPart design;
  std::string factor;  ///< factor of the coded frame: "g" or "g:h"
  bool correlated = true;
};

/// How each variable of a formula is evaluated and coded: everything learnt from the first table (levels, contrast
/// matrices, centres, scales, polynomial coefficients), so that `apply` codes new rows alike.
class Coding {
 public:
  /// Learns from a table, whose incomplete rows have been dropped. `contrasts` are the options as written.
  /// With `coded`, also hands back what `apply` gives for this table.
  /// Throws base::Error with a caret: an unknown column, a value that is not finite, a factor of one level, ….
  static Coding learn(const formula::Formula& formula, const frame::Frame& table,
                      const std::vector<std::string>& contrasts, frame::Frame* coded = nullptr);

  [[nodiscard]] const DesignPart& fixed() const { return fixed_; }
  [[nodiscard]] const std::vector<GroupPart>& groups() const { return groups_; }
  [[nodiscard]] const std::string& response() const { return response_; }  ///< column of the coded frame; may be ""
  [[nodiscard]] const formula::Formula& formula() const { return formula_; }
  [[nodiscard]] const Learnt& learnt() const { return learnt_; }

  /// Codes a table: numeric design columns, offsets, grouping factors, response. A column that is the table's own is
  /// shared, not copied. A grouping label not learnt is −1; grouping factors and the response are left out where the
  /// table lacks their columns; without any coded column the table's first is kept, so that the rows are known.
  /// Throws base::Error naming an unknown level of a design column.
  [[nodiscard]] frame::Frame apply(const frame::Frame& table) const;

  /// The same of one factor of a product, a function of numeric columns: a row each.
  [[nodiscard]] frame::Numbers values(const Piece& piece, const frame::Frame& table) const;

  [[nodiscard]] nlohmann::json to_json() const;
  static Coding from_json(const nlohmann::json& json);

 private:
  formula::Formula formula_;
  Learnt learnt_;
  DesignPart fixed_;
  std::vector<GroupPart> groups_;
  std::string response_;
};

}  // namespace woodbury::design
