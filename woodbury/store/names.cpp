// Names of variables, dims and columns in the formats of a fit folder, and names.json, which maps them back.
#include "woodbury/store/names.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

#include "woodbury/store/store.hpp"

namespace woodbury::store {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Reads the code point at `at` (UTF-8; a stray byte counts as itself) and moves past it.
std::uint32_t next_code_point(const std::string& text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  std::uint32_t point = more == 3 ? lead & 0x07U : more == 2 ? lead & 0x0FU : more == 1 ? lead & 0x1FU : lead;
  for (; more > 0 && at < text.size(); --more) point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

/// R's read.csv turns anything but letters, digits, `.` and `_` into `.`, and letters depend on the locale; so other
/// ASCII becomes `_` and other characters their code point, `u00E9`. A final `__` is the mark of a sampler's column.
std::string csv_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const char c = name[at];
    if (!is_ascii(c)) {
      out += fmt::format("u{:04X}", next_code_point(name, at));
      continue;
    }
    out += is_letter(c) || is_digit(c) ? c : '_';
    ++at;
  }
  if (out.empty() || !is_letter(out[0])) out.insert(0, "v");
  while (out.ends_with("__")) out.pop_back();
  return out;
}

void claim(std::map<std::string, std::string>& owners, const std::string& as, const std::string& name,
           const char* where) {
  const auto [found, added] = owners.emplace(as, name);
  if (added) return;
  const std::string& other = found->second;
  if (other == name) throw base::Error(fmt::format("two variables are called `{}`", name), {}, "rename one of them");
  throw base::Error(other.empty()
                        ? fmt::format("`{}` would be called `{}` in {}, which is taken by the sampler", name, as, where)
                        : fmt::format("`{}` and `{}` would both be called `{}` in {}", other, name, as, where),
                    {}, "rename one of the columns they come from");
}

using Labels = std::vector<std::string>;

/// Gives each dim its netCDF name; `known` has the labels of the names given so far.
class DimNames {
 public:
  explicit DimNames(std::set<std::string> taken) : taken_(std::move(taken)) {}

  std::vector<std::string> of(const draws::Variable& variable, const std::string& prefix) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < variable.dims.size(); ++i) {
      std::string name = netcdf_name(variable.dims[i]);
      if (taken_.contains(name)) name += "__level";
      if (!fits(name, variable.coords[i], names)) name = prefix + "__" + name;
      while (!fits(name, variable.coords[i], names)) name += '_';
      known_[name] = variable.coords[i];
      names.push_back(name);
    }
    return names;
  }

 private:
  bool fits(const std::string& name, const Labels& labels, const std::vector<std::string>& used) const {
    const auto found = known_.find(name);
    return !taken_.contains(name) && std::find(used.begin(), used.end(), name) == used.end() &&
           (found == known_.end() || found->second == labels);
  }

  std::set<std::string> taken_;
  std::map<std::string, Labels> known_;
};

/// Position of storage index `index` along each dim, the last dim running fastest.
std::vector<std::size_t> subscripts(const draws::Variable& variable, std::size_t index) {
  std::vector<std::size_t> at(variable.dims.size());
  for (std::size_t i = at.size(); i-- > 0;) {
    at[i] = index % variable.coords[i].size();
    index /= variable.coords[i].size();
  }
  return at;
}

}  // namespace

std::string netcdf_name(const std::string& name) {
  std::string out = name;
  for (char& c : out)
    if (c == '/' || c == '\x7f' || (is_ascii(c) && c < ' ')) c = '_';
  if (out.empty()) out = "_";
  if (is_ascii(out.front()) && !is_letter(out.front()) && !is_digit(out.front())) out.front() = '_';
  if (out.back() == ' ') out.back() = '_';
  return out;
}

