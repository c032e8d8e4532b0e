// Storage that begins on a cache line, as wide vector loads like it.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace woodbury::linalg {

inline constexpr std::size_t kCacheLine = 64;

template <class T>
struct CacheAligned {
  using value_type = T;
  CacheAligned() = default;
  template <class U>
  explicit CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{kCacheLine})); }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{kCacheLine}); }
  bool operator==(const CacheAligned&) const = default;
};

using AlignedVector = std::vector<double, CacheAligned<double>>;

}  // namespace woodbury::linalg
