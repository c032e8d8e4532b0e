// Functions compiled for several instruction sets, of which the loader takes the best that the processor has.
#pragma once

// Clones are resolved before a sanitizer's runtime is up: sanitized builds have the plain ones.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define WOODBURY_CLONES __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define WOODBURY_CLONES
#endif
