// A chain in CmdStan's formats: chain-k.csv, chain-k_config.json, chain-k_metric.json.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "woodbury/store/store.hpp"

namespace woodbury::store {

/// Writes chain `chain` (from 0) to `path`; the header has the chain's own number of draws.
void write_chain_csv(const std::string& path, const Record& record, std::size_t chain);

/// chain-k_config.json: the run's settings, nested as CmdStan's arguments are.
[[nodiscard]] nlohmann::ordered_json chain_config(const Record& record, std::size_t chain);

/// chain-k_metric.json: step size and inverse metric after adaptation.
[[nodiscard]] nlohmann::ordered_json chain_metric(const draws::Chain& chain);

/// CmdStan's name of a chain's metric: diag_e, dense_e, or unit_e where there is none.
[[nodiscard]] std::string metric_type(const draws::Chain& chain);

/// What the files give as the model's name, and as the version of Stan whose formats they follow.
inline constexpr const char* model_name = "woodbury_model";
inline constexpr int stan_version[3] = {2, 36, 0};

}  // namespace woodbury::store
