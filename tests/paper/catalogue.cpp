#include "tests/paper/catalogue.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace woodbury::paper {

namespace {

using model::Builder;
using model::Expr;
using model::over;

using Program = std::function<void(model::Builder&)>;

/// Hierarchical centring: no intercept; each factor's effects are around a mean of their own.
void grouseticks(Builder& m) {
  const Expr mu_1 = m.normal("mu_1", 0, 1), mu_2 = m.normal("mu_2", 0, 1);
  const Expr sigma_1 = m.half_cauchy("sigma_1", 5), sigma_2 = m.half_cauchy("sigma_2", 5);
  const Expr sigma_t = m.half_cauchy("sigma_t", 5);
  const Expr beta_e = m.normal("beta_e", 0, 1), beta_a = m.normal("beta_a", 0, 1);
  const Expr u_1 = m.normal("u_1", mu_1, sigma_1, over("BROOD"));
  const Expr u_2 = m.normal("u_2", mu_2, sigma_2, over("LOCATION"));
  m.observe_normal("TICKS", u_1["BROOD"] + u_2["LOCATION"] + beta_e * m.col("YEAR") + beta_a * m.col("cHEIGHT"),
                   sigma_t);
}

/// Pairs of classes around the mean of their grade, effect of treatment and residual sd by grade.
void electric(Builder& m) {
  const Expr mean = m.normal("m", 0, 1, over("grade"));
  const Expr treatment = m.normal("b", 0, 100, over("grade"));
  const Expr log_sd = m.normal("s", 0, 1, over("grade"));
  const Expr pair = m.normal("a", 100 * mean.at("pair"), 1, over("pair"));
  m.observe_normal("y", pair["pair"] + treatment["grade"] * m.col("treatment"), exp(log_sd["grade"]));
}

/// `x={high:0,low:1}`, as --contrasts takes it.
std::string coding(const std::string& factor, const nlohmann::json& codes) {
  std::string text;
  for (const auto& [level, code] : codes.items())
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", level, code.dump());
  return fmt::format("{}={{{}}}", factor, text);
}

Entry make_entry(const nlohmann::json& json, const std::map<std::string, Program>& programs) {
  Entry entry;
  entry.name = json.at("name");
  entry.file = json.at("table");
  entry.formula = json.value("formula", "");
  if (json.contains("program")) entry.build = programs.at(json.at("program"));
  if (json.value("family", "gaussian") == "lognormal") entry.options.family = model::FamilyKind::lognormal;
  if (json.contains("sigma")) entry.options.sigma = json.at("sigma").get<std::string>();
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json &contrasts = json.contains("contrasts") ? json.at("contrasts") : none,
                       &priors = json.contains("priors") ? json.at("priors") : none;
  for (const auto& [factor, codes] : contrasts.items()) entry.options.contrasts.push_back(coding(factor, codes));
  for (const auto& [target, prior] : priors.items())
    entry.options.priors.push_back(fmt::format("{} ~ {}", target, prior.get<std::string>()));
  entry.factors = json.at("factors").get<std::vector<std::string>>();
  entry.slope = json.value("slope", "");
  if (json.contains("effects")) entry.effect_names = json.at("effects").get<std::vector<std::string>>();
  entry.declared_dims = json.at("declared_dims");
  entry.sampled_dims = json.at("sampled_dims").get<std::vector<std::size_t>>();
  return entry;
}

/// The entries of catalogue.json that have a table.
std::vector<Entry> make_catalogue() {
  const std::map<std::string, Program> programs{{"grouseticks", grouseticks}, {"electric", electric}};
  std::ifstream file(WOODBURY_CATALOGUE);
  const nlohmann::json all = nlohmann::json::parse(file);
  std::vector<Entry> entries;
  for (const nlohmann::json& json : all)
    if (!json.at("table").get<std::string>().empty()) entries.push_back(make_entry(json, programs));
  return entries;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

frame::Frame read(const model::Model& model, const std::string& path) {
  frame::CsvOptions csv;
  csv.columns = model.data_columns();
  for (const std::string& name : model.data_factors()) {
    csv.columns.push_back(name);
    csv.types[name] = frame::ColumnType::factor;
  }
  return frame::read_csv(path, csv);
}

}  // namespace

std::string Entry::effects(std::size_t i) const { return effect_names.empty() ? "r_" + factors[i] : effect_names[i]; }

const std::vector<Entry>& catalogue() {
  static const std::vector<Entry> entries = make_catalogue();
  return entries;
}

const Entry& find(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : catalogue()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw base::Error(fmt::format("no model `{}` in the catalogue", name), {}, base::did_you_mean(name, names));
}

std::optional<std::string> table_of(const Entry& entry) {
  if (const auto directory = environment("WOODBURY_PAPER_DATA")) {
    const std::filesystem::path path = std::filesystem::path(*directory) / entry.file;
    if (std::filesystem::exists(path)) return path.string();
  }
  return entry.name == "sleepstudy" ? environment("WOODBURY_SLEEPSTUDY") : std::nullopt;
}

std::string how_to_run(const Entry& entry) {
  std::string text = fmt::format("WOODBURY_PAPER_DATA names no directory with {}", entry.file);
  if (entry.name == "sleepstudy") text += ", and WOODBURY_SLEEPSTUDY no file";
  return text + "; tests/paper/README.md says where the tables come from";
}

fit::Prepared prepare(const Entry& entry, const plan::Options& plan, const std::vector<std::string>& priors) {
  const auto path = table_of(entry);
  if (!path) throw base::Error(how_to_run(entry));
  fit::Options options;
  options.design = entry.options;
  options.design.priors.insert(options.design.priors.end(), priors.begin(), priors.end());
  options.plan = plan;
  if (!entry.build) return fit::prepare(entry.formula, *path, options);
  Builder builder;
  entry.build(builder);
  return fit::prepare(builder.model(), read(builder.model(), *path), options);
}

}  // namespace woodbury::paper
