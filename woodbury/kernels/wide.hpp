// Numbers of 32 and of 77 digits, for the few points where doubles do not reach. Some twenty and some hundreds of times
// slower; the latter are costly to compile, so not behind the front door.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>

#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

using Twice = linalg::DoubleDouble;

/// Squares of scales that are 1e16 apart leave forty digits.
using Wide =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<256, boost::multiprecision::digit_base_2>,
                                  boost::multiprecision::et_off>;

}  // namespace woodbury::kernels
