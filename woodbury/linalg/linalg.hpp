// Front door of linalg: small dense blocks. Knows no statistics.
#pragma once

#include "woodbury/linalg/small.hpp"
