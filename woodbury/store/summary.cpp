// summary.json: estimates and diagnostics, written and read back.
#include <cmath>
#include <limits>
#include <utility>

#include "woodbury/store/json_files.hpp"

namespace woodbury::store {
namespace {

using diagnose::Row;

constexpr std::pair<const char*, double Row::*> columns[] = {{"mean", &Row::mean},
                                                             {"median", &Row::median},
                                                             {"sd", &Row::sd},
                                                             {"mad", &Row::mad},
                                                             {"q5", &Row::q5},
                                                             {"q95", &Row::q95},
                                                             {"rhat", &Row::rhat},
                                                             {"mcse_mean", &Row::mcse_mean},
                                                             {"ess_bulk", &Row::ess_bulk},
                                                             {"ess_tail", &Row::ess_tail}};

double number(const nlohmann::json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

nlohmann::json number_or_null(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); }

}  // namespace

nlohmann::json summary_json(const Record& record) {
  const auto& summary = record.summary;
  auto parameters = nlohmann::json::array();
  for (const auto& row : summary.parameters) {
    nlohmann::json entry = {{"variable", row.variable}};
    for (const auto& [name, member] : columns) entry[name] = number_or_null(row.*member);
    entry["analytic"] = row.analytic;
    parameters.push_back(std::move(entry));
  }
  auto ebfmi = nlohmann::json::array();
  for (const double value : summary.ebfmi) ebfmi.push_back(number_or_null(value));
  return {{"format", 1},
          {"parameters", std::move(parameters)},
          {"divergences", summary.divergences},
          {"max_treedepth_hits", summary.max_treedepth_hits},
          {"ebfmi", std::move(ebfmi)},
          {"warnings", summary.warnings},
          {"declared_dims", record.declared_dims},
          {"sampled_dims", record.sampled_dims},
          {"seconds", record.seconds}};
}

void read_summary(const nlohmann::json& json, Record& record) {
  auto& summary = record.summary;
  for (const auto& entry : json.at("parameters")) {
    Row row{};
    entry.at("variable").get_to(row.variable);
    for (const auto& [name, member] : columns) row.*member = number(entry.at(name));
    row.analytic = entry.value("analytic", false);
    summary.parameters.push_back(std::move(row));
  }
  for (const auto& value : json.at("ebfmi")) summary.ebfmi.push_back(number(value));
  json.at("divergences").get_to(summary.divergences);
  json.at("max_treedepth_hits").get_to(summary.max_treedepth_hits);
  json.at("warnings").get_to(summary.warnings);
  json.at("declared_dims").get_to(record.declared_dims);
  json.at("sampled_dims").get_to(record.sampled_dims);
  for (const auto& [stage, seconds] : json.at("seconds").items()) record.seconds[stage] = number(seconds);
}

}  // namespace woodbury::store
