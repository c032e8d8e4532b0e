#include "woodbury/answers/variables.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

namespace woodbury::answers {

using design::LearntVariable;
using design::Piece;
using design::VariableKind;

namespace {

void add_new(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::count(names, name) == 0) names.push_back(name);
}

template <class Numbers>
double mean_of(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

const LearntVariable& learnt(const design::Coding& coding, const std::string& variable) {
  return coding.learnt().variables.at(variable);
}

/// Of a factor's piece, by level.
double code(const LearntVariable& variable, const Piece& piece, std::size_t level) {
  if (piece.indicator) return level == piece.column ? 1 : 0;
  return variable.contrast.codes[piece.column][level];
}

}  // namespace

Variables::Variables(const Bound& bound) : data_(bound.data()), response_(bound.observation().response) {
  if (bound.coding()) sources_.push_back(source_of(*bound.coding()));
  if (bound.sigma_coding()) sources_.push_back(source_of(*bound.sigma_coding()));
}

Variables::Source Variables::source_of(const design::Coding& coding) {
  Source source{&coding, {}};
  const auto add = [&](const formula::Terms& terms) {
    for (const formula::Term& term : terms.terms)
      for (const formula::Variable& variable : term.variables)
        for (const formula::Node* node : formula::column_nodes(*variable.node))
          add_new(source.columns[variable.name], node->text);
  };
  add(coding.formula().fixed);
  for (const formula::GroupTerm& group : coding.formula().groups) add(group.terms);
  return source;
}

std::vector<std::string> Variables::keys(const Source& source, const std::string& variable) const {
  const auto found = source.columns.find(variable);
  if (learnt(*source.coding, variable).kind == VariableKind::factor || found == source.columns.end()) return {variable};
  const bool known = std::ranges::all_of(found->second, [&](const auto& name) { return number(name).has_value(); });
  return known ? found->second : std::vector<std::string>{variable};
}

std::vector<std::string> Variables::keys(const Source& source, const Product& product) const {
  std::vector<std::string> all;
  for (const Piece& piece : product)
    for (const std::string& key : keys(source, piece.variable)) add_new(all, key);
  return all;
}

std::pair<const Variables::Source*, const Variables::Product*> Variables::product(const std::string& column) const {
  for (const Source& source : sources_) {
    const auto& products = source.coding->learnt().products;
    if (const auto found = products.find(column); found != products.end()) return {&source, &found->second};
  }
  return {nullptr, nullptr};
}

std::vector<std::string> Variables::fixed() const {
  std::vector<std::string> names;
  if (sources_.empty()) return names;
  for (const design::DesignColumn& column : sources_[0].coding->fixed().columns)
    if (const auto [source, pieces] = product(column.data); pieces != nullptr)
      for (const std::string& key : keys(*source, *pieces)) add_new(names, key);
  return names;
}

std::vector<std::pair<std::string, std::string>> Variables::interacting() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (sources_.empty()) return pairs;
  for (const design::DesignColumn& column : sources_[0].coding->fixed().columns)
    if (const auto [source, pieces] = product(column.data); pieces != nullptr) {
      const auto names = keys(*source, *pieces);
      for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = i + 1; j < names.size(); ++j)
          if (const std::pair pair{names[i], names[j]}; std::ranges::count(pairs, pair) == 0) pairs.push_back(pair);
    }
  return pairs;
}

const frame::Numbers* Variables::rows_of(const Source& source, const Piece& piece) const {
  for (const auto& [name, product] : source.coding->learnt().products)
    if (product.size() == 1 && product[0].variable == piece.variable && product[0].column == piece.column &&
        product[0].indicator == piece.indicator && data_.has(name) && data_.is_numeric(name))
      return &data_.numeric(name);
  return nullptr;
}

