// Ctrl-C: before sampling it ends the program at once, during sampling it asks for what there is, twice it kills.
#pragma once

#include <atomic>

namespace woodbury::cli {

/// Takes over SIGINT; until `stop_gently` an interrupt exits with 130 and nothing is left behind.
void watch_interrupts();
/// From here on the first interrupt sets the flag that is returned, and the second ends the program.
const std::atomic<bool>& stop_gently();

}  // namespace woodbury::cli
