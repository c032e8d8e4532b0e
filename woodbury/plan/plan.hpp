// Front door of plan: which Gaussian variables are integrated, by which kernel, and why.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/model/model.hpp"
#include "woodbury/moments/moments.hpp"

namespace woodbury::plan {

/// What the user asks of the planner.
struct Options {
  std::string integrate = "auto";                      ///< auto | all | none | a list of factors, terms, variables or `fixed`
  std::map<std::string, std::string> parametrisation;  ///< factor or variable → centred | noncentred | auto
};

enum class Action { integrate, sample_centred, sample_noncentred };

/// What becomes of one Gaussian variable, and why.
struct Decision {
  model::VariableId variable = -1;
  std::string name;
  std::string structure;  ///< "18 levels × 2 coefficients, correlated"
  std::size_t dims = 0;
  bool integrable = false;
  Action action = Action::integrate;
  std::string reason;
};

/// A candidate that was considered: its set in words and its price.
struct Candidate {
  std::string integrated;
  std::size_t sampled_dims = 0;
  double gradient_flops = 0;
  double gradients_per_draw = 0;
  bool chosen = false;
};

struct Plan {
  std::set<model::VariableId> integrated;
  std::map<model::VariableId, Action> actions;  ///< of every Gaussian variable
  std::vector<Decision> decisions;
  std::vector<Candidate> candidates;
  std::string kernel;                           ///< in words
  std::string data_path;                        ///< "moments" or "rows", and why
  std::string eliminated;                       ///< the factor eliminated first; empty: none
  std::size_t declared_dims = 0, sampled_dims = 0;
  /// "185 declared dimensions, 7 sampled: …", one line for the summary.
  [[nodiscard]] std::string line() const;
};

/// Plan as `woodbury explain` prints it, and as plan.json.
[[nodiscard]] std::string to_text(const Plan& plan);
[[nodiscard]] nlohmann::json to_json(const Plan& plan);

}  // namespace woodbury::plan
