// Options of a fit: for the engine, and as the command line and the language packages are given them.
#pragma once

#include "woodbury/design/design.hpp"
#include "woodbury/fit/written.hpp"
#include "woodbury/nuts/nuts.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::fit {

struct Options {
  design::Options design;
  plan::Options plan;
  nuts::Options sampler;
  bool tune = false;        ///< --tune: candidates' gradients are timed, and the plan chosen by that
  bool keep_hyper = false;  ///< --keep hyper: only what was sampled is recovered and stored
};

// The words an option takes, as help and completions show them.
inline constexpr const char* kFamilies = "gaussian|lognormal";
inline constexpr const char* kDefaults = "woodbury|brms";
inline constexpr const char* kMissing = "drop|error";
inline constexpr const char* kAlgorithms = "nuts|hmc";
inline constexpr const char* kReduce = "auto|none";
inline constexpr const char* kKeep = "all|hyper";
inline constexpr const char* kParametrisations = "centred|noncentred|auto";

/// From texts; factor, numeric, contrasts, prior, parametrisation and without may be repeated. Throws base::Error where
/// one is wrong. A seed that is not given is drawn; options that are not a fit's are not looked at.
[[nodiscard]] Options read_options(const Written& written);

}  // namespace woodbury::fit
