// Values of options as text, read strictly: what does not parse is a usage error, what is out of range an input error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace woodbury::cli {

/// A whole number of at least `least` (and at most `most`).
[[nodiscard]] std::uint64_t whole(const std::string& option, const std::string& text, std::uint64_t least,
                                  std::uint64_t most);
/// A finite number.
[[nodiscard]] double number(const std::string& option, const std::string& text);
/// The place of `text` in a list of "a|b|c".
[[nodiscard]] std::size_t choice(const std::string& option, const std::string& text, std::string_view list);
/// "a|b|c" as its parts.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace woodbury::cli