/// A numeric column of the user's table.
std::optional<std::vector<double>> Variables::number(const std::string& name) const {
  if (name == response_) return std::nullopt;
  for (const Source& source : sources_)
    for (const auto& [variable, columns] : source.columns) {
      if (columns.size() != 1 || columns[0] != name) continue;
      const LearntVariable& its = learnt(*source.coding, variable);
      const frame::Numbers* first = its.kind == VariableKind::factor ? nullptr : rows_of(source, {variable, false, 0});
      if (first == nullptr) continue;
      if (its.kind == VariableKind::plain) return first->copy();
      const auto standard = source.coding->learnt().standards.find(variable);
      if (standard != source.coding->learnt().standards.end() &&
          variable.substr(variable.find('(')) == "(" + formula::quoted(name) + ")") {
        std::vector<double> x = first->copy();
        for (double& each : x) each = standard->second.center + standard->second.scale * each;
        return x;
      }
      if (its.kind != VariableKind::polynomial || !variable.starts_with("poly(" + formula::quoted(name) + ","))
        continue;
      std::vector<double> x = first->copy();  // (x − α₁)/√n₁
      for (double& each : x) each = its.polynomial.alpha[0] + std::sqrt(its.polynomial.norm2[1]) * each;
      return x;
    }
  if (data_.has(name) && data_.is_numeric(name) && product(name).first == nullptr) return data_.numeric(name).copy();
  return std::nullopt;
}

/// Levels of the rows: those whose codes they have.
std::optional<Variable> Variables::coded_factor(const Source& source, const std::string& name) const {
  const LearntVariable& variable = learnt(*source.coding, name);
  std::vector<std::pair<Piece, const frame::Numbers*>> known;
  for (const bool indicator : {false, true}) {
    const std::size_t count = indicator ? variable.levels.size() : variable.contrast.codes.size();
    std::vector<std::pair<Piece, const frame::Numbers*>> own;
    for (std::size_t c = 0; c < count; ++c)
      if (const Piece piece{name, indicator, c}; const auto* found = rows_of(source, piece))
        own.emplace_back(piece, found);
    if (own.size() == count) known = std::move(own);
  }
  if (known.empty()) return std::nullopt;
  Variable result{name, variable.levels, std::vector<double>(data_.rows(), 0)};
  for (std::size_t n = 0; n < data_.rows(); ++n)
    for (std::size_t level = 0; level < variable.levels.size(); ++level)
      if (std::ranges::all_of(known, [&](const auto& each) {
            return std::abs(code(variable, each.first, level) - (*each.second)[n]) < 1e-9;
          }))
        result.rows[n] = static_cast<double>(level);
  return result;
}

std::optional<Variable> Variables::find(const std::string& name) const {
  if (data_.has(name) && data_.is_factor(name)) {
    const frame::Factor& factor = data_.factor(name);
    return Variable{name, factor.levels, {factor.codes.begin(), factor.codes.end()}};
  }
  for (const Source& source : sources_)
    if (const auto found = source.coding->learnt().variables.find(name);
        found != source.coding->learnt().variables.end() && found->second.kind == VariableKind::factor)
      if (auto variable = coded_factor(source, name)) return variable;
  if (auto values = number(name)) return Variable{name, {}, std::move(*values)};
  for (const Source& source : sources_)
    if (source.columns.contains(name) && keys(source, name) == std::vector{name})
      if (const auto* values = rows_of(source, {name, false, 0})) return Variable{name, {}, values->copy()};
  return std::nullopt;
}

std::vector<std::string> Variables::names() const {
  std::vector<std::string> all;
  for (const Source& source : sources_)
    for (const auto& [column, pieces] : source.coding->learnt().products)
      if (column != response_)
        for (const std::string& key : keys(source, pieces)) add_new(all, key);
  for (const std::string& name : data_.names())
    if (name != response_ && product(name).first == nullptr) add_new(all, name);
  std::erase_if(all, [&](const std::string& name) { return !find(name); });
  return all;
}

std::optional<frame::Numbers> Variables::grid_of(const Source& source, const Piece& piece,
                                                 const Settings& settings) const {
  const auto names = keys(source, piece.variable);
  if (std::ranges::none_of(names, [&](const auto& name) { return settings.contains(name); })) return std::nullopt;
  const LearntVariable& variable = learnt(*source.coding, piece.variable);
  if (variable.kind == VariableKind::factor) {
    const std::vector<std::string> levels = find(piece.variable)->levels;
    std::vector<double> codes;
    for (const double level : settings.at(piece.variable)) {
      const auto at = std::ranges::find(variable.levels, levels[static_cast<std::size_t>(level)]);
      codes.push_back(code(variable, piece, static_cast<std::size_t>(at - variable.levels.begin())));
    }
    return codes;
  }
  if (names == std::vector{piece.variable} && variable.kind != VariableKind::plain) return settings.at(piece.variable);
  frame::Frame table;
  for (const std::string& name : names) {
    const auto set = settings.find(name);
    table.add(name, frame::Numeric{set != settings.end()
                                       ? set->second
                                       : std::vector<double>(settings.begin()->second.size(), mean_of(*number(name)))});
  }
  return source.coding->values(piece, table);
}

