// chain-k_config.json and chain-k_metric.json, as CmdStan 2.34 and later write them.
#include <cmath>

#include <fmt/format.h>

#include "woodbury/store/cmdstan.hpp"

namespace woodbury::store {

using Json = nlohmann::ordered_json;

std::string metric_type(const draws::Chain& chain) {
  return chain.inverse_metric.empty() ? "unit_e" : chain.dense_metric ? "dense_e" : "diag_e";
}

Json chain_config(const Record& record, std::size_t k) {
  const auto& chain = record.draws.chains[k];
  const char* engine = record.algorithm == "hmc" ? "static" : "nuts";
  const Json hmc = {{"engine", {{"value", engine}, {engine, {{"max_depth", record.max_depth}}}}},
                    {"metric", {{"value", metric_type(chain)}}},
                    {"metric_file", ""},
                    {"stepsize", 1},
                    {"stepsize_jitter", 0}};
  const Json sample = {{"num_samples", chain.draws * record.thin},
                       {"num_warmup", record.warmup},
                       {"save_warmup", false},
                       {"thin", record.thin},
                       {"adapt", {{"engaged", true}, {"delta", record.target_accept}, {"save_metric", true}}},
                       {"algorithm", {{"value", "hmc"}, {"hmc", hmc}}},
                       {"num_chains", 1}};
  return {{"format", 1},
          {"stan_major_version", std::to_string(stan_version[0])},
          {"stan_minor_version", std::to_string(stan_version[1])},
          {"stan_patch_version", std::to_string(stan_version[2])},
          {"model_name", model_name},
          {"start_datetime", record.created_at},
          {"method", {{"value", "sample"}, {"sample", sample}}},
          {"id", k + 1},
          {"data", {{"file", record.data.source.path}}},
          {"init", ""},
          {"random", {{"seed", record.seed}}},
          {"output", {{"file", fmt::format("chain-{}.csv", k + 1)}, {"save_cmdstan_config", true}}},
          {"num_threads", 1},
          {"mpi_enabled", false}};
}

Json chain_metric(const draws::Chain& chain) {
  Json metric = Json::array();
  if (chain.dense_metric) {
    const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(chain.inverse_metric.size()))));
    for (std::size_t i = 0; i < n; ++i)
      metric.push_back(std::vector<double>(&chain.inverse_metric[i * n], &chain.inverse_metric[i * n] + n));
  } else {
    metric = chain.inverse_metric;
  }
  return {{"format", 1}, {"stepsize", chain.step_size}, {"metric_type", metric_type(chain)}, {"inv_metric", metric}};
}

}  // namespace woodbury::store
