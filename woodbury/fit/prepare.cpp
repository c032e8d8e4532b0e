// From a formula or a model and a table to a plan.
#include <algorithm>
#include <cctype>
#include <fstream>

#include <fmt/format.h>

#include "woodbury/fit/clock.hpp"
#include "woodbury/fit/fit.hpp"
#include "woodbury/fit/tune.hpp"
#include "woodbury/formula/formula.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::fit {

namespace {

/// Columns right of a bar, and those the user named, are read as labels.
frame::CsvOptions csv_options(const std::vector<std::string>& columns, const std::vector<std::string>& factors,
                              const design::Options& options) {
  frame::CsvOptions csv;
  csv.columns = columns;
  for (const auto& name : factors) csv.types[name] = frame::ColumnType::factor;
  for (const auto& name : options.factors) csv.types[name] = frame::ColumnType::factor;
  for (const auto& name : options.numerics) csv.types[name] = frame::ColumnType::numeric;
  return csv;
}

/// Where a formula uses a name as a whole word, or npos.
std::size_t find_word(const std::string& formula, const std::string& name) {
  const auto is_word = [&](std::size_t at) {
    return at < formula.size() &&
           (std::isalnum(static_cast<unsigned char>(formula[at])) || formula[at] == '_' || formula[at] == '.');
  };
  for (auto at = formula.find(name); at != std::string::npos; at = formula.find(name, at + 1))
    if (!(at > 0 && is_word(at - 1)) && !is_word(at + name.size())) return at;
  return std::string::npos;
}

/// A complaint about a column, shown where the formula names it.
base::Error located(const base::Error& error, const std::string& formula) {
  const std::string what = error.what();
  if (error.place()) return error;
  for (auto begin = what.find('`'); begin != std::string::npos;) {
    const auto end = what.find('`', begin + 1);
    if (end == std::string::npos) break;
    const std::string name = what.substr(begin + 1, end - begin - 1);
    const auto at = name.empty() ? std::string::npos : find_word(formula, name);
    if (at != std::string::npos)
      return base::Error(what, base::Place{formula, at, at + name.size()}, error.suggestion(), error.kind());
    begin = what.find('`', end + 1);
  }
  return error;
}

std::string family_name(model::FamilyKind family) {
  return family == model::FamilyKind::lognormal ? "lognormal" : "gaussian";
}

void plan_it(Prepared& prepared, const Options& options) {
  const Clock clock;
  if (!prepared.model.observations.empty()) prepared.family = family_name(prepared.model.observations.front().family);
  prepared.plan = plan::make_plan(prepared.model, prepared.data, options.plan);
  if (options.tune && prepared.plan.candidates.size() > 1) {
    plan::Options tuned = options.plan;
    tuned.measured = time_candidates(prepared.plan, prepared.data, options.plan);
    prepared.plan = plan::make_plan(prepared.model, prepared.data, tuned);
  }
  prepared.seconds["plan"] = clock.seconds();
}

Prepared bind_table(const std::string& formula, frame::Frame table, const Options& options, double reading) {
  const Clock clock;
  Prepared prepared;
  prepared.columns = design::columns_used(formula, options.design);
  prepared.factors = design::factor_columns(formula, options.design);
  prepared.formula = formula;
  prepared.source = table.source;
  if (prepared.source.rows == 0) prepared.source.rows = table.rows();
  design::Bound bound = design::bind(formula, std::move(table), options.design);
  prepared.model = std::move(bound.model);
  prepared.coding = std::move(bound.coding);
  prepared.sigma_coding = std::move(bound.sigma_coding);
  prepared.data = std::move(bound.data);
  prepared.priors = std::move(bound.priors);
  prepared.dropped_rows = bound.dropped_rows;
  prepared.warnings = std::move(bound.warnings);
  prepared.seconds = {{"read", reading}, {"bind", clock.seconds()}};
  plan_it(prepared, options);
  return prepared;
}

/// A JSON file of a fit folder: `what` is "model" or "plan".
nlohmann::json json_of(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw base::Error(fmt::format("cannot read the {} `{}`", what, path), {},
                      fmt::format("give a {}.json that exists", what));
  try {
    return nlohmann::json::parse(file);
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(fmt::format("`{}` is not JSON: {}", path, error.what()), {},
                      fmt::format("give the {}.json of a fit", what));
  }
}

/// The priors of a model as its text has them.
std::vector<design::PriorRow> priors_of(const model::Model& model) {
  std::vector<design::PriorRow> rows;
  for (const model::RandomVariable& v : model.variables()) {
    std::string args;
    for (const model::NodeId id : v.distribution.args) args += (args.empty() ? "" : ", ") + model::to_text(model, id);
    rows.push_back({v.name, v.name,
                    fmt::format("{}({}){}", model::info(v.distribution.kind).name, args,
                                v.distribution.positive ? ", truncated at 0" : ""),
                    "model"});
  }
  return rows;
}

/// The columns a formula's model names, made from the table's own by the coding kept with it.
frame::Frame coded(const nlohmann::json& json, const frame::Frame& table) {
  frame::Frame result = design::Coding::from_json(json.at("coding")).apply(table);
  const auto add_missing = [&](const frame::Frame& from) {
    for (const std::string& name : from.names())
      if (!result.has(name)) result.add(name, from.share(name));
  };
  if (json.contains("sigma_coding")) add_missing(design::Coding::from_json(json.at("sigma_coding")).apply(table));
  add_missing(table);
  result.source = table.source;
  return result;
}

}  // namespace

