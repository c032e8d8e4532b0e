#include "woodbury/bridgestan/request.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace woodbury::bridgestan {

namespace {

using nlohmann::json;

const std::vector<std::string> kKeys{
    "formula", "data",    "model",     "fit",   "family",    "sigma",           "weights", "se",
    "factor",  "numeric", "contrasts", "prior", "integrate", "parametrisation", "reduce",  "keep"};

constexpr const char* kExample = "write as {\"formula\": \"y ~ x + (x | g)\", \"data\": \"table.csv\"}";

json parse(const std::string& text, const std::string& what) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    throw base::Error(fmt::format("{} is not JSON: {}", what, error.what()), {}, kExample);
  }
}

json read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw base::Error(fmt::format("cannot read `{}`", path), {}, "give the path of a JSON file that exists");
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.str(), fmt::format("`{}`", path));
}

/// A member of one of the JSON types, or the fallback.
template <class T>
T get(const json& from, const char* key, T fallback) {
  const auto found = from.find(key);
  if (found == from.end()) return fallback;
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    throw base::Error(fmt::format("`{}` is {}, which it cannot be", key, found->dump()), {},
                      "text, except for the lists factor, numeric, contrasts and prior and the object parametrisation");
  }
}

std::string choice(const json& from, const char* key, const std::vector<std::string>& known) {
  const auto value = get<std::string>(from, key, known.front());
  if (std::find(known.begin(), known.end(), value) == known.end())
    throw base::Error(fmt::format("`{}` is not a value of `{}`", value, key), {}, base::did_you_mean(value, known));
  return value;
}

fit::Options options_of(const json& from) {
  using Names = std::vector<std::string>;
  fit::Options options;
  design::Options& design = options.design;
  if (choice(from, "family", {"gaussian", "lognormal"}) == "lognormal") design.family = model::FamilyKind::lognormal;
  design.sigma = get<std::string>(from, "sigma", "");
  design.weights = get<std::string>(from, "weights", "");
  design.se = get<std::string>(from, "se", "");
  design.factors = get<Names>(from, "factor", {});
  design.numerics = get<Names>(from, "numeric", {});
  design.contrasts = get<Names>(from, "contrasts", {});
  design.priors = get<Names>(from, "prior", {});
  options.plan.integrate = get<std::string>(from, "integrate", "auto");
  options.plan.parametrisation = get<std::map<std::string, std::string>>(from, "parametrisation", {});
  options.plan.reduce = choice(from, "reduce", {"auto", "none"}) == "auto";
  return options;
}

/// A fit's own words on its plan, where the request has none.
json with_fit(json from, const std::string& folder) {
  const json run = read_file(folder + "/run.json"), model = read_file(folder + "/model.json");
  for (const char* key : {"integrate", "parametrisation", "reduce", "keep"})
    if (!from.contains(key) && run.contains("options") && run["options"].contains(key)) from[key] = run["options"][key];
  from["model"] = folder + "/model.json";
  if (!from.contains("data")) from["data"] = model.at("data").at("path");
  return from;
}

fit::Prepared prepare(const json& from) {
  const auto formula = get<std::string>(from, "formula", ""), model = get<std::string>(from, "model", ""),
             data = get<std::string>(from, "data", "");
  if (formula.empty() == model.empty() || data.empty())
    throw base::Error("there is no model and table", {},
                      "give `formula` or `model`, and `data`; or `fit`, the folder of a fit");
  const fit::Options options = options_of(from);
  return formula.empty() ? fit::prepare_model_file(model, data, options) : fit::prepare(formula, data, options);
}

}  // namespace

Request read_request(const std::string& data) {
  json from = data.ends_with(".json") ? read_file(data) : parse(data, "the data");
  if (!from.is_object()) throw base::Error("the data are not a JSON object", {}, kExample);
  for (const auto& item : from.items())
    if (std::find(kKeys.begin(), kKeys.end(), item.key()) == kKeys.end())
      throw base::Error(fmt::format("`{}` is not an option", item.key()), {}, base::did_you_mean(item.key(), kKeys));
  if (const auto folder = get<std::string>(from, "fit", ""); !folder.empty()) from = with_fit(from, folder);
  return {prepare(from), choice(from, "keep", {"all", "hyper"}) == "all"};
}

}  // namespace woodbury::bridgestan