std::vector<FileNames> file_names(const std::vector<draws::Variable>& variables) {
  std::map<std::string, std::string> csv;
  std::map<std::string, std::string> netcdf = {{"chain", ""}, {"draw", ""}};
  std::vector<FileNames> names;
  std::set<std::string> taken = {"chain", "draw"};
  for (const auto& variable : variables) {
    FileNames its{csv_name(variable.name), netcdf_name(variable.name), {}};
    claim(netcdf, its.netcdf, variable.name, "posterior.nc");
    claim(csv, its.csv, variable.name, "CmdStan's CSV");
    taken.insert(its.netcdf);
    names.push_back(std::move(its));
  }
  DimNames dims(std::move(taken));
  for (std::size_t i = 0; i < variables.size(); ++i) names[i].dims = dims.of(variables[i], names[i].netcdf);
  return names;
}

std::vector<draws::Variable> netcdf_variables(std::vector<draws::Variable> variables) {
  const auto names = file_names(variables);
  for (std::size_t v = 0; v < variables.size(); ++v) {
    variables[v].name = names[v].netcdf;
    variables[v].dims = names[v].dims;
  }
  return variables;
}

void check_names(const std::vector<draws::Variable>& variables) { static_cast<void>(file_names(variables)); }

std::vector<std::size_t> column_major(const draws::Variable& variable) {
  std::vector<std::size_t> order;
  order.reserve(variable.size());
  std::vector<std::size_t> at(variable.dims.size(), 0);
  for (std::size_t count = variable.size(); count > 0; --count) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < at.size(); ++i) index = index * variable.coords[i].size() + at[i];
    order.push_back(index);
    for (std::size_t i = 0; i < at.size() && ++at[i] == variable.coords[i].size(); ++i) at[i] = 0;
  }
  return order;
}

std::vector<std::string> csv_columns(const draws::Variable& variable, const std::string& csv) {
  std::vector<std::string> columns;
  for (const std::size_t index : column_major(variable)) {
    std::string column = csv;
    for (const std::size_t at : subscripts(variable, index)) column += fmt::format(".{}", at + 1);
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string names_text(const std::vector<draws::Variable>& variables, bool arrays) {
  const auto names = file_names(variables);
  std::string text = "{\n\"format\": 1,\n\"columns\": {";
  const char* comma = "\n";
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const auto& variable = variables[v];
    if (!arrays && !variable.dims.empty()) continue;
    const auto columns = csv_columns(variable, names[v].csv);
    const auto order = column_major(variable);
    for (std::size_t k = 0; k < columns.size(); ++k, comma = ",\n") {
      auto labels = nlohmann::ordered_json::array();
      const auto at = subscripts(variable, order[k]);
      for (std::size_t i = 0; i < at.size(); ++i) labels.push_back(variable.coords[i][at[i]]);
      const nlohmann::ordered_json entry = {{"name", variable.name}, {"dims", variable.dims}, {"labels", labels}};
      text += fmt::format("{}\"{}\": {}", comma, columns[k],
                          entry.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    }
  }
  text += "\n},\n\"variables\": [";
  comma = "\n";
  for (std::size_t v = 0; v < variables.size(); ++v, comma = ",\n") {
    const nlohmann::ordered_json entry = {{"name", variables[v].name},    {"csv", names[v].csv},
                                          {"netcdf", names[v].netcdf},    {"dims", variables[v].dims},
                                          {"netcdf_dims", names[v].dims}, {"coords", variables[v].coords}};
    text += comma + entry.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  return text + "\n]\n}\n";
}

std::vector<NamedVariable> variables_of_names(const nlohmann::json& names) {
  std::vector<NamedVariable> out;
  for (const auto& entry : names.at("variables")) {
    NamedVariable named;
    entry.at("name").get_to(named.variable.name);
    entry.at("dims").get_to(named.variable.dims);
    entry.at("coords").get_to(named.variable.coords);
    entry.at("netcdf").get_to(named.netcdf);
    out.push_back(std::move(named));
  }
  return out;
}

}  // namespace woodbury::store
