// Types of Arrow's columns, and their elements as numbers, texts and codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "woodbury/frame/arrow_abi.hpp"

namespace woodbury::frame {

/// What a type's elements are to us. Whole numbers of 64 bits are apart from the others: doubles do not tell all of
/// them from one another.
enum class ArrowKind { number, wide_integer, text, boolean };

/// The element type of a column or of a dictionary's values.
struct ArrowType {
  ArrowKind kind = ArrowKind::number;
  std::string format;
  double scale = 1;  ///< of decimals: the value is the stored integer / scale
};

/// Reads a schema's format, indices of dictionaries included; nothing where we have no use for the type.
[[nodiscard]] std::optional<ArrowType> parse_arrow_type(const char* format);
/// The type in words: "dates", "lists".
[[nodiscard]] std::string arrow_type_words(const char* format);
/// Whether polars declared the field a Categorical, whose order says nothing.
[[nodiscard]] bool is_polars_categorical(const ArrowSchema& schema);

/// Elements of an array, counted from its offset; `at` must be below its length, and the element not null.
[[nodiscard]] bool arrow_is_null(const ArrowArray& array, std::int64_t at);
[[nodiscard]] double arrow_number(const ArrowType& type, const ArrowArray& array, std::int64_t at);
/// Of whole numbers up to 64 bits; uint64 wraps.
[[nodiscard]] std::int64_t arrow_integer(const ArrowType& type, const ArrowArray& array, std::int64_t at);
[[nodiscard]] std::string_view arrow_text(const ArrowType& type, const ArrowArray& array, std::int64_t at);
/// The element of any kind as a level's label.
[[nodiscard]] std::string arrow_label(const ArrowType& type, const ArrowArray& array, std::int64_t at);

}  // namespace woodbury::frame
