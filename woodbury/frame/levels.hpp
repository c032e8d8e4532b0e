// The order of a factor's levels.
#pragma once

#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {

/// Sorts the levels, which are distinct, and recodes the rows: by value where every label is a number (equal values,
/// "1" and "1.0", by code point), else by code point, which is the order of UTF-8's bytes.
void sort_levels(Factor& factor);

}  // namespace woodbury::frame
