// Completions of the three common shells, written from the same description as the help.
#pragma once

#include <string>
#include <vector>

#include "woodbury/cli/request.hpp"

namespace woodbury::cli {

/// The script for `shell` (bash, zsh or fish); the first of `commands` is the program itself.
[[nodiscard]] std::string completions(const std::string& shell, const std::vector<CommandText>& commands);

}  // namespace woodbury::cli
