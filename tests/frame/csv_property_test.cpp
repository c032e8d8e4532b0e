// Random tables, written with random quotes, line ends and precision, read in chunks of random size, come back.
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "tests/frame/support.hpp"
#include "woodbury/frame/csv.hpp"

namespace woodbury::frame {
namespace {

using Cells = std::vector<std::string>;

/// A column as written: its cells ("" is missing), and whether all others are numbers.
struct Written {
  Cells cells;
  bool numeric = true;
};

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : stream_(seed, 0, 0, base::Purpose::test) {}

  std::vector<Written> table() {
    std::vector<Written> columns(1 + stream_.below(5));
    const std::size_t rows = 1 + stream_.below(40);
    for (auto& column : columns) {
      const auto kind = stream_.below(4);  // numbers, texts, numbers then texts, nearly all missing
      for (std::size_t row = 0; row < rows; ++row) {
        const bool is_text = kind == 1 || (kind == 2 && stream_.below(8) == 0);
        const bool missing = stream_.below(kind == 3 ? 2 : 6) == 0;
        column.cells.push_back(missing ? "" : is_text ? text() : number());
        column.numeric = column.numeric && (missing || !is_text);
      }
    }
    return columns;
  }

  std::string csv(const std::vector<Written>& columns) {
    const char* const ends[] = {"\n", "\r\n", "\r"};
    const std::string end = ends[stream_.below(3)];
    std::string out = stream_.below(3) == 0 ? "\xEF\xBB\xBF" : "";
    for (std::size_t c = 0; c < columns.size(); ++c) out += (c > 0 ? "," : "") + quote(fmt::format("c{}", c), false);
    for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
      out += end;
      if (stream_.below(10) == 0) out += end;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        out += (c > 0 ? "," : "") + cell(columns[c].cells[row], columns.size() == 1);
      }
    }
    return stream_.below(2) == 0 ? out + end : out;
  }

  std::size_t chunk() { return stream_.below(4) == 0 ? Records::kChunk : 1 + stream_.below(60); }

 private:
  std::string number() {
    const double value = stream_.normal() * std::pow(10.0, static_cast<double>(stream_.below(12)) - 4);
    switch (stream_.below(4)) {
      case 0:
        return fmt::format("{}", static_cast<long>(stream_.below(20)));
      case 1:
        return fmt::format("{:.17g}", value);
      case 2:
        return fmt::format("{:+.3e}", value);
      default:
        return fmt::format("0{:.2f}", std::abs(value));
    }
  }

  std::string text() {
    static const Cells pieces = {"a", "B", "é", "€", "\U0001F600", ",", "\"", "\n", "\r", "\r\n", " ", "1", "-", "NA"};
    std::string result = "t";
    for (auto left = stream_.below(5); left > 0; --left) result += pieces[stream_.below(pieces.size())];
    return result;
  }

  // Quoted where it must be, else by chance; at the start of a field a quote is never bare.
  std::string quote(const std::string& text, bool must) {
    if (!must && text.find_first_of(",\"\r\n") == std::string::npos && stream_.below(3) > 0) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
  }

  std::string cell(const std::string& text, bool alone) {
    if (!text.empty()) return quote(text, false);
    const char* const missing[] = {"", "NA", "NaN"};
    const std::string word = missing[stream_.below(3)];
    return quote(word, alone && word.empty());  // an empty line is no record
  }

  base::Stream stream_;
};

void expect_column(const Frame& frame, const std::string& name, const Written& column) {
  ASSERT_EQ(frame.is_numeric(name), column.numeric);
  for (std::size_t row = 0; row < column.cells.size(); ++row) {
    const std::string& cell = column.cells[row];
    if (!column.numeric) {
      const Factor& factor = frame.factor(name);
      ASSERT_EQ(factor.codes[row] < 0 ? "" : factor.levels.at(factor.codes[row]), cell);
    } else if (cell.empty()) {
      ASSERT_TRUE(std::isnan(frame.numeric(name)[row]));
    } else {
      ASSERT_EQ(frame.numeric(name)[row], std::strtod(cell.c_str(), nullptr)) << cell;
    }
  }
}

TEST(CsvProperty, WhatIsWrittenIsRead) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Writer writer(seed);
    const auto columns = writer.table();
    const std::string text = writer.csv(columns);
    const std::size_t chunk = writer.chunk();
    SCOPED_TRACE(fmt::format("seed {}, chunk {}:\n{}", seed, chunk, text));
    const std::string stored = seed % 5 == 0 ? gzip(text) : text;
    Input input(open_text(stored), "t.csv");
    const Frame frame = read_table(input, {}, chunk);
    ASSERT_EQ(frame.rows(), columns.front().cells.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      ASSERT_NO_FATAL_FAILURE(expect_column(frame, fmt::format("c{}", c), columns[c]));
    }
  }
}

// Errors, too, do not depend on where the chunks end.
TEST(CsvProperty, ErrorsDoNotDependOnChunks) {
  base::Stream stream(7, 0, 0, base::Purpose::test);
  std::size_t errors = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Writer writer(seed);
    std::string text = writer.csv(writer.table());
    text[stream.below(text.size())] = "\",\n\rx"[stream.below(5)];
    const auto outcome = [&](std::size_t chunk) {
      return error_of([&] {
        Input input(open_text(text), "t.csv");
        static_cast<void>(read_table(input, {}, chunk));
      });
    };
    const std::string whole = outcome(Records::kChunk);
    errors += whole == "no error" ? 0 : 1;
    ASSERT_EQ(outcome(1 + stream.below(20)), whole) << text;
  }
  EXPECT_GT(errors, 100U);
}

}  // namespace
}  // namespace woodbury::frame
