// Priors as users write them, TARGET ~ DIST, and which parameter each of them is for.
#pragma once

#include <string>
#include <vector>

#include "woodbury/model/model.hpp"

namespace woodbury::design {

enum class DefaultPriors { woodbury, brms };

/// A row of `woodbury priors`: the parameter, the most specific target that names it, its prior with resolved numbers,
/// and where that came from ("default", or the option as written).
struct PriorRow {
  std::string parameter;
  std::string target;
  std::string prior;
  std::string source;
};

/// Which values a parameter may take; what its prior must fit.
enum class Domain { real, positive, correlation };

/// A parameter of the model with the names a target may call it by.
struct Parameter {
  std::string name;         ///< of the variable: "b_x", "sd_g__x", "cor_g"
  std::string prior_class;  ///< "b", "sd", "Intercept_sigma", …
  std::string group;        ///< of sd and cor
  std::string coefficient;  ///< of b and sd, as brms writes it
  Domain domain = Domain::real;
  model::Prior prior;
  std::string source = "default";

  /// "b(x)", "sd(g, x)", "cor(g)", "sigma".
  [[nodiscard]] std::string target() const;
};

/// Gives each parameter the user's most specific prior, at equal rank the later. Throws base::Error placed in the
/// prior's text: no such class, group, coefficient or distribution, or a support that does not fit.
void apply_priors(const std::vector<std::string>& texts, std::vector<Parameter>& parameters);

[[nodiscard]] std::vector<PriorRow> prior_rows(const std::vector<Parameter>& parameters);

}  // namespace woodbury::design
