# Every library the product links, and why; versions are the lower bounds that were tried (Debian 12).
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)       # dense and sparse linear algebra (MPL-2)
find_package(Boost 1.74 REQUIRED)                 # headers: special functions, quantiles
find_package(fmt 9 REQUIRED)                      # text formatting (g++ 12 has no std::format)
find_package(nlohmann_json 3.11 REQUIRED)         # model.json, plan.json, summary.json
find_package(CLI11 2.1 REQUIRED)                  # the command line's grammar and help
find_package(ZLIB REQUIRED)                       # .csv.gz
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)    # SHA-256 of the data read (Apache-2; netCDF brings it too)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NETCDF REQUIRED IMPORTED_TARGET netcdf>=4.9)   # posterior.nc
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)     # counter-based random streams
add_library(Random123 INTERFACE IMPORTED)
target_include_directories(Random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")
