// The signal handler: it touches two flags and nothing else.
#include "woodbury/cli/interrupts.hpp"

#include <csignal>

#include <unistd.h>

#include "woodbury/cli/commands.hpp"

namespace woodbury::cli {

namespace {

std::atomic<bool> gentle{false};
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch what is lock-free");

void on_interrupt(int) {
  if (!gentle) _exit(interrupted);
  stop = true;
}

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // used once: the next interrupt has its usual effect
  sigaction(SIGINT, &action, nullptr);
}

const std::atomic<bool>& stop_gently() {
  gentle = true;
  return stop;
}

}  // namespace woodbury::cli
