// Front door of plan: which Gaussian variables are integrated, by which kernel, and why.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
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

namespace woodbury::plan {

/// What the user asks of the planner.
struct Options {
  /// auto | all | none | names separated by commas: grouping factors, variables, or `fixed`.
  std::string integrate = "auto";
  /// Factor or variable → centred | noncentred | auto.
  std::map<std::string, std::string> parametrisation = {};
  bool reduce = true;  ///< rotate equal levels together and merge equal rows, where that leaves fewer
};

enum class Action { integrate, sample_centred, sample_noncentred };

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
  double microseconds = 0;        ///< predicted, a value with gradient
  double gradients_per_draw = 0;  ///< predicted, an effective draw
  bool chosen = false;
  [[nodiscard]] double price() const { return microseconds * gradients_per_draw; }
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
  std::map<model::VariableId, Action> actions;  ///< of every Gaussian variable
  LinearModel linear;
  kernels::Roles roles;  ///< of the linear model's blocks
  bool reduce = true;
  std::vector<Reduced> reductions;
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
