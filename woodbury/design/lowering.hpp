// From coded parts to parameters with default priors, and on to the model's graph.
#pragma once

#include <string>
#include <vector>

#include "woodbury/design/coding.hpp"
#include "woodbury/design/defaults.hpp"
#include "woodbury/design/names.hpp"
#include "woodbury/design/priors.hpp"

namespace woodbury::design {

/// A linear predictor, of the mean or of log sigma: its columns in the coded table, and how its parameters are named.
struct Predictor {
  DesignPart fixed;
  std::vector<GroupPart> groups;
  PartNames names;
};

/// How the response varies about the mean.
struct Likelihood {
  model::FamilyKind family = model::FamilyKind::gaussian;
  std::string response;  ///< columns of the coded table; empty: none
  std::string weights;
  std::string se;
};

/// Effects of one factor that share a variable. A correlated term of two or more columns is a block of its own; every
/// other column of the factor, from whichever term, is independent of the rest and shares one block. The first block of
/// a factor, in the formula's order, is `r_g` with dim `g__coef`; further ones are `r_g_2` with `g__coef_2`, …
struct Block {
  std::string factor;
  std::vector<const DesignColumn*> columns;
  bool correlated = false;
  std::string suffix;
};
[[nodiscard]] std::vector<Block> blocks(const std::vector<GroupPart>& groups);

/// The parameters of a predictor with their default priors: intercept, coefficients, sds, correlations.
[[nodiscard]] std::vector<Parameter> parameters(const Predictor& predictor, const Defaults& defaults);
/// `sigma` itself, where it is a parameter.
[[nodiscard]] Parameter residual_sd(const Defaults& defaults);

/// The model. `log_sigma` is null where sigma is one parameter, or known. Fixed columns beside an implicit intercept
/// enter less their means, as in brms: `Intercept` is internal, `b_Intercept` = Intercept − Σ mean · b is derived.
[[nodiscard]] model::Model lower(const Predictor& mean, const Predictor* log_sigma, const Likelihood& likelihood,
                                 const std::vector<Parameter>& parameters);

}  // namespace woodbury::design
