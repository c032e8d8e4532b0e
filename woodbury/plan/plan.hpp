// Front door of plan: which Gaussian variables are integrated, by which kernel, and why.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/frame/frame.hpp"
#include "woodbury/kernels/kernels.hpp"
#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"
#include "woodbury/plan/cells.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/even.hpp"
#include "woodbury/plan/linear.hpp"
#include "woodbury/plan/stack.hpp"
#include "woodbury/plan/strata.hpp"

namespace woodbury::plan {

/// What the user asks of the planner.
struct Options {
  /// auto | all | none | names separated by commas: grouping factors, variables, or `fixed`.
  std::string integrate = "auto";
  /// Factor or variable → centred | noncentred | auto.
  std::map<std::string, std::string> parametrisation = {};
  bool reduce = true;  ///< false: without any of the reductions
  /// Rules that are switched off, by name (`rules/rules.hpp`).
  std::set<std::string, std::less<>> without = {};
  /// Measured microseconds a gradient of candidates by what they integrate ("subj, fixed"), in place of predictions.
  std::map<std::string, double> measured = {};
  /// A plan.json whose decisions are to be taken over; `integrate` and `parametrisation` then play no part.
  std::optional<nlohmann::json> replay = {};
};

enum class Action { integrate, sample_centred, sample_noncentred, sample_by_level };

/// Which levels of a sampled effect are centred, and the information n τ²/σ² that says so, the median of the levels'.
struct Centring {
  std::vector<bool> centred;
  double information = 0;
};

/// What becomes of one Gaussian variable, and why.
struct Decision {
  model::VariableId variable = -1;
  std::string name;
  std::string structure;  ///< "18 levels × 2 coefficients, correlated", "a scalar"
  std::size_t dims = 0;
  bool integrable = false;
  Action action = Action::integrate;
  std::string reason;
};

/// A set of factors that was considered, and its price.
struct Candidate {
  std::string integrated;  ///< "subj, fixed"; "nothing"
  std::size_t sampled_dims = 0;
  std::size_t tail = 0;           ///< size of the dense tail
  double microseconds = 0;        ///< of a gradient, predicted or, with --tune, measured, and the sampler's own work
  double condition = 1;           ///< κ of what is sampled, given the scales
  double gradients_per_draw = 0;  ///< predicted, an effective draw, warm-up included
  bool chosen = false;
  [[nodiscard]] double price() const { return microseconds * gradients_per_draw; }
};

/// What was or was not done under a rule's name.
struct RuleNote {
  enum class State { applied, idle, off };
  std::string rule, does;
  State state = State::idle;
};

/// What a reduction made of a factor's levels, of all effects, or of the rows.
struct Reduced {
  std::string rule;
  std::string factor;
  std::size_t levels = 0, left = 0;
};

struct Plan {
  model::Model model;  ///< the model with the nodes the plan refers to
  std::set<model::VariableId> integrated;
  std::map<model::VariableId, Action> actions;                    ///< of every Gaussian variable
  std::map<model::VariableId, std::vector<bool>> centred_levels;  ///< of those sampled by level
  LinearModel linear;
  kernels::Roles roles;                        ///< of the linear model's blocks
  std::set<std::string, std::less<>> without;  ///< rules that are switched off
  [[nodiscard]] bool on(std::string_view rule) const { return !without.contains(rule); }
  std::vector<Reduced> reductions;
  std::vector<RuleNote> rules;
  std::vector<Decision> decisions;
  std::vector<Candidate> candidates;  ///< the chosen one first, then by price
  std::string kernel;                 ///< in words
  std::string data_path;              ///< "cross-products: …" or "rows: …", and why
  std::string reason;                 ///< of the choice
  std::size_t declared_dims = 0, sampled_dims = 0;
  /// "46 declared dimensions, 4 sampled: integrated are r_Subject and 2 fixed effects".
  [[nodiscard]] std::string line() const;
  /// "subj 42 → 2: levels that …"; empty where no levels were reduced (the rows are in `data_path`).
  [[nodiscard]] std::string reduction_words() const;
};

/// Detects, prices the candidates and chooses. Depends on the model, the table and the options alone, never on the
/// clock. Throws base::Error where the options name something unknown, or something that cannot be integrated (with the
/// reason).
[[nodiscard]] Plan make_plan(const model::Model& model, const frame::Frame& table, const Options& options);

/// The plan as `woodbury explain` prints it, and as plan.json.
[[nodiscard]] std::string to_text(const Plan& plan);
[[nodiscard]] nlohmann::json to_json(const Plan& plan);

/// Elements of a variable: levels × coefficients; a correlation matrix counts its free entries.
[[nodiscard]] std::size_t dims_of(const model::Model& model, model::VariableId variable, const frame::Frame& table);

}  // namespace woodbury::plan
