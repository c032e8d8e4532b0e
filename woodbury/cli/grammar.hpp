// The commands and options as CLI11 reads them, before their values are looked at.
#pragma once

#include <string>
#include <vector>

#include "woodbury/cli/request.hpp"

namespace woodbury::cli {

// The words an option takes, as help and completions show them.
inline constexpr const char* kFamilies = "gaussian|lognormal";
inline constexpr const char* kDefaults = "woodbury|brms";
inline constexpr const char* kMissing = "drop|error";
inline constexpr const char* kAlgorithms = "nuts|hmc";
inline constexpr const char* kReduce = "auto|none";
inline constexpr const char* kKeep = "all|hyper";
inline constexpr const char* kFormats = "text|csv|md|latex|json";
inline constexpr const char* kLayouts = "brms|lme4";
inline constexpr const char* kQuantities = "response|mean|median|linpred";
inline constexpr const char* kShells = "bash|zsh|fish";
inline constexpr const char* kParametrisations = "centred|noncentred|auto";

/// Options as they were written.
struct Written {
  Request request;
  std::string family = "gaussian", defaults = "woodbury", missing = "drop", algorithm = "nuts", keep = "all",
              reduce = "auto";
  std::string chains = "4", warmup = "auto", draws = "1000", threads = "0", accept = "0.8", depth = "10", init = "auto";
  std::string seed, prob = "0.95", refits = "0", copies = "100", predicted = "none";
  std::vector<std::string> parametrisations, without;
};

/// Fills `written` and returns the command's name. Throws Shown, or base::Error of kind usage.
[[nodiscard]] std::string read_words(int argc, const char* const* argv, Written& written);

/// Throws a usage error.
[[noreturn]] void usage(const std::string& message, const std::string& suggestion);

}  // namespace woodbury::cli
