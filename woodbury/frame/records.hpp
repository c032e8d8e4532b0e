// The records of a CSV text (RFC 4180), read in chunks: lines split at commas outside quotes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "woodbury/frame/input.hpp"

namespace woodbury::frame {

/// Throws base::Error "NAME, line LINE: MESSAGE".
[[noreturn]] void fail_at(const std::string& name, std::size_t line, const std::string& message,
                          const std::string& suggestion = {});

/// A field in the reader's buffer: what stands between the commas, or between the quotes that enclose it.
struct Field {
  std::string_view raw;
  bool quoted = false;
  bool doubled = false;  ///< holds quotes written twice
};

/// Lines end with LF, CRLF or CR. A quote matters where a field begins; within quotes, two stand for one, and line
/// ends are text. Empty lines and a byte order mark are skipped. Zero bytes are refused: no CSV has them.
class Records {
 public:
  /// Bytes read at a time; tests make it small to move the chunks' borders about.
  static constexpr std::size_t kChunk = std::size_t{1} << 20;
  /// No record is longer; one that is has a quote that was not closed.
  static constexpr std::size_t kLongest = std::size_t{1} << 26;

  explicit Records(Input& input, std::size_t chunk = kChunk);

  /// Goes to the next record; false at the end. What the last one's fields referred to is gone.
  bool next();
  [[nodiscard]] std::span<const Field> fields() const noexcept { return fields_; }
  /// The line on which the record begins, from 1.
  [[nodiscard]] std::size_t line() const noexcept { return record_line_; }
  /// The field's text with doubled quotes undone; valid until the next call.
  [[nodiscard]] std::string_view text(const Field& field);

 private:
  bool scan();
  const char* scan_plain(const char* at);
  const char* scan_quoted(const char* at, const char* stop);
  [[nodiscard]] bool is_blank() const;
  void refill();
  void skip_mark();
  void check_zero(std::size_t from) const;
  [[nodiscard]] std::size_t line_of(const char* at) const;

  Input& input_;
  std::vector<char> buffer_;  ///< [begin_, filled_) is still to be split; a line feed stands at filled_ as a sentinel
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
  bool ended_ = false;  ///< nothing follows the buffer
  std::vector<Field> fields_;
  std::size_t record_line_ = 1;
  std::size_t next_line_ = 1;
  std::string scratch_;
};

}  // namespace woodbury::frame
