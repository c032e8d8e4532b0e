// Counts what operator new is asked for: to be included in one source of a test program, whose allocations it replaces.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace woodbury {
inline thread_local std::size_t allocations = 0;
}  // namespace woodbury

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++woodbury::allocations;
  return std::malloc(size > 0 ? size : 1);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
