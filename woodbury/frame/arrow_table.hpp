// Tables of other libraries, read over Arrow's C data interface.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

namespace woodbury::frame {

class Frame;

/// A stream of record batches, or a lone column's chunks. It can be read once.
class ArrowTable {
 public:
  /// Takes the stream over: its `release` is null afterwards. Throws base::Error with the words of the library that
  /// made it where it gives no schema.
  explicit ArrowTable(ArrowArrayStream& stream);
  /// The same of a table or column that comes whole.
  ArrowTable(ArrowSchema& schema, ArrowArray& array);
  ArrowTable(ArrowTable&&) noexcept;
  ~ArrowTable();

  /// Names of the columns; of a lone column its own, often "".
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  /// Reads these columns; whole numbers of those in `factors` become labels, where doubles would merge large ones.
  /// Doubles that come in one piece, without nulls, stay where they are and are kept alive; all else is copied.
  /// Numbers of any width, decimals among them, are doubles; texts and truth values factors, sorted; dictionaries
  /// factors in the dictionary's order (but polars' Categorical, whose order is that of first use in the process:
  /// sorted). Nulls are missing. Throws base::Error naming a column of any other type, as of dates.
  [[nodiscard]] Frame read(const std::vector<std::string>& columns, const std::vector<std::string>& factors = {});

 private:
  struct Source;
  std::unique_ptr<Source> source_;
  std::vector<std::string> names_;
};

/// Hands a frame out as a stream of one batch, its numbers and codes where they are: missing numbers are NaN, factors
/// dictionaries. The reader releases the stream, and what it took from it, when it likes.
void to_arrow(const Frame& frame, ArrowArrayStream& stream);

}  // namespace woodbury::frame
