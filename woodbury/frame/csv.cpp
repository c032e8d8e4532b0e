// Reading CSV: which columns, of which types, and what can be wrong with them.
#include "woodbury/frame/csv.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "woodbury/frame/column_builder.hpp"
#include "woodbury/frame/records.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {
namespace {

/// A column that is read, and where it stands in a record.
struct Reading {
  std::size_t index;
  ColumnBuilder builder;
};

std::vector<std::string> read_header(Records& records, const Input& input) {
  if (!records.next()) throw base::Error(fmt::format("`{}` is empty", input.name()));
  std::vector<std::string> header;
  for (const Field& field : records.fields()) {
    header.emplace_back(field.quoted ? records.text(field) : trim(field.raw));
    if (!is_utf8(header.back())) {
      fail_at(input.name(), records.line(), fmt::format("the column name {} is not UTF-8", shown(header.back())),
              "save the file in UTF-8");
    }
  }
  return header;
}

// Where the column stands; an error where there is none, or more than one.
std::size_t find_column(const std::vector<std::string>& header, const std::string& name, const Input& input) {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) {
    const bool other_separator = header.size() == 1 && header.front().find_first_of(";\t") != std::string::npos;
    throw base::Error(fmt::format("`{}` has no column `{}`", input.name(), name), {},
                      other_separator ? "its header has no commas: columns are separated by commas, not `;` or tabs"
                                      : base::did_you_mean(name, header));
  }
  if (!name.empty() && std::find(found + 1, header.end(), name) != header.end()) {
    throw base::Error(fmt::format("`{}` has more than one column `{}`", input.name(), name), {}, "rename one of them");
  }
  return static_cast<std::size_t>(found - header.begin());
}

// The columns asked for, in the header's order; without a wish, all that have a name (row names have none).
std::vector<Reading> choose(const std::vector<std::string>& header, const CsvOptions& options, const Input& input) {
  std::map<std::size_t, std::string> chosen;
  for (const auto& name : options.columns) chosen[find_column(header, name, input)] = name;
  if (options.columns.empty()) {
    for (const auto& name : header) {
      if (!name.empty()) chosen[find_column(header, name, input)] = name;
    }
  }
  for (const auto& [name, type] : options.types) static_cast<void>(find_column(header, name, input));
  std::vector<Reading> readings;
  for (const auto& [index, name] : chosen) {
    const auto type = options.types.find(name);
    readings.push_back({index, {name, type == options.types.end() ? std::nullopt : std::optional(type->second)}});
  }
  return readings;
}

[[noreturn]] void fail_ragged(const Records& records, std::size_t width, bool first, const Input& input) {
  const std::size_t found = records.fields().size();
  fail_at(input.name(), records.line(),
          fmt::format("{} field{} where the header has {}", found, found == 1 ? "" : "s", width),
          first && found == width + 1 ? "if the first column holds row names, give it a name in the header" : "");
}

[[noreturn]] void fail_value(Verdict verdict, std::string_view text, const Records& records, const std::string& name,
                             const Input& input) {
  const bool number = verdict == Verdict::not_a_number;
  fail_at(input.name(), records.line(),
          fmt::format("{} in column `{}` is not {}", shown(text), name, number ? "a number" : "UTF-8"),
          number ? fmt::format("declare `{}` a factor, or correct the value", name) : "save the file in UTF-8");
}

// Reads the rows that follow the header into the columns; returns how many there are.
std::size_t read_rows(Records& records, std::size_t width, std::vector<Reading>& readings, const Input& input) {
  std::size_t rows = 0;
  for (; records.next(); ++rows) {
    const auto fields = records.fields();
    if (fields.size() != width) fail_ragged(records, width, rows == 0, input);
    for (auto& [index, builder] : readings) {
      const std::string_view text = records.text(fields[index]);
      const Verdict verdict = builder.add(text);
      if (verdict != Verdict::good) fail_value(verdict, text, records, builder.name(), input);
    }
  }
  return rows;
}

// Once more from the start, for columns that began as numbers and turned out to be labels.
void read_again(Input& input, std::size_t width, std::vector<Reading>& readings, std::size_t rows, std::size_t chunk) {
  std::vector<Reading> again;
  for (auto& reading : readings) {
    if (!reading.builder.needs_second_pass()) continue;
    reading.builder.restart_as_factor();
    reading.builder.reserve(rows);
    again.push_back(std::move(reading));
  }
  if (again.empty()) return;
  std::erase_if(readings, [&](const Reading& reading) {
    return std::ranges::find(again, reading.index, &Reading::index) != again.end();
  });
  if (!input.rewind()) {
    const auto& name = again.front().builder.name();
    throw base::Error(fmt::format("column `{}` of `{}` begins with numbers and goes on with text, and the input cannot "
                                  "be read twice",
                                  name, input.name()),
                      {}, fmt::format("declare `{}` a factor, or give a file", name));
  }
  Records records(input, chunk);
  const bool same =
      records.next() && records.fields().size() == width && read_rows(records, width, again, input) == rows;
  if (!same) throw base::Error(fmt::format("`{}` was changed while it was read", input.name()));
  std::ranges::move(again, std::back_inserter(readings));
  std::ranges::sort(readings, {}, &Reading::index);
}

}  // namespace

Frame read_table(Input& input, const CsvOptions& options, std::size_t chunk) {
  std::vector<Reading> readings;
  std::size_t width = 0, rows = 0;
  {
    Records records(input, chunk);
    const auto header = read_header(records, input);
    width = header.size();
    readings = choose(header, options, input);
    rows = read_rows(records, width, readings, input);
  }
  if (rows == 0) throw base::Error(fmt::format("`{}` has a header and no rows", input.name()));
  read_again(input, width, readings, rows, chunk);
  Frame frame;
  for (auto& reading : readings) {
    frame.add(reading.builder.name(), std::move(reading.builder).finish());
  }
  frame.source.rows = rows;
  return frame;
}

Frame read_csv(const std::string& path, const CsvOptions& options) {
  Input input(open_file(path), path);
  Frame frame = read_table(input, options);
  frame.source.path = path;
  frame.source.sha256 = input.sha256();
  return frame;
}

Frame parse_csv(const std::string& text, const CsvOptions& options, const std::string& name) {
  Input input(open_text(text), name);
  Frame frame = read_table(input, options);
  frame.source.sha256 = input.sha256();
  return frame;
}

}  // namespace woodbury::frame
