// Front door of fit, the façade: from a formula or a model and a table to a posterior. The only place that sees it all.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "woodbury/design/design.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/draws/draws.hpp"
#include "woodbury/fit/evaluator.hpp"
#include "woodbury/fit/options.hpp"
#include "woodbury/fit/written.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/nuts/nuts.hpp"
#include "woodbury/plan/plan.hpp"
#include "woodbury/recover/recover.hpp"
#include "woodbury/store/store.hpp"

namespace woodbury::fit {

/// A model bound to its data and planned: what `explain` and `priors` show, and `run` samples.
struct Prepared {
  std::string formula;  ///< empty for a built model
  model::Model model;
  frame::Frame data;
  plan::Plan plan;
  std::optional<design::Coding> coding;
  std::optional<design::Coding> sigma_coding;
  std::vector<std::string> columns;  ///< of the table, before coding; those of `factors` read as labels
  std::vector<std::string> factors;
  std::string family = "gaussian";
  std::vector<design::PriorRow> priors;
  std::size_t dropped_rows = 0;
  std::vector<std::string> warnings;
  frame::Source source;
  std::map<std::string, double> seconds;  ///< read, bind, plan
};

/// parse → bind → gather moments → make_plan. Reads only the columns used.
[[nodiscard]] Prepared prepare(const std::string& formula, const std::string& csv_path, const Options& options);
[[nodiscard]] Prepared prepare(const std::string& formula, const frame::Frame& table, const Options& options);
/// Columns to hand over in a table of one's own: those a formula and the options use. Throws base::Error, with the
/// place in the formula, where one is not among `available`.
[[nodiscard]] std::vector<std::string> columns_used(const std::string& formula,
                                                    const std::vector<std::string>& available, const Options& options);
/// A model from the builder or model.json; its columns and factors are the table's.
[[nodiscard]] Prepared prepare(const model::Model& model, const frame::Frame& table, const Options& options);
[[nodiscard]] Prepared prepare(const model::Model& model, const std::string& csv_path, const Options& options);
/// Columns that a built model needs of a table; throws base::Error where one is not among `available`.
[[nodiscard]] std::vector<std::string> columns_used(const model::Model& model,
                                                    const std::vector<std::string>& available);
[[nodiscard]] Prepared prepare_model_file(const std::string& model_path, const std::string& csv_path,
                                          const Options& options);

/// A plan.json for `Options::plan.replay`.
[[nodiscard]] nlohmann::json read_plan(const std::string& path);

/// compile → sample → recover → summarize. Setting `stop` ends sampling at the next draw; the record then holds what
/// there is and says `interrupted`.
[[nodiscard]] store::Record run(const Prepared& prepared, const Options& options,
                                const std::function<void(const nuts::Progress&)>& progress = {},
                                const std::atomic<bool>* stop = nullptr);

/// Means and sds of integrated effects from their conditional moments, which draws would only add noise to.
void improve(diagnose::Summary& summary, const std::vector<recover::Estimate>& analytic);

/// The summary in brms's layout, with central intervals of probability `prob`: the plan's line, rows used and dropped,
/// seed, version, estimates by part, warnings, times of each stage.
[[nodiscard]] std::string summary_text(const store::Record& record, double prob = 0.95);

/// `woodbury priors`: a table of parameter, target, prior and where it came from; and these as a list of objects.
[[nodiscard]] std::string priors_text(const Prepared& prepared);
[[nodiscard]] nlohmann::json priors_json(const Prepared& prepared);

[[nodiscard]] std::string version();

}  // namespace woodbury::fit
