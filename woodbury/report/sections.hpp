// The parts of a report's contents. Internal to report.
#pragma once

#include <nlohmann/json.hpp>

#include "woodbury/answers/answers.hpp"
#include "woodbury/report/report.hpp"

namespace woodbury::report {

/// Caterpillars: effects by level with intervals and the level's own least-squares estimate.
[[nodiscard]] nlohmann::json groups(const store::Record& record, const Options& options);
/// Curves along single variables and along pairs that interact, of the average member, with the data.
[[nodiscard]] nlohmann::json conditional(const answers::Bound& bound, const Options& options);
/// Densities of the data and of replicated tables, and statistics of these.
[[nodiscard]] nlohmann::json predictive(const answers::Bound& bound, const Options& options);
/// Traces and rank counts of what was sampled.
[[nodiscard]] nlohmann::json traces(const store::Record& record);
/// Prior densities and posterior histograms of scalars whose priors have numbers as arguments.
[[nodiscard]] nlohmann::json priors(const store::Record& record);

/// A number, or null where it is not finite; six digits.
[[nodiscard]] nlohmann::json rounded(double value);
[[nodiscard]] std::vector<double> draws_of(const store::Record& record, std::size_t column);

}  // namespace woodbury::report
