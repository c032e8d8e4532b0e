// Values of the expressions in a formula: log(x), I(x^2), scale(x); what scale() and center() learn is kept.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "woodbury/formula/formula.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::design {

/// What scale() or center() takes off and divides by.
struct Standard {
  double center = 0;
  double scale = 1;
};

/// By the deparsed call, "scale(log(x))".
using Standards = std::map<std::string, Standard>;

/// Evaluates arithmetic over the numeric columns of one table.
class Evaluator {
 public:
  /// With `learning`, constants not yet in `standards` are computed from the table and added.
  Evaluator(const formula::Formula& formula, const frame::Frame& table, Standards& standards, bool learning);

  /// Throws base::Error where a column is absent or a factor.
  [[nodiscard]] std::vector<double> values(const formula::Node& node) const;
  /// The same, and throws where a value is not finite, naming the expression and the first such row.
  [[nodiscard]] std::vector<double> finite_values(const formula::Node& node) const;

 private:
  [[nodiscard]] std::vector<double> column(const formula::Node& name) const;
  [[nodiscard]] std::vector<double> call(const formula::Node& node) const;
  [[nodiscard]] std::vector<double> standardised(const formula::Node& node) const;
  [[nodiscard]] std::vector<double> binary(const formula::Node& node) const;

  const formula::Formula& formula_;
  const frame::Frame& table_;
  Standards& standards_;
  bool learning_;
  std::vector<std::string> grouping_;  ///< columns right of a `|`, factors even where the table has numbers
};

/// Throws base::Error with a caret where the table has no such column: "no column `Day`; did you mean `Days`?"
void require_column(const formula::Formula& formula, const formula::Node& name, const frame::Frame& table);

/// Throws base::Error naming `node` and the first row whose value is not finite.
void require_finite(const formula::Formula& formula, const formula::Node& node, const frame::Frame& table,
                    std::span<const double> values);

/// Mean and standard deviation (n − 1), in long double.
struct MeanSd {
  double mean = 0;
  double sd = 0;
};
[[nodiscard]] MeanSd mean_sd(std::span<const double> values);

}  // namespace woodbury::design
