// The JSON files of a fit folder: written with `"format": 1`, read with an error that names the file.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "woodbury/store/store.hpp"

namespace woodbury::store {

void write_text(const std::string& path, const std::string& text);

/// Throws base::Error where the file is missing, is no JSON object, or is of another format.
[[nodiscard]] nlohmann::json read_json(const std::string& path);

void read_run(const nlohmann::json& json, Record& record);

void read_summary(const nlohmann::json& json, Record& record);
void read_metric(const nlohmann::json& json, draws::Chain& chain);

}  // namespace woodbury::store
