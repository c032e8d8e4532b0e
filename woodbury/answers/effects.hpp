// What users of lme4 and brms ask first: group effects, coefficients by level, variance components, hypotheses.
#pragma once

#include <string>
#include <vector>

#include "woodbury/answers/table.hpp"
#include "woodbury/store/store.hpp"

namespace woodbury::answers {

/// Intervals are central, of probability `prob`; the columns name it: `l-95% CI`.
/// The record must hold the effects' draws: `with_effects` redraws them.

/// By level and coefficient, a table a grouping factor: a formula's r_g, and of a built model whatever has a value for
/// each level of a factor, series too.
[[nodiscard]] std::vector<Table> ranef(const store::Record& record, double prob);
/// Population coefficient plus group effect by level, draw by draw.
[[nodiscard]] std::vector<Table> coef(const store::Record& record, double prob);
/// Sds, variances and correlations; where there is one residual sd also shares of variance: by factor (ICC; of slopes
/// the variance averages over the rows, Johnson 2014), marginal and conditional R² (Nakagawa and Schielzeth 2013).
[[nodiscard]] std::vector<Table> varcorr(const store::Record& record, double prob);
/// 'Days > 5', '2 * Days = Intercept', 'sd_Subject__Days < 10': a row each, with the estimate of left − right and, of
/// an inequality, its posterior probability and odds. Names are variables, elements `r_g[a,x]`, or coefficients without
/// b_. Throws base::Error with a caret.
[[nodiscard]] Table hypotheses(const store::Record& record, const std::vector<std::string>& written, double prob);
/// Scalars (with `effects` all) with estimate, error, interval and diagnostics.
[[nodiscard]] Table estimates(const store::Record& record, double prob, bool effects);
/// The summary in lme4's layout: random effects, then fixed effects.
[[nodiscard]] std::vector<Table> lme4_summary(const store::Record& record, double prob);

/// Mean, sd and interval of draws, as cells; `l-95% CI` and `u-95% CI`.
[[nodiscard]] std::vector<Cell> described(std::vector<double> draws, double prob);
[[nodiscard]] std::vector<std::string> interval_names(double prob);

}  // namespace woodbury::answers