Prepared prepare(const std::string& formula, const std::string& csv_path, const Options& options) {
  const Clock clock;
  const auto columns = design::columns_used(formula, options.design);
  const auto factors = design::factor_columns(formula, options.design);
  frame::Frame table;
  try {
    table = frame::read_csv(csv_path, csv_options(columns, factors, options.design));
  } catch (const base::Error& error) {
    throw located(error, formula);
  }
  return bind_table(formula, std::move(table), options, clock.seconds());
}

std::vector<std::string> columns_used(const std::string& formula, const std::vector<std::string>& available,
                                      const Options& options) {
  std::vector<std::string> used = design::columns_used(formula, options.design);
  for (const std::string& name : used)
    if (std::find(available.begin(), available.end(), name) == available.end())
      throw located(
          base::Error(fmt::format("the data have no column `{}`", name), {}, base::did_you_mean(name, available)),
          formula);
  return used;
}

Prepared prepare(const std::string& formula, const frame::Frame& table, const Options& options) {
  return bind_table(formula, table, options, 0);
}

Prepared prepare(const model::Model& model, const frame::Frame& table, const Options& options) {
  const Clock clock;
  Prepared prepared;
  prepared.model = model;
  prepared.columns = model.data_columns();
  prepared.factors = model.data_factors();
  prepared.source = table.source;
  if (prepared.source.rows == 0) prepared.source.rows = table.rows();
  frame::Frame used;
  for (const std::string& name : prepared.columns) {
    static_cast<void>(table.numeric(name));  // throws where it is not
    used.add(name, table.share(name));
  }
  for (const std::string& name : prepared.factors) {
    if (used.has(name))
      throw base::Error(fmt::format("`{}` is both a number and a grouping factor of the model", name), {},
                        "give one of them a column of another name");
    used.add(name, table.is_numeric(name) ? frame::to_factor(table.numeric(name)) : table.factor(name));
  }
  prepared.dropped_rows = used.drop_incomplete(used.names());
  if (used.rows() == 0)
    throw base::Error("no complete row is left", {}, "in every row some column that the model uses is missing");
  for (const std::string& name : used.names())
    if (used.is_factor(name))
      prepared.data.add(name, frame::drop_unused(used.factor(name)));
    else
      prepared.data.add(name, used.share(name));
  prepared.priors = priors_of(model);
  prepared.seconds = {{"read", 0}, {"bind", clock.seconds()}};
  plan_it(prepared, options);
  return prepared;
}

Prepared prepare(const model::Model& model, const std::string& csv_path, const Options& options) {
  const Clock clock;
  std::vector<std::string> columns = model.data_columns();
  const std::vector<std::string> factors = model.data_factors();
  columns.insert(columns.end(), factors.begin(), factors.end());
  const frame::Frame table = frame::read_csv(csv_path, csv_options(columns, factors, options.design));
  const double reading = clock.seconds();
  Prepared prepared = prepare(model, table, options);
  prepared.seconds["read"] = reading;
  return prepared;
}

std::vector<std::string> columns_used(const model::Model& model, const std::vector<std::string>& available) {
  std::vector<std::string> used = model.data_columns();
  for (const std::string& factor : model.data_factors()) used.push_back(factor);
  for (const std::string& name : used)
    if (std::find(available.begin(), available.end(), name) == available.end())
      throw base::Error(fmt::format("the data have no column `{}`", name), {}, base::did_you_mean(name, available));
  return used;
}

nlohmann::json read_plan(const std::string& path) { return json_of(path, "plan"); }

Prepared prepare_model_file(const std::string& model_path, const std::string& csv_path, const Options& options) {
  const Clock clock;
  const nlohmann::json json = json_of(model_path, "model");
  const model::Model model = model::from_json(json);
  std::vector<std::string> columns = model.data_columns(), factors = model.data_factors();
  if (json.contains("coding")) {
    columns = json.at("data").at("columns").get<std::vector<std::string>>();
    factors = json.at("data").at("factors").get<std::vector<std::string>>();
  } else {
    columns.insert(columns.end(), factors.begin(), factors.end());
  }
  frame::Frame table = frame::read_csv(csv_path, csv_options(columns, factors, options.design));
  const double reading = clock.seconds();
  const std::size_t rows = table.rows(), dropped = table.drop_incomplete(columns);
  table.source.rows = rows;
  if (json.contains("coding")) table = coded(json, table);
  Prepared prepared = prepare(model, table, options);
  prepared.dropped_rows += dropped;
  prepared.formula = json.value("formula", "");
  prepared.seconds["read"] = reading;
  return prepared;
}

}  // namespace woodbury::fit
