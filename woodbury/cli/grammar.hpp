// The commands and options as CLI11 reads them, before their values are looked at.
#pragma once

#include <string>
#include <vector>

#include "woodbury/cli/request.hpp"

namespace woodbury::cli {

// The words an option takes, as help and completions show them; those of a fit's options are fit's.
inline constexpr const char* kFormats = "text|csv|md|latex|json";
inline constexpr const char* kLayouts = "brms|lme4";
inline constexpr const char* kShells = "bash|zsh|fish";

/// Words as they were written: into the request what needs no reading.
struct Written {
  Request request;
  fit::Written options;  ///< by name, `--chains`
};

/// Fills `written` and returns the command's name. Throws Shown, or base::Error of kind usage.
[[nodiscard]] std::string read_words(int argc, const char* const* argv, Written& written);

/// Throws a usage error.
[[noreturn]] void usage(const std::string& message, const std::string& suggestion);

}  // namespace woodbury::cli