std::vector<double> Variables::column(const std::string& name, const Settings& settings) const {
  const auto [source, pieces] = product(name);
  const std::size_t rows = settings.begin()->second.size();
  if (pieces == nullptr) {
    const auto set = settings.find(name);
    return set != settings.end() ? set->second : std::vector<double>(rows, mean_of(data_.numeric(name)));
  }
  const auto grid = [&, of = source](const Piece& piece) { return grid_of(*of, piece, settings); };
  const bool any = std::ranges::any_of(*pieces, [&](const Piece& piece) { return grid(piece).has_value(); });
  if (!any) return std::vector<double>(rows, mean_of(data_.numeric(name)));
  std::vector<double> result(rows, 1), rest(data_.rows(), 1);
  for (const Piece& piece : *pieces) {
    if (const auto values = grid(piece)) {
      std::ranges::transform(result, *values, result.begin(), std::multiplies());
    } else if (const auto* others = rows_of(*source, piece)) {
      std::ranges::transform(rest, *others, rest.begin(), std::multiplies());
    } else {
      throw base::Error(fmt::format("`{}` is known in the product `{}` alone", piece.variable, name), {},
                        "set it, too");
    }
  }
  const double mean = mean_of(rest);
  for (double& value : result) value *= mean;
  return result;
}

/// A grouping factor that is set, or whose parts are.
std::optional<frame::Factor> Variables::factor(const std::string& name, const Settings& settings) const {
  const std::vector<std::string>& levels = data_.factor(name).levels;
  const std::size_t rows = settings.begin()->second.size();
  std::vector<std::string> labels(rows);
  std::size_t begin = 0;
  const bool whole = settings.contains(name);
  do {
    const std::size_t end = whole ? name.size() : std::min(name.find(':', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    const auto set = settings.find(part);
    if (set == settings.end()) return std::nullopt;
    const Variable its = *find(part);
    for (std::size_t n = 0; n < rows; ++n)
      labels[n] += (begin > 0 ? "_" : "") + its.levels.at(static_cast<std::size_t>(set->second[n]));
    begin = end + 1;
  } while (begin <= name.size());
  frame::Factor result{{}, levels};
  for (const std::string& label : labels) {
    const auto at = std::ranges::find(levels, label);
    if (at == levels.end()) throw base::Error(fmt::format("`{}` has no level `{}`", name, label));
    result.codes.push_back(static_cast<std::int32_t>(at - levels.begin()));
  }
  return result;
}

frame::Frame Variables::coded(const Settings& settings) const {
  WOODBURY_ASSERT(!settings.empty());
  frame::Frame result;
  for (const std::string& name : data_.names()) {
    if (name == response_) continue;
    if (data_.is_numeric(name))
      result.add(name, frame::Numeric{column(name, settings)});
    else if (auto its = factor(name, settings))
      result.add(name, std::move(*its));
  }
  if (result.names().empty()) result.add(settings.begin()->first, frame::Numeric{settings.begin()->second});
  return result;
}

bool Variables::tells(const std::vector<std::string>& set) const {
  const auto is_set = [&](const Source& source, const Piece& piece) {
    return std::ranges::any_of(keys(source, piece.variable),
                               [&](const auto& key) { return std::ranges::count(set, key) > 0; });
  };
  for (const std::string& name : data_.names()) {
    const auto [source, pieces] = product(name);
    if (pieces == nullptr || name == response_) continue;
    const auto given = [&, of = source](const Piece& piece) { return is_set(*of, piece); };
    if (std::ranges::any_of(*pieces, given) && !std::ranges::all_of(*pieces, [&, of = source](const Piece& piece) {
          return given(piece) || rows_of(*of, piece) != nullptr;
        }))
      return false;
  }
  return std::ranges::all_of(set, [&](const std::string& name) { return find(name).has_value(); });
}

}  // namespace woodbury::answers
