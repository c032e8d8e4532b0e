// The JSON files of a fit folder: written with `"format": 1`, read with an error that names the file.
#include "woodbury/store/json_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "woodbury/store/names.hpp"

namespace woodbury::store {
namespace {

constexpr int format = 1;

/// What the façade put there, and under `sampling` what the folder itself needs to be read back.
nlohmann::json run_json(const Record& record) {
  nlohmann::json json = record.run.is_object() ? record.run : nlohmann::json::object();
  std::vector<std::size_t> draws;
  double seconds = 0;
  for (const auto& chain : record.draws.chains) {
    draws.push_back(chain.draws);
    seconds = std::max(seconds, chain.sampling_seconds);
  }
  json["sampling"] = {{"algorithm", record.algorithm},
                      {"draws", draws},
                      {"warmup", record.warmup},
                      {"sampling_time", seconds},
                      {"thin", record.thin},
                      {"seed", record.seed},
                      {"max_depth", record.max_depth},
                      {"target_accept", record.target_accept},
                      {"responses", record.responses},
                      {"version", record.version},
                      {"created_at", record.created_at},
                      {"interrupted", record.interrupted},
                      {"csv_arrays", record.csv_arrays}};
  return json;
}

}  // namespace

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw base::Error(fmt::format("cannot write `{}`: {}", path, std::strerror(errno)));
}

std::string json_text(const Record& record, const std::string& file) {
  if (file == "names") return names_text(record.draws.variables(), record.csv_arrays);
  nlohmann::json json = file == "run"       ? run_json(record)
                        : file == "summary" ? summary_json(record)
                        : file == "plan"    ? record.plan
                                            : record.model;
  if (json.is_null()) json = nlohmann::json::object();
  WOODBURY_ASSERT(json.is_object());
  json["format"] = format;
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

nlohmann::json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw base::Error(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)), {}, "is it a fit folder?");
  auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object()) throw base::Error(fmt::format("`{}` is broken: it holds no JSON object", path));
  const auto found = json.find("format");
  if (found == json.end() || *found != format)
    throw base::Error(fmt::format("`{}` is of a format this version does not know: {}", path,
                                  found == json.end() ? "none" : found->dump()));
  return json;
}

void read_run(const nlohmann::json& json, Record& record) {
  record.run = json;
  const auto& sampling = json.at("sampling");
  sampling.at("algorithm").get_to(record.algorithm);
  sampling.at("warmup").get_to(record.warmup);
  sampling.at("thin").get_to(record.thin);
  sampling.at("seed").get_to(record.seed);
  sampling.at("max_depth").get_to(record.max_depth);
  sampling.at("target_accept").get_to(record.target_accept);
  sampling.at("responses").get_to(record.responses);
  sampling.at("version").get_to(record.version);
  sampling.at("created_at").get_to(record.created_at);
  sampling.at("interrupted").get_to(record.interrupted);
  record.csv_arrays = sampling.value("csv_arrays", true);
}

void read_metric(const nlohmann::json& json, draws::Chain& chain) {
  json.at("stepsize").get_to(chain.step_size);
  chain.dense_metric = json.at("metric_type") == "dense_e";
  for (const auto& entry : json.at("inv_metric")) {
    if (chain.dense_metric)
      for (const auto& value : entry) chain.inverse_metric.push_back(value.get<double>());
    else
      chain.inverse_metric.push_back(entry.get<double>());
  }
}

}  // namespace woodbury::store
