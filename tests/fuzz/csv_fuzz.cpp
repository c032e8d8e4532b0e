// Any bytes as CSV: a frame whose columns fit together, or an error of the user's; never another, wherever chunks end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/csv.hpp"
#include "woodbury/frame/text.hpp"

namespace {

using namespace woodbury;

void require(bool holds) {
  if (!holds) std::abort();
}

void append(std::string& text, const frame::Column& column, std::size_t rows) {
  if (const auto* numeric = std::get_if<frame::Numeric>(&column)) {
    require(numeric->values.size() == rows);
    text.append(reinterpret_cast<const char*>(numeric->values.data()), rows * sizeof(double));
    return;
  }
  const auto& factor = std::get<frame::Factor>(column);
  require(factor.codes.size() == rows);
  for (const auto code : factor.codes) {
    require(code >= -1 && code < static_cast<std::int64_t>(factor.levels.size()));
    text += std::to_string(code) + ",";
  }
  for (const auto& level : factor.levels) {
    require(frame::is_utf8(level) && !frame::is_missing(level));
    text += level + '\0';
  }
}

// The frame or the error, as bytes that can be compared.
std::string outcome(const std::string& csv, std::size_t chunk) {
  try {
    frame::Input input(frame::open_text(csv), "t.csv");
    const frame::Frame table = frame::read_table(input, {}, chunk);
    require(table.rows() > 0 || table.names().empty());
    std::string text = "frame ";
    for (const auto& name : table.names()) {
      text += name + '\0';
      append(text, table.column(name), table.rows());
    }
    return text;
  } catch (const base::Error& error) {
    require(frame::is_utf8(error.describe()));
    return "error " + error.describe();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string csv(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = outcome(csv, frame::Records::kChunk >> 4);
  const std::string pieces = outcome(csv, 1 + data[0] % 64);
  // A zero byte is found before or after what else is wrong, by where the chunks end.
  if (csv.find('\0') == std::string::npos && !csv.starts_with("\x1f\x8b")) require(whole == pieces);
  return 0;
}
