// Front door of linalg: small dense blocks, long vectors. Knows no statistics.
#pragma once

#include "woodbury/linalg/small.hpp"
#include "woodbury/linalg/vector.hpp"
