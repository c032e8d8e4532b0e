// posterior.nc: draws, sampler statistics and data in ArviZ's groups.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "woodbury/store/store.hpp"

namespace woodbury::store {

/// Writes the groups posterior, sample_stats, observed_data and constant_data; all chains as long as the shortest.
void write_netcdf(const std::string& path, const Record& record);

/// Reads draws (variables as names.json has them), their statistics and the data into `record`.
void read_netcdf(const std::string& path, const nlohmann::json& names, Record& record);

}  // namespace woodbury::store
