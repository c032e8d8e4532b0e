#include "woodbury/bridgestan/request.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace woodbury::bridgestan {

namespace {

using nlohmann::json;

/// Of the plan; a plan that is replayed has decided them.
const std::vector<std::string> kPlan{"integrate", "reduce", "parametrisation", "without", "tune"};
const std::vector<std::string> kKeys{"formula",  "data", "model",     "fit",     "family",          "sigma",
                                     "weights",  "se",   "factor",    "numeric", "contrasts",       "prior",
                                     "defaults", "na",   "integrate", "reduce",  "parametrisation", "without",
                                     "tune",     "plan", "keep"};

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
                      "text, except for the lists factor, numeric, contrasts, prior and without, the object "
                      "parametrisation and tune, which is true or false");
  }
}

/// As the command line has them: texts by option.
fit::Options options_of(const json& from) {
  using Texts = std::vector<std::string>;
  fit::Written written;
  for (const std::string& key : kKeys) {
    const bool list = key == "factor" || key == "numeric" || key == "contrasts" || key == "prior" || key == "without";
    if (key == "tune")
      written[key] = get<bool>(from, "tune", false) ? Texts{"yes"} : Texts{};
    else if (list && from.contains(key) && from[key].is_array())
      written[key] = get<Texts>(from, key.c_str(), {});
    else if (key != "parametrisation" && from.contains(key))
      written[key] = {get<std::string>(from, key.c_str(), "")};
  }
  fit::Options options = fit::read_options(written);
  options.plan.parametrisation = get<std::map<std::string, std::string>>(from, "parametrisation", {});
  return options;
}

/// The model, data and plan of a fit; where the request has words on the plan, its own stand in for those it lacks.
json with_fit(json from, const std::string& folder) {
  const json run = read_file(folder + "/run.json"), model = read_file(folder + "/model.json");
  const bool replays = std::ranges::none_of(kPlan, [&](const std::string& key) { return from.contains(key); });
  std::vector<std::string> taken = replays ? std::vector<std::string>{} : kPlan;
  taken.emplace_back("keep");
  for (const std::string& key : taken)
    if (!from.contains(key) && run.contains("options") && run["options"].contains(key)) from[key] = run["options"][key];
  if (replays && !from.contains("plan")) from["plan"] = folder + "/plan.json";
  from["model"] = folder + "/model.json";
  if (!from.contains("data")) from["data"] = model.at("data").at("path");
  return from;
}

void check(const json& from) {
  for (const auto& item : from.items())
    if (std::ranges::find(kKeys, item.key()) == kKeys.end())
      throw base::Error(fmt::format("`{}` is not an option", item.key()), {}, base::did_you_mean(item.key(), kKeys));
  for (const std::string& key : kPlan)
    if (from.contains("plan") && from.contains(key))
      throw base::Error(fmt::format("plan excludes {}", key), {}, "a plan has decided that");
}

fit::Prepared prepare(const json& from, const fit::Options& options) {
  const auto formula = get<std::string>(from, "formula", ""), model = get<std::string>(from, "model", ""),
             data = get<std::string>(from, "data", "");
  if (formula.empty() == model.empty() || data.empty())
    throw base::Error("there is no model and table", {},
                      "give `formula` or `model`, and `data`; or `fit`, the folder of a fit");
  return formula.empty() ? fit::prepare_model_file(model, data, options) : fit::prepare(formula, data, options);
}

}  // namespace

Request read_request(const std::string& data) {
  json from = data.ends_with(".json") ? read_file(data) : parse(data, "the data");
  if (!from.is_object()) throw base::Error("the data are not a JSON object", {}, kExample);
  check(from);
  if (const auto folder = get<std::string>(from, "fit", ""); !folder.empty()) from = with_fit(from, folder);
  const fit::Options options = options_of(from);
  return {prepare(from, options), !options.keep_hyper};
}

}  // namespace woodbury::bridgestan
