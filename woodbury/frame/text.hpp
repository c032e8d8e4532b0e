// What a field's text says: a number, a missing value, or neither; and how numbers are written as labels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace woodbury::frame {

/// Without the spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Whether the text, trimmed, is empty, `NA`, `NaN` or `nan`.
[[nodiscard]] bool is_missing(std::string_view text);

/// The number a text is, trimmed, in the C locale: "1e5", "-.5", "+3", "Inf", "-infinity". "NaN" is none, nor is
/// hexadecimal. Beyond the range of double it is an infinity or zero, as in R and pandas.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Whole numbers up to 2⁵³ plainly ("100000"), others by the shortest text that reads back; "Inf", "-Inf"; −0 is "0".
[[nodiscard]] std::string number_text(double value);

[[nodiscard]] bool is_utf8(std::string_view text);

/// A value as errors show it: in backticks, cut to 40 bytes, what is no printable UTF-8 as `?`.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace woodbury::frame
