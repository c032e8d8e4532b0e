// The catalogue of published models (catalogue.json): each as a user would write it, once, for tests and benches in
// every language.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::paper {

/// A model on a table of the directory WOODBURY_PAPER_DATA. A formula, or a program for the builder.
struct Entry {
  std::string name;
  std::string file;
  std::string formula;                         ///< empty: `build`
  std::function<void(model::Builder&)> build;  ///< empty: `formula`
  design::Options options;                     ///< family, priors, contrasts, sigma, as on the command line
  std::vector<std::string> factors;            ///< grouping factors in the order u_1, u_2, …
  std::string slope;                           ///< coefficient that other programs call x; empty: none
  std::vector<std::string> effect_names;       ///< of a program's effects; empty: r_FACTOR
  std::size_t declared_dims = 0;               ///< dimensions with nothing integrated
  std::vector<std::size_t> sampled_dims;       ///< with the factors' effects integrated one at a time
  /// Variable of factor i's effects, as --integrate takes it.
  [[nodiscard]] std::string effects(std::size_t i) const;
};

/// All models, in the order of the paper's tables; then InstEval with unknown scales, and sleepstudy.
[[nodiscard]] const std::vector<Entry>& catalogue();
/// Throws base::Error with the nearest name.
[[nodiscard]] const Entry& find(const std::string& name);

/// Path of an entry's table, where there is one: WOODBURY_PAPER_DATA/file, else (sleepstudy) WOODBURY_SLEEPSTUDY.
[[nodiscard]] std::optional<std::string> table_of(const Entry& entry);
/// What to set for the entry's test to run.
[[nodiscard]] std::string how_to_run(const Entry& entry);

/// Reads, binds and plans an entry. `priors` come after its own, in whose place they stand where they are as specific.
[[nodiscard]] fit::Prepared prepare(const Entry& entry, const plan::Options& plan,
                                    const std::vector<std::string>& priors = {});

}  // namespace woodbury::paper

/// Skips a test, in words, where the table is not at hand.
#define WOODBURY_NEEDS_TABLE(entry) \
  if (!::woodbury::paper::table_of(entry)) GTEST_SKIP() << ::woodbury::paper::how_to_run(entry)
