// The commands: what each prints on standard output, and the exit status it ends with.
#pragma once

#include "woodbury/cli/request.hpp"

namespace woodbury::cli {

/// Exit statuses of the program.
enum Status : int {
  done = 0,
  wrong_input = 1,
  wrong_usage = 2,
  sampling_failed = 3,
  diagnostics_failed = 4,
  internal_error = 70,
  interrupted = 130,
};

[[nodiscard]] Status run(const Request& request);

/// A line for the user on standard error: "warning: …", "error: …".
void say(const char* kind, const std::string& text);

}  // namespace woodbury::cli
