// From records to a frame: the header, the columns asked for, one pass or two.
#pragma once

#include "woodbury/frame/frame.hpp"
#include "woodbury/frame/input.hpp"
#include "woodbury/frame/records.hpp"

namespace woodbury::frame {

/// Reads the input to its end; `chunk` bytes at a time. `source` holds the number of rows and nothing else.
[[nodiscard]] Frame read_table(Input& input, const CsvOptions& options, std::size_t chunk = Records::kChunk);

}  // namespace woodbury::frame
