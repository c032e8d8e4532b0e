// What is asked of a fit in words, and answered in tables: alike from the command line and the language packages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/answers/conditional.hpp"
#include "woodbury/answers/predict.hpp"
#include "woodbury/answers/prediction_draws.hpp"
#include "woodbury/answers/table.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::answers {

/// The words for a `Quantity`, in its order.
inline constexpr const char* kQuantities = "response|mean|median|linpred";

struct Question {
  std::string what;        ///< ranef, coef, varcorr, hypotheses, predict, fitted, residuals or conditional
  PredictOptions options;  ///< `prob` and `threads` of every answer; new rows as they are given
  std::vector<std::string> hypotheses;
  std::optional<std::size_t> draws = {};   ///< of predict, fitted or residuals, in place of a table; 0: all
  std::optional<std::uint64_t> seed = {};  ///< of draws; absent: the fit's
  ConditionalQuestion conditional = {};
};

/// From the options `prob`, `kind` (of predict `response`, else `mean`), `effects` (all, none, new:FACTOR),
/// `hypothesis`, `draws` (a number, all), `seed`, `threads`, and of conditional `along`, `by` and `at` (name, value,
/// name, value, …); its group effects are none unless it says so. Throws base::Error where one is wrong.
[[nodiscard]] Question read_question(const std::string& what, const fit::Written& written);

/// `data`: the rows to predict; no other question looks at it. Effects that a fit did not keep are drawn again.
[[nodiscard]] std::vector<Table> ask(const store::Record& record, const Question& question,
                                     const frame::Frame& data = {});

/// Draws of what `ask` describes by means and intervals. The bound fit must outlive them.
[[nodiscard]] PredictionDraws ask_draws(const Bound& bound, const Question& question, const frame::Frame& data = {});

}  // namespace woodbury::answers
