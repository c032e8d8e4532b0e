// A loop whose passes run on several threads; the first exception reaches the caller.
#pragma once

#include <cstddef>
#include <functional>

namespace woodbury::base {

/// Number of threads to use for `wanted` (0: as many as the machine has cores).
[[nodiscard]] unsigned thread_count(unsigned wanted);

/// Calls body(0) … body(count − 1), each once, on up to `threads` threads (0: the machine's cores).
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body);

}  // namespace woodbury::base
