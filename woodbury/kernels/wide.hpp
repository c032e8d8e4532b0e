// Numbers of 77 digits, for the few points where doubles do not reach. Some hundred times slower; costly to compile,
// so not behind the front door.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>

namespace woodbury::kernels {

/// Squares of scales that are 1e16 apart leave forty digits.
using Wide =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<256, boost::multiprecision::digit_base_2>,
                                  boost::multiprecision::et_off>;

}  // namespace woodbury::kernels
