// A coding as JSON, complete: read back, it codes new data as the first did.
#include <utility>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {

using nlohmann::json;

namespace {

const std::vector<std::pair<VariableKind, const char*>> kKinds = {{VariableKind::plain, "numeric"},
                                                                  {VariableKind::expression, "expression"},
                                                                  {VariableKind::polynomial, "polynomial"},
                                                                  {VariableKind::factor, "factor"}};

json variable_json(const LearntVariable& variable) {
  json out;
  for (const auto& [kind, name] : kKinds) {
    if (kind == variable.kind) out["kind"] = name;
  }
  if (variable.kind == VariableKind::factor) {
    out["levels"] = variable.levels;
    out["contrast"] = {{"names", variable.contrast.names}, {"codes", variable.contrast.codes}};
  }
  if (variable.kind == VariableKind::polynomial) {
    out["alpha"] = variable.polynomial.alpha;
    out["norm2"] = variable.polynomial.norm2;
  }
  return out;
}

LearntVariable variable_from(const json& in) {
  LearntVariable variable;
  const auto name = in.at("kind").get<std::string>();
  bool known = false;
  for (const auto& [kind, text] : kKinds) {
    if (name != text) continue;
    variable.kind = kind;
    known = true;
  }
  if (!known) throw base::Error("a coding has no variables of kind `" + name + "`");
  if (variable.kind == VariableKind::factor) {
    in.at("levels").get_to(variable.levels);
    in.at("contrast").at("names").get_to(variable.contrast.names);
    in.at("contrast").at("codes").get_to(variable.contrast.codes);
  }
  if (variable.kind == VariableKind::polynomial) {
    in.at("alpha").get_to(variable.polynomial.alpha);
    in.at("norm2").get_to(variable.polynomial.norm2);
  }
  return variable;
}

json pieces_json(const std::vector<Piece>& pieces) {
  json out = json::array();
  for (const Piece& piece : pieces) {
    out.push_back({{"variable", piece.variable}, {"indicator", piece.indicator}, {"column", piece.column}});
  }
  return out;
}

std::vector<Piece> pieces_from(const json& in) {
  std::vector<Piece> pieces;
  for (const json& piece : in) {
    pieces.push_back({piece.at("variable").get<std::string>(), piece.at("indicator").get<bool>(),
                      piece.at("column").get<std::size_t>()});
  }
  return pieces;
}

json part_json(const DesignPart& part) {
  json columns = json::array();
  for (const DesignColumn& column : part.columns) {
    columns.push_back({{"name", column.name},
                       {"data", column.data},
                       {"mean", column.mean},
                       {"sd", column.sd},
                       {"indicator", column.indicator}});
  }
  return {{"columns", columns},
          {"intercept", part.intercept},
          {"raw_intercept", part.raw_intercept},
          {"offsets", part.offsets}};
}

DesignPart part_from(const json& in) {
  DesignPart part;
  for (const json& column : in.at("columns")) {
    part.columns.push_back({column.at("name").get<std::string>(), column.at("data").get<std::string>(),
                            column.at("mean").get<double>(), column.at("sd").get<double>(),
                            column.at("indicator").get<bool>()});
  }
  in.at("intercept").get_to(part.intercept);
  in.at("raw_intercept").get_to(part.raw_intercept);
  in.at("offsets").get_to(part.offsets);
  return part;
}

}  // namespace

json to_json(const Learnt& learnt) {
  json out = {{"is_factor", learnt.is_factor}, {"order", learnt.order}};
  out["variables"] = out["standards"] = out["products"] = out["groups"] = json::object();
  for (const auto& [name, variable] : learnt.variables) out["variables"][name] = variable_json(variable);
  for (const auto& [name, standard] : learnt.standards) {
    out["standards"][name] = {{"center", standard.center}, {"scale", standard.scale}};
  }
  for (const auto& [name, pieces] : learnt.products) out["products"][name] = pieces_json(pieces);
  for (const auto& [name, group] : learnt.groups) {
    out["groups"][name] = {{"columns", group.columns}, {"levels", group.levels}, {"parts", group.parts}};
  }
  return out;
}

Learnt learnt_from_json(const json& in) {
  Learnt learnt;
  in.at("is_factor").get_to(learnt.is_factor);
  in.at("order").get_to(learnt.order);
  for (const auto& [name, variable] : in.at("variables").items()) learnt.variables[name] = variable_from(variable);
  for (const auto& [name, standard] : in.at("standards").items()) {
    learnt.standards[name] = {standard.at("center").get<double>(), standard.at("scale").get<double>()};
  }
  for (const auto& [name, pieces] : in.at("products").items()) learnt.products[name] = pieces_from(pieces);
  for (const auto& [name, group] : in.at("groups").items()) {
    LearntGroup& to = learnt.groups[name];
    group.at("columns").get_to(to.columns);
    group.at("levels").get_to(to.levels);
    group.at("parts").get_to(to.parts);
  }
  return learnt;
}

json Coding::to_json() const {
  json groups = json::array();
  for (const GroupPart& group : groups_) {
    groups.push_back({{"design", part_json(group.design)}, {"factor", group.factor}, {"correlated", group.correlated}});
  }
  return {{"formula", formula_.text},
          {"learnt", design::to_json(learnt_)},
          {"fixed", part_json(fixed_)},
          {"groups", groups},
          {"response", response_}};
}

Coding Coding::from_json(const json& in) try {
  Coding coding;
  coding.formula_ = formula::parse(in.at("formula").get<std::string>());
  coding.learnt_ = learnt_from_json(in.at("learnt"));
  coding.fixed_ = part_from(in.at("fixed"));
  for (const json& group : in.at("groups")) {
    coding.groups_.push_back(
        {part_from(group.at("design")), group.at("factor").get<std::string>(), group.at("correlated").get<bool>()});
  }
  in.at("response").get_to(coding.response_);
  return coding;
} catch (const json::exception& problem) {
  throw base::Error(std::string("this is no coding of a formula: ") + problem.what());
}

}  // namespace woodbury::design
