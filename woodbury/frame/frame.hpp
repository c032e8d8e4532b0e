// A table in memory: named columns of one length, each numeric or a factor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/arrow_table.hpp"
#include "woodbury/frame/numbers.hpp"

namespace woodbury::frame {

/// A column of numbers; a missing value is NaN.
struct Numeric {
  Numbers values;
};

/// A column of labels: codes index `levels` from 0; −1 is missing.
struct Factor {
  std::vector<std::int32_t> codes;
  std::vector<std::string> levels;
};

using Column = std::variant<Numeric, Factor>;

/// Where a frame came from, for run records.
struct Source {
  std::string path;      ///< empty where the table came from memory
  std::string sha256;    ///< of the file's bytes, in hexadecimal
  std::size_t rows = 0;  ///< rows read, before any were dropped
};

/// Columns are shared, never copied, between frames; a column is immutable once added.
class Frame {
 public:
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// Names in the order in which the columns were added.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] bool has(const std::string& name) const { return columns_.contains(name); }
  [[nodiscard]] bool is_numeric(const std::string& name) const;
  [[nodiscard]] bool is_factor(const std::string& name) const;

  /// Throws base::Error "no column `name`; did you mean …?" where there is none.
  [[nodiscard]] const Column& column(const std::string& name) const;
  /// The same, and throws where the column is not of that type.
  [[nodiscard]] const Numbers& numeric(const std::string& name) const;
  [[nodiscard]] const Factor& factor(const std::string& name) const;
  [[nodiscard]] std::shared_ptr<const Column> share(const std::string& name) const;

  /// Adds or replaces a column; all columns have the same length (a bug otherwise).
  void add(const std::string& name, Column column);
  void add(const std::string& name, std::shared_ptr<const Column> column);

  /// Drops rows in which any of `used` is missing and counts them; unused levels of factors stay. (na.omit)
  std::size_t drop_incomplete(const std::vector<std::string>& used);

  /// Some columns of some rows, in the order given; factors keep all their levels.
  [[nodiscard]] Frame take(const std::vector<std::string>& names, const std::vector<std::size_t>& rows) const;

  Source source;

 private:
  std::size_t rows_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, std::shared_ptr<const Column>> columns_;
};

/// Labels sorted as levels are: numbers by value where all labels are numbers, else by code point.
[[nodiscard]] Factor make_factor(const std::vector<std::string>& labels);
/// A factor from codes (−1: missing) and their labels, in the labels' order where that was declared, else sorted.
/// Throws base::Error where two labels are the same or a code has none.
[[nodiscard]] Factor make_factor(std::vector<std::int32_t> codes, std::vector<std::string> labels, bool ordered);
/// A factor from numbers: levels by value, whole ones labelled plainly ("100000"), others by the shortest text that
/// reads back as the number; NaN is missing.
[[nodiscard]] Factor to_factor(const Numbers& values);
/// The factor without the levels no row has.
[[nodiscard]] Factor drop_unused(const Factor& factor);
/// The interaction of factors: levels "a_b" of the combinations present, ordered by the factors in turn.
/// Throws base::Error where two combinations give the same label.
[[nodiscard]] Factor interact(const std::vector<const Factor*>& factors, const std::vector<std::string>& names);

enum class ColumnType { numeric, factor };

struct CsvOptions {
  std::vector<std::string> columns;         ///< columns to read; empty: all. A name not in the header is an error.
  std::map<std::string, ColumnType> types;  ///< overrides of what would be inferred
};

/// Reads CSV (RFC 4180: quotes, CRLF; BOM; "NA", "NaN" and empty as missing), plain or gzip by content.
/// A column is numeric when every present value is a number, else a factor whose labels are the texts as they stand.
/// Columns come in the header's order; those without a name (R's row names) are read only where "" is asked for.
/// Memory: that of the columns asked for. A column that begins with numbers and goes on with text costs a second pass.
/// Errors name the file, the line and the value.
[[nodiscard]] Frame read_csv(const std::string& path, const CsvOptions& options = {});
/// The same from text in memory; `name` stands for the path in errors.
[[nodiscard]] Frame parse_csv(const std::string& text, const CsvOptions& options = {},
                              const std::string& name = "<text>");

}  // namespace woodbury::frame
