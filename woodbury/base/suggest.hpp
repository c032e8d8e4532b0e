// "Did you mean …?": the known name nearest to one that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace woodbury::base {

/// The candidate within a third of the name's length by edit distance (case counts half), or nothing.
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "did you mean `Days`?", or "known are `a`, `b`, …" when nothing is near, or "" without candidates.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace woodbury::base
