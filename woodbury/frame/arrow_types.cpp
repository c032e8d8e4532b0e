// Elements of Arrow's arrays.
#include "woodbury/frame/arrow_types.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {
namespace {

__extension__ using Int128 = __int128;

/// Element `at` of buffer `buffer`, whose place need not be aligned.
template <class T>
T element(const ArrowArray& array, std::int64_t buffer, std::int64_t at) {
  T value;
  std::memcpy(&value, static_cast<const char*>(array.buffers[buffer]) + (array.offset + at) * sizeof(T), sizeof(T));
  return value;
}

bool bit(const void* bits, std::int64_t at) {
  return (static_cast<const std::uint8_t*>(bits)[at / 8] >> (at % 8) & 1) != 0;
}

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 31) value = fraction == 0 ? HUGE_VAL : std::nan("");
  return (bits & 0x8000) != 0 ? -value : value;
}

/// "d:precision,scale" or "d:precision,scale,bits".
std::optional<ArrowType> parse_decimal(std::string_view format) {
  int numbers[3] = {0, 0, 128};
  const char* at = format.data() + 1;
  const char* end = format.data() + format.size();
  for (int& number : numbers) {
    if (at == end) break;
    const auto [stop, error] = std::from_chars(at + 1, end, number);
    if (error != std::errc{}) return std::nullopt;
    at = stop;
  }
  if (numbers[2] > 128) return std::nullopt;
  return ArrowType{ArrowKind::number, fmt::format("d{}", numbers[2]), std::pow(10.0, numbers[1])};
}

double decimal(const ArrowType& type, const ArrowArray& array, std::int64_t at) {
  if (type.format == "d32") return element<std::int32_t>(array, 1, at) / type.scale;
  if (type.format == "d64") return static_cast<double>(element<std::int64_t>(array, 1, at)) / type.scale;
  return static_cast<double>(element<Int128>(array, 1, at)) / type.scale;
}

template <class Offset>
std::string_view text_between(const ArrowArray& array, std::int64_t at) {
  const auto begin = element<Offset>(array, 1, at), end = element<Offset>(array, 1, at + 1);
  return {static_cast<const char*>(array.buffers[2]) + begin, static_cast<std::size_t>(end - begin)};
}

/// A view of 16 bytes: the length, then the text itself up to 12 bytes, else a prefix, a buffer and a place in it.
std::string_view text_view(const ArrowArray& array, std::int64_t at) {
  const char* view = static_cast<const char*>(array.buffers[1]) + (array.offset + at) * 16;
  std::int32_t fields[4];
  std::memcpy(fields, view, sizeof fields);
  const auto length = static_cast<std::size_t>(fields[0]);
  if (length <= 12) return {view + 4, length};
  return {static_cast<const char*>(array.buffers[2 + fields[2]]) + fields[3], length};
}

std::int32_t length_at(const char*& at) {
  std::int32_t length = 0;
  std::memcpy(&length, at, sizeof length);
  at += sizeof length;
  return length;
}

}  // namespace

std::optional<ArrowType> parse_arrow_type(const char* format) {
  const std::string text = format;
  if (text.rfind("d:", 0) == 0) return parse_decimal(text);
  if (text == "b") return ArrowType{ArrowKind::boolean, text};
  if (text == "u" || text == "U" || text == "vu") return ArrowType{ArrowKind::text, text};
  if (text == "l" || text == "L") return ArrowType{ArrowKind::wide_integer, text};
  if (text.size() == 1 && text.find_first_of("ncCsSiIefg") == 0) return ArrowType{ArrowKind::number, text};
  return std::nullopt;
}

std::string arrow_type_words(const char* format) {
  const std::pair<const char*, const char*> words[] = {{"td", "dates"},        {"ts", "timestamps"},
                                                       {"tt", "times of day"}, {"tD", "durations"},
                                                       {"ti", "intervals"},    {"+s", "structs"},
                                                       {"+m", "maps"},         {"+r", "run-end encoded values"},
                                                       {"+", "lists"},         {"d", "decimals of 256 bits"}};
  for (const auto& [prefix, word] : words)
    if (std::string_view(format).rfind(prefix, 0) == 0) return word;
  return "bytes";
}

bool is_polars_categorical(const ArrowSchema& schema) {
  if (schema.metadata == nullptr) return false;
  const char* at = schema.metadata;
  for (std::int32_t pairs = length_at(at); pairs > 0; --pairs) {
    const std::int32_t length = length_at(at);
    if (std::string_view(at, static_cast<std::size_t>(length)).rfind("_PL_CATEGORICAL", 0) == 0) return true;
    at += length;
    at += length_at(at);
  }
  return false;
}

bool arrow_is_null(const ArrowArray& array, std::int64_t at) {
  if (array.n_buffers == 0) return true;  // the null type
  return array.null_count != 0 && array.buffers[0] != nullptr && !bit(array.buffers[0], array.offset + at);
}

std::int64_t arrow_integer(const ArrowType& type, const ArrowArray& array, std::int64_t at) {
  switch (type.format[0]) {
    case 'c':
      return element<std::int8_t>(array, 1, at);
    case 'C':
      return element<std::uint8_t>(array, 1, at);
    case 's':
      return element<std::int16_t>(array, 1, at);
    case 'S':
      return element<std::uint16_t>(array, 1, at);
    case 'i':
      return element<std::int32_t>(array, 1, at);
    case 'I':
      return element<std::uint32_t>(array, 1, at);
    default:
      WOODBURY_ASSERT(type.kind == ArrowKind::wide_integer);
      return element<std::int64_t>(array, 1, at);
  }
}

double arrow_number(const ArrowType& type, const ArrowArray& array, std::int64_t at) {
  switch (type.format[0]) {
    case 'g':
      return element<double>(array, 1, at);
    case 'f':
      return element<float>(array, 1, at);
    case 'e':
      return half(element<std::uint16_t>(array, 1, at));
    case 'd':
      return decimal(type, array, at);
    case 'L':
      return static_cast<double>(element<std::uint64_t>(array, 1, at));
    default:
      return static_cast<double>(arrow_integer(type, array, at));
  }
}

std::string_view arrow_text(const ArrowType& type, const ArrowArray& array, std::int64_t at) {
  if (type.format == "vu") return text_view(array, at);
  return type.format == "U" ? text_between<std::int64_t>(array, at) : text_between<std::int32_t>(array, at);
}

std::string arrow_label(const ArrowType& type, const ArrowArray& array, std::int64_t at) {
  switch (type.kind) {
    case ArrowKind::text:
      return std::string(arrow_text(type, array, at));
    case ArrowKind::boolean:
      return bit(array.buffers[1], array.offset + at) ? "True" : "False";
    case ArrowKind::wide_integer: {
      const std::int64_t value = arrow_integer(type, array, at);
      return type.format == "L" ? fmt::format("{}", static_cast<std::uint64_t>(value)) : fmt::format("{}", value);
    }
    case ArrowKind::number:
      break;
  }
  return number_text(arrow_number(type, array, at));
}

}  // namespace woodbury::frame
