# Switches of the build, and the compiler flags every target of ours shares.
option(WOODBURY_TESTS "Build the tests" ON)
option(WOODBURY_BENCH "Build the micro-benchmarks" OFF)
option(WOODBURY_FUZZ "Build the libFuzzer targets (clang)" OFF)
if(DEFINED SKBUILD)
  set(install_default OFF)   # a wheel installs what python/ says
else()
  set(install_default ON)
endif()
option(WOODBURY_INSTALL "Install the libraries, headers and program" ${install_default})
option(WOODBURY_PCH "Use one precompiled header" ON)
set(WOODBURY_PYTHON "" CACHE FILEPATH "Build the Python package for this interpreter, which has nanobind")
set(WOODBURY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
add_compile_options(-fPIC)   # libraries and programs alike, so that they share one precompiled header

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${CCACHE_PROGRAM}")
endif()

add_library(woodbury_flags INTERFACE)
target_compile_options(woodbury_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                                -Werror)
# Draws must not depend on how a compiler contracts products and sums differently from build to build.
target_compile_options(woodbury_flags INTERFACE -ffp-contract=off)
target_compile_definitions(woodbury_flags INTERFACE EIGEN_MPL2_ONLY EIGEN_DONT_PARALLELIZE)
if(WOODBURY_SANITIZE)
  target_compile_options(woodbury_flags INTERFACE -fsanitize=${WOODBURY_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all)
  target_link_options(woodbury_flags INTERFACE -fsanitize=${WOODBURY_SANITIZE})
endif()
if(WOODBURY_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "WOODBURY_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(woodbury_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
