// Leave-one-out: how well rows, or whole groups, are predicted from the others; exact given each draw's
// hyperparameters.
//
// Given φ the predictive density of the rows j left out is Gaussian: with Q the precision of the integrated effects,
// M = W − WAQ⁻¹AᵀW, y_j | y_−j has precision M_jj. Over φ, draws are reweighted by 1/p(y_j | y_−j, φ), smoothed.
#pragma once

#include <string>
#include <vector>

#include "woodbury/answers/bound.hpp"
#include "woodbury/answers/response.hpp"
#include "woodbury/answers/table.hpp"

namespace woodbury::answers {

/// A k-hat above which a unit's weights say little.
inline constexpr double kBadShape = 0.7;

struct LooOptions {
  std::string by = "row";  ///< or a grouping factor: its levels are left out whole
  std::size_t refits = 0;  ///< units with a bad k-hat are fitted anew without their rows, up to so many
  bool refit_all = false;  ///< whatever k-hat says: brute force
  double flops = 2e12;     ///< operations above which draws are thinned, to 400 at least: a minute or two
  unsigned threads = 0;
};

/// One unit left out.
struct LeftOut {
  std::string label;  ///< of a level; a row's number
  double elpd = 0;    ///< log p(y_j | y_−j), on the response's scale
  double k = 0;       ///< k-hat; 0 where it was refitted
  double lpd = 0;     ///< log p(y_j | y): of the effective number of parameters
  bool refitted = false;
};

struct Loo {
  std::string by = {}, response = {};
  std::vector<LeftOut> units = {};
  Responses responses = {};      ///< fits of other rows or responses are not compared
  std::size_t stride = 1;        ///< every stride-th draw was used: all, unless these would cost minutes
  double monte_carlo_error = 0;  ///< of the sum of those not refitted, whose terms share the draws
  [[nodiscard]] double elpd() const;
  [[nodiscard]] double standard_error() const;
  [[nodiscard]] double parameters() const;  ///< p_loo: Σ lpd − elpd
  [[nodiscard]] std::size_t bad() const;    ///< units with a bad k-hat, not refitted
};

/// Rows are worked in blocks, so that draws × rows are never held at once. Effects of the group left out that were
/// sampled are integrated at its level, given all others' values: their conditional is Gaussian.
[[nodiscard]] Loo loo(const store::Record& record, const LooOptions& options);

[[nodiscard]] std::vector<Table> loo_tables(const Loo& loo, bool pointwise);
/// Fits by falling elpd with differences from the best and their standard errors. Throws base::Error where rows,
/// responses or units differ.
[[nodiscard]] Table compare(const std::vector<std::string>& names, const std::vector<Loo>& loos);

}  // namespace woodbury::answers
