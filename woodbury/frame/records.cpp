// Splitting CSV into records and fields. A record that the buffer cuts is split again from its start once more of it is
// there; records are short beside the buffer, and the buffer doubles where they are not, so that costs next to nothing.
#include "woodbury/frame/records.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {
namespace {

// The bytes that end a field without quotes.
constexpr auto kEnds = [] {
  std::array<bool, 256> ends{};
  ends[','] = ends['\n'] = ends['\r'] = true;
  return ends;
}();

// Line ends in a text, CRLF as one.
std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++lines;
  }
  return lines;
}

}  // namespace

void fail_at(const std::string& name, std::size_t line, const std::string& message, const std::string& suggestion) {
  throw base::Error(fmt::format("{}, line {}: {}", name, line, message), {}, suggestion);
}

Records::Records(Input& input, std::size_t chunk) : input_(input), buffer_(std::max<std::size_t>(chunk, 4) + 1) {
  refill();
  skip_mark();
}

void Records::skip_mark() {
  const std::string_view start(buffer_.data(), std::min<std::size_t>(filled_, 4));
  if (start.starts_with("\xEF\xBB\xBF")) begin_ = 3;
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) {
    throw base::Error(fmt::format("`{}` is UTF-16", input_.name()), {}, "save it as CSV in UTF-8");
  }
  if (start == "PK\x03\x04") {
    throw base::Error(fmt::format("`{}` is a spreadsheet or an archive, not CSV", input_.name()), {},
                      "save the sheet as CSV in UTF-8");
  }
  check_zero(begin_);
}

void Records::check_zero(std::size_t from) const {
  const void* zero = std::memchr(buffer_.data() + from, 0, filled_ - from);
  if (zero == nullptr) return;
  fail_at(input_.name(), line_of(static_cast<const char*>(zero)), "a zero byte: this is not a text file",
          "data are read as CSV in UTF-8, plain or gzip");
}

// Moves the cut record to the front and reads on behind it, making room where the record fills the buffer.
void Records::refill() {
  const bool first = filled_ == 0;
  const std::size_t kept = filled_ - begin_;
  if (kept > 0 && begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  if (kept + 1 >= buffer_.size()) {
    if (kept >= kLongest) {
      fail_at(input_.name(), record_line_, fmt::format("a record of more than {} MiB", kLongest >> 20),
              "is a quote not closed?");
    }
    buffer_.resize(2 * buffer_.size());
  }
  const std::size_t room = buffer_.size() - 1 - kept;
  const std::size_t count = input_.read(buffer_.data() + kept, room);
  begin_ = 0;
  filled_ = kept + count;
  ended_ = count < room;
  buffer_[filled_] = '\n';
  if (!first) check_zero(kept);
}

bool Records::next() {
  do {
    record_line_ = next_line_;
    if (begin_ == filled_ && !ended_) refill();
    if (begin_ == filled_) return false;
    while (!scan()) refill();
  } while (is_blank());
  return true;
}

bool Records::is_blank() const {
  return fields_.size() == 1 && !fields_.front().quoted && trim(fields_.front().raw).empty();
}

// Splits the record at begin_ and steps over it; false where the buffer ends before the record surely does.
bool Records::scan() {
  fields_.clear();
  const char* at = buffer_.data() + begin_;
  const char* const stop = buffer_.data() + filled_;
  next_line_ = record_line_;
  for (;; ++at) {
    at = *at == '"' && at < stop ? scan_quoted(at, stop) : scan_plain(at);
    if (at == nullptr || (at == stop && !ended_)) return false;
    if (*at != ',') break;
  }
  if (at < stop) {
    if (*at == '\r') {
      if (at + 1 == stop && !ended_) return false;  // a line feed may follow
      if (at + 1 < stop && at[1] == '\n') ++at;
    }
    ++at;
  }
  ++next_line_;
  begin_ = static_cast<std::size_t>(at - buffer_.data());
  return true;
}

// Each returns the comma, line end or end of the buffer behind the field at `at`.
const char* Records::scan_plain(const char* at) {
  const char* const start = at;
  while (!kEnds[static_cast<unsigned char>(*at)]) ++at;
  fields_.push_back({std::string_view(start, static_cast<std::size_t>(at - start))});
  return at;
}

// Null where more bytes are needed.
const char* Records::scan_quoted(const char* at, const char* stop) {
  const char* const start = at + 1;
  bool doubled = false;
  const char* close = start;
  for (;; close += 2, doubled = true) {
    close = close < stop ? static_cast<const char*>(std::memchr(close, '"', static_cast<std::size_t>(stop - close)))
                         : nullptr;
    if (close == nullptr && ended_) fail_at(input_.name(), line_of(at), "a quote is opened here and never closed");
    if (close == nullptr || (close + 1 == stop && !ended_)) return nullptr;
    if (close + 1 == stop || close[1] != '"') break;
  }
  const std::string_view raw(start, static_cast<std::size_t>(close - start));
  const char* behind = close + 1;
  while (behind < stop && (*behind == ' ' || *behind == '\t')) ++behind;
  if (behind == stop && !ended_) return nullptr;
  if (behind < stop && !kEnds[static_cast<unsigned char>(*behind)]) {
    fail_at(input_.name(), line_of(at), fmt::format("text follows the quoted field {}", shown(raw)),
            "within quotes, a quote is written twice");
  }
  next_line_ += count_lines(raw);
  fields_.push_back({raw, true, doubled});
  return behind;
}

// The line of a place in the record at begin_; for errors.
std::size_t Records::line_of(const char* at) const {
  const char* const start = buffer_.data() + begin_;
  return record_line_ + count_lines({start, static_cast<std::size_t>(at - start)});
}

std::string_view Records::text(const Field& field) {
  if (!field.doubled) return field.raw;
  scratch_.clear();
  for (std::size_t i = 0; i < field.raw.size(); ++i) {
    scratch_ += field.raw[i];
    if (field.raw[i] == '"') ++i;
  }
  return scratch_;
}

}  // namespace woodbury::frame
