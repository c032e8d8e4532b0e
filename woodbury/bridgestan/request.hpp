// From BridgeStan's data string to a model bound to its data and planned.
#pragma once

#include <string>

#include "woodbury/fit/fit.hpp"

namespace woodbury::bridgestan {

struct Request {
  fit::Prepared prepared;
  bool keep_integrated = true;
};

/// `data` is JSON text or the path of a .json file: bridgestan.h says what it holds. Throws base::Error.
[[nodiscard]] Request read_request(const std::string& data);

}  // namespace woodbury::bridgestan
