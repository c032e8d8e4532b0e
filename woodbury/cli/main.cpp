// The command `woodbury`: the one bridge from errors to exit statuses.
#include <cstdio>
#include <exception>
#include <new>

#include "woodbury/base/base.hpp"
#include "woodbury/cli/commands.hpp"
#include "woodbury/cli/interrupts.hpp"

namespace {

using woodbury::base::ErrorKind;
namespace cli = woodbury::cli;

cli::Status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::input:
      return cli::wrong_input;
    case ErrorKind::usage:
      return cli::wrong_usage;
    case ErrorKind::sampling:
      return cli::sampling_failed;
    case ErrorKind::interrupted:
      return cli::interrupted;
  }
  return cli::internal_error;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    cli::watch_interrupts();
    return cli::run(cli::parse(argc, argv));
  } catch (const cli::Shown& shown) {
    std::fputs(shown.what(), stdout);
    return cli::done;
  } catch (const woodbury::base::Error& error) {
    cli::say("error", error.describe());
    return status_of(error.kind());
  } catch (const std::bad_alloc&) {
    cli::say("error", "not enough memory");
    return cli::wrong_input;
  } catch (const std::exception& error) {
    cli::say("internal error", std::string(error.what()) + "\nThis is a bug; please report it, with the command line.");
    return cli::internal_error;
  }
}
