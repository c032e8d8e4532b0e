// Front door of base: errors with a place, suggestions, seeded random streams, parallel-for.
#pragma once

#include "woodbury/base/error.hpp"
#include "woodbury/base/parallel.hpp"
#include "woodbury/base/random.hpp"
#include "woodbury/base/suggest.hpp"
