// The variables behind a fit's coded columns: where the fitted rows stand, and coded rows with some of them set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "woodbury/answers/bound.hpp"
#include "woodbury/formula/formula.hpp"

namespace woodbury::answers {

/// Where the fitted rows stand along a variable.
struct Variable {
  std::string name;
  std::vector<std::string> levels;  ///< of a factor; empty: a number
  std::vector<double> rows;         ///< values or, of a factor, numbers of levels
  [[nodiscard]] bool is_factor() const { return !levels.empty(); }
};

/// By variable: a value, or the number of a level, for each row of a grid.
using Settings = std::map<std::string, std::vector<double>>;

/// A fit keeps coded columns, not the user's. A column `x` is known where it is coded by itself, by poly(x, k),
/// scale(x) or center(x), and then everything that is made of it, as I(x^2), follows it; else `log(x)` is a variable of
/// its own. The fit's record must outlive this.
class Variables {
 public:
  explicit Variables(const Bound& bound);

  /// Of the fixed part's columns, in their order; and pairs of which a column is a product. None of a built model.
  [[nodiscard]] std::vector<std::string> fixed() const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> interacting() const;
  /// A variable of the formula, a grouping factor, or a column of a built model; nothing where the rows do not tell.
  [[nodiscard]] std::optional<Variable> find(const std::string& name) const;
  /// What `find` finds.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Coded rows. What is not set is at its mean over the fitted rows, products' parts included; factors of groups that
  /// are not set are left out. Throws base::Error where a product's other part is not known by itself.
  [[nodiscard]] frame::Frame coded(const Settings& settings) const;
  /// Whether `coded` can be had with these set.
  [[nodiscard]] bool tells(const std::vector<std::string>& set) const;

 private:
  using Product = std::vector<design::Piece>;
  /// A coding, and the table's columns that each of its variables is a function of.
  struct Source {
    const design::Coding* coding;
    std::map<std::string, std::vector<std::string>> columns;
  };
  [[nodiscard]] static Source source_of(const design::Coding& coding);
  /// Names by which a variable is set.
  [[nodiscard]] std::vector<std::string> keys(const Source& source, const std::string& variable) const;
  [[nodiscard]] std::vector<std::string> keys(const Source& source, const Product& product) const;
  [[nodiscard]] std::pair<const Source*, const Product*> product(const std::string& column) const;
  /// A piece at the fitted rows, from the column that is this piece alone; null where there is none.
  [[nodiscard]] const frame::Numbers* rows_of(const Source& source, const design::Piece& piece) const;
  /// A piece at a grid's rows; nothing where none of its keys is set.
  [[nodiscard]] std::optional<frame::Numbers> grid_of(const Source& source, const design::Piece& piece,
                                                      const Settings& settings) const;
  [[nodiscard]] std::vector<double> column(const std::string& name, const Settings& settings) const;
  [[nodiscard]] std::optional<frame::Factor> factor(const std::string& name, const Settings& settings) const;
  [[nodiscard]] std::optional<std::vector<double>> number(const std::string& name) const;
  [[nodiscard]] std::optional<Variable> coded_factor(const Source& source, const std::string& name) const;

  const frame::Frame& data_;
  std::string response_;
  std::vector<Source> sources_;  ///< of the mean, and of log sigma
};

}  // namespace woodbury::answers
