# Every library the product links, and why; versions are the lower bounds that were tried (Debian 12). All are looked
# for before anything is said, so that one error names whatever is missing.
set(missing)
macro(woodbury_need found name debian)
  if(NOT ${found})
    list(APPEND missing "  ${name} (Debian: ${debian})")
  endif()
endmacro()

find_package(Threads REQUIRED)
find_package(Eigen3 3.4 QUIET NO_MODULE)          # dense and sparse linear algebra (MPL-2)
woodbury_need(Eigen3_FOUND "Eigen 3.4" libeigen3-dev)
find_package(Boost 1.74 QUIET)                    # headers: special functions, quantiles
woodbury_need(Boost_FOUND "Boost 1.74, its headers" libboost-dev)
find_package(fmt 9 QUIET)                         # text formatting (g++ 12 has no std::format)
woodbury_need(fmt_FOUND "fmt 9" libfmt-dev)
find_package(nlohmann_json 3.11 QUIET)            # model.json, plan.json, summary.json
woodbury_need(nlohmann_json_FOUND "nlohmann-json 3.11" nlohmann-json3-dev)
find_package(CLI11 2.1 QUIET)                     # the command line's grammar and help
woodbury_need(CLI11_FOUND "CLI11 2.1" libcli11-dev)
find_package(ZLIB QUIET)                          # .csv.gz
woodbury_need(ZLIB_FOUND "zlib" zlib1g-dev)
find_package(OpenSSL 3.0 QUIET COMPONENTS Crypto) # SHA-256 of the data read (Apache-2; netCDF brings it too)
woodbury_need(OPENSSL_FOUND "OpenSSL 3.0" libssl-dev)
find_package(PkgConfig QUIET)
woodbury_need(PkgConfig_FOUND "pkg-config" pkg-config)
if(PkgConfig_FOUND)
  pkg_check_modules(NETCDF QUIET IMPORTED_TARGET netcdf>=4.9)   # posterior.nc
  woodbury_need(NETCDF_FOUND "netCDF-C 4.9" libnetcdf-dev)
endif()
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)             # counter-based random streams
woodbury_need(RANDOM123_INCLUDE_DIR "Random123" librandom123-dev)

if(missing)
  list(JOIN missing "\n" missing)
  message(FATAL_ERROR "Woodbury needs libraries that were not found:\n${missing}\n"
                      "On Debian and Ubuntu, `./dev setup` installs all of them.")
endif()
add_library(Random123 INTERFACE IMPORTED)
target_include_directories(Random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")
