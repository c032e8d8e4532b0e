#include "woodbury/answers/table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace woodbury::answers {

namespace {

std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Two decimals, more where the number is small.
std::string rounded(double value) {
  if (std::isnan(value)) return "NA";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  const double size = std::abs(value);
  if (size >= 1e7 || (size > 0 && size < 1e-6)) return fmt::format("{:.3g}", value);
  const int decimals = size == 0 || size >= 1 ? 2 : std::min(6, 1 + static_cast<int>(-std::floor(std::log10(size))));
  return fmt::format("{:.{}f}", value, decimals);
}

std::string shown(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double value = std::get<double>(cell);
  return std::isfinite(value) && value == std::round(value) && std::abs(value) < 1e7 ? fmt::format("{:.0f}", value)
                                                                                     : rounded(value);
}

std::string csv_field(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell))
    return std::isfinite(*number) ? fmt::format("{}", *number) : "NA";
  const auto& text = std::get<std::string>(cell);
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string joined(const std::vector<Cell>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i ? "," : "") + csv_field(cells[i]);
  return line + "\n";
}

nlohmann::json json_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  return std::isfinite(number) ? nlohmann::json(number) : nlohmann::json();
}

std::vector<Cell> header_cells(const Table& table) { return {table.columns.begin(), table.columns.end()}; }

std::string csv(const Table& table) {
  std::string text = joined(header_cells(table));
  for (const auto& row : table.rows) text += joined(row);
  return text;
}

/// Cells as shown, with what marks text columns: those go to the left.
struct Grid {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> widths;
  std::vector<bool> left;
};

Grid grid_of(const Table& table, const auto& escape) {
  Grid grid;
  grid.rows.emplace_back();
  for (const std::string& name : table.columns) grid.rows[0].push_back(escape(name));
  for (const auto& row : table.rows) {
    auto& out = grid.rows.emplace_back();
    for (const Cell& cell : row) out.push_back(escape(shown(cell)));
  }
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    grid.left.push_back(std::ranges::any_of(
        table.rows, [&](const auto& row) { return c < row.size() && std::holds_alternative<std::string>(row[c]); }));
    std::size_t width = 3;
    for (const auto& row : grid.rows) width = std::max(width, c < row.size() ? columns_of(row[c]) : 0);
    grid.widths.push_back(width);
  }
  return grid;
}

std::string padded(const Grid& grid, const std::vector<std::string>& row, std::size_t c) {
  const std::string space(grid.widths[c] - columns_of(row[c]), ' ');
  return grid.left[c] ? row[c] + space : space + row[c];
}

std::string text(const Table& table) {
  const Grid grid = grid_of(table, [](const std::string& cell) { return cell; });
  std::string out = table.title.empty() ? "" : table.title + "\n";
  for (const auto& row : grid.rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += (c ? "  " : "") + padded(grid, row, c);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const std::string& note : table.notes) out += note + "\n";
  return out;
}

std::string markdown(const Table& table) {
  const Grid grid = grid_of(table, [](const std::string& cell) {
    std::string safe;
    for (const char c : cell) safe += c == '|' ? "\\|" : std::string(1, c);
    return safe;
  });
  std::string out = table.title.empty() ? "" : "**" + table.title + "**\n\n";
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    out += "|";
    for (std::size_t c = 0; c < grid.rows[r].size(); ++c) out += " " + padded(grid, grid.rows[r], c) + " |";
    out += "\n";
    if (r > 0) continue;
    out += "|";
    for (std::size_t c = 0; c < grid.widths.size(); ++c)
      out += grid.left[c] ? fmt::format("{:-<{}}|", "", grid.widths[c] + 2)
                          : fmt::format("{:-<{}}:|", "", grid.widths[c] + 1);
    out += "\n";
  }
  for (const std::string& note : table.notes) out += "\n" + note + "\n";
  return out;
}

std::string latex(const Table& table) {
  const Grid grid = grid_of(table, [](const std::string& cell) {
    std::string safe;
    for (const char c : cell) {
      if (std::string("&%$#_{}").find(c) != std::string::npos)
        safe += std::string("\\") + c;
      else if (c == '~' || c == '^' || c == '\\')
        safe += c == '~' ? "\\textasciitilde{}" : c == '^' ? "\\textasciicircum{}" : "\\textbackslash{}";
      else
        safe += c;
    }
    return safe;
  });
  std::string align;
  for (const bool left : grid.left) align += left ? 'l' : 'r';
  std::string out = table.title.empty() ? "" : "% " + table.title + "\n";
  out += fmt::format("\\begin{{tabular}}{{{}}}\n\\hline\n", align);
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    for (std::size_t c = 0; c < grid.rows[r].size(); ++c) out += (c ? " & " : "") + padded(grid, grid.rows[r], c);
    out += r == 0 ? " \\\\\n\\hline\n" : " \\\\\n";
  }
  return out + "\\hline\n\\end{tabular}\n";
}

}  // namespace

nlohmann::json to_json(const std::vector<Table>& tables) {
  nlohmann::json json{{"format", 1}};
  for (const Table& table : tables) {
    auto& list = json[table.title.empty() ? "rows" : table.title] = nlohmann::json::array();
    for (const auto& row : table.rows) {
      auto& entry = list.emplace_back(nlohmann::json::object());
      for (std::size_t c = 0; c < row.size(); ++c) entry[table.columns[c]] = json_of(row[c]);
    }
    for (const std::string& note : table.notes) json["notes"].push_back(note);
  }
  return json;
}

nlohmann::json to_columns(const std::vector<Table>& tables) {
  nlohmann::json list = nlohmann::json::array();
  for (const Table& table : tables) {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& row : table.rows) {
      auto& cells = rows.emplace_back(nlohmann::json::array());
      for (const Cell& cell : row) cells.push_back(json_of(cell));
    }
    list.push_back(
        {{"title", table.title}, {"columns", table.columns}, {"rows", std::move(rows)}, {"notes", table.notes}});
  }
  return list;
}

std::string print(const std::vector<Table>& tables, Format format) {
  if (format == Format::json) return to_json(tables).dump(2) + "\n";
  std::string out;
  for (const Table& table : tables) {
    if (!out.empty()) out += "\n";
    switch (format) {
      case Format::text:
        out += text(table);
        break;
      case Format::csv:
        out += csv(table);
        break;
      case Format::md:
        out += markdown(table);
        break;
      default:
        out += latex(table);
    }
  }
  return out;
}

}  // namespace woodbury::answers
