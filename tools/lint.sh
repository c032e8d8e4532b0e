# Checks of the sources' layout and of mistakes a compiler does not report. Sourced by ./dev.

# The C++ files of the project; `find`, so that it also works where git is not installed.
cpp_files() {
  find woodbury python tests bench examples -name '*.[ch]pp' 2>/dev/null | LC_ALL=C sort
}

# Debian 12's clang-format is the reference: other versions break lines elsewhere.
clang_tool() {
  if command -v "$1-14" >/dev/null; then echo "$1-14"; else echo "$1"; fi
}

check_format() {
  local odd
  odd=$(cpp_files | xargs "$(clang_tool clang-format)" --dry-run 2>&1 | sed -n 's/^\([^ :]*\):[0-9].*/\1/p' | sort -u)
  [ -z "$odd" ] && return 0
  printf 'not laid out by .clang-format, which ./dev format does:\n%s\n' "$odd" >&2
  return 1
}

apply_format() {
  cpp_files | xargs "$(clang_tool clang-format)" -i
}

# Every source, or those that differ from origin/main. Without the precompiled header, which is gcc's; clang 14 cannot
# evaluate fmt's checks of format strings, which the compiler has made anyway.
check_tidy() {
  local files
  if [ "${1:-}" = --changed ]; then
    files=$(git diff --name-only --diff-filter=d origin/main -- 'woodbury/*.cpp')
  else
    files=$(find woodbury -name '*.cpp' | LC_ALL=C sort)
  fi
  [ -n "$files" ] || return 0
  note "clang-tidy of $(echo "$files" | wc -l) files"
  mkdir -p build
  cmake --preset dev -B build/lint -DWOODBURY_PCH=OFF -DWOODBURY_TESTS=OFF -DCMAKE_CXX_FLAGS=-DFMT_CONSTEVAL= \
    >build/lint.log || { cat build/lint.log; return 1; }
  echo "$files" | xargs -P "$(jobs_here)" -n 1 "$(clang_tool clang-tidy)" -p build/lint --quiet 2>build/tidy.log ||
    { grep -A 3 'rror:' build/tidy.log >&2; return 1; }
}
